// What a statement does, told by a colour, and never by a colour alone: by a shape and a word too.
import { svg } from "./svg";

export const WORDS = { claimed: "claimed", blamed: "blamed", denied: "denied", response: "response", none: "other" };
export type Kind = keyof typeof WORDS;

export function kindOf(text: string | undefined): Kind {
  return text !== undefined && Object.hasOwn(WORDS, text) ? (text as Kind) : "none";
}

// Each about as large as a circle of that radius, around 0, 0.
const SHAPES: Record<Exclude<Kind, "claimed">, (r: number) => string> = {
  blamed: r => `M0 ${-1.15 * r}L${1.15 * r} ${0.85 * r}H${-1.15 * r}Z`,
  denied: r => `M0 ${-1.2 * r}L${1.2 * r} 0L0 ${1.2 * r}L${-1.2 * r} 0Z`,
  response: r => `M0 ${-1.2 * r}L${1.2 * r} 0L0 ${1.2 * r}L${-1.2 * r} 0Z`,
  none: r => `M${-1.1 * r} ${-0.4 * r}H${1.1 * r}V${0.4 * r}H${-1.1 * r}Z`,
};

// A mark of a kind: hollow where what it marks is inferred or coarse. A denial is hollow by itself, so that one is broken.
export function mark(kind: Kind, radius: number, hollow: boolean, plain = false): SVGElement {
  const attributes = { class: `mark k-${kind}${hollow ? " is-hollow" : ""}` };
  return kind === "claimed" || (kind === "none" && plain)
    ? svg("circle", { ...attributes, r: radius })
    : svg("path", { ...attributes, d: SHAPES[kind as keyof typeof SHAPES](radius) });
}

// A small picture of a mark, for a legend or a tag.
export function sign(kind: Kind, hollow = false, plain = false): SVGElement {
  return svg("svg", { class: "sign", viewBox: "-8 -8 16 16", width: 14, height: 14, "aria-hidden": "true" }, mark(kind, 5.5, hollow, plain));
}
