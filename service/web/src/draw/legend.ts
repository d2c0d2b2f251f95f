// What the marks of a drawing mean: the kinds that occur, and hollow if any is.
import { type Kind, sign, WORDS } from "./kinds";
import { html } from "./svg";

export function legend(rows: readonly { kind: Kind; hollow: boolean }[], solid: string, hollow: string): HTMLElement {
  const kinds = (Object.keys(WORDS) as Kind[]).filter(kind => rows.some(row => row.kind === kind));
  const plain = kinds.length === 1 && kinds[0] === "none";
  const items = plain ? [] : kinds.map(kind => html("li", {}, sign(kind), WORDS[kind]));
  const first = kinds[0] ?? "none";
  if (rows.some(row => !row.hollow)) items.push(html("li", {}, sign(first === "denied" ? "claimed" : first, false, plain), solid));
  if (rows.some(row => row.hollow)) items.push(html("li", {}, sign(first, true, plain), hollow));
  return html("ul", { class: "legend" }, ...items);
}
