// Three columns: who spoke, what was said, who is held responsible; a line from each to each. Where that is too wide, one
// under the other.
import { type Kind, sign, WORDS } from "./kinds";
import { html, isSafe, shortened, svg } from "./svg";
import { sized } from "./sized";

export interface DiagramRow {
  id: string;
  who: string;
  whoHref?: string;
  kind: Kind;
  stance: string;
  what: string;
  whatHref?: string;
  held?: string;
  heldHref?: string;
  hedged: boolean;
}

const NARROW = 620;
const LONGEST = 160;
const HEADS = ["Who spoke", "What was said", "Held responsible, or done"];

// Draws the rows into an element, whose width decides the form. What is given back ends it.
export function drawDiagram(target: HTMLElement, rows: readonly DiagramRow[]): () => void {
  return sized(target, width => (width < NARROW ? stacked(target, rows) : columns(target, rows)));
}

function stacked(target: HTMLElement, rows: readonly DiagramRow[]): void {
  const lines = rows.map(row => {
    const held = row.held ? [html("span", { class: "flow", "aria-hidden": "true" }, "↓"), actor(row.held, row.heldHref)] : [];
    return html("li", { class: `flow-row k-${row.kind}`, "data-id": row.id }, actor(row.who, row.whoHref), said(row), ...held);
  });
  target.replaceChildren(html("ol", { class: "flow-rows" }, ...lines));
}

function columns(target: HTMLElement, rows: readonly DiagramRow[]): void {
  const order = ordered(rows);
  const who = new Map(order.map(row => [row.who, actor(row.who, row.whoHref)]));
  const held = new Map(byMean(order).map(row => [row.held!, actor(row.held!, row.heldHref)]));
  const what = new Map(order.map(row => [row, said(row)]));
  const lines = svg("svg", { class: "flow-lines", "aria-hidden": "true" });
  const column = (head: string, boxes: Iterable<HTMLElement>) =>
    html("div", { class: "flow-column" }, html("p", { class: "flow-head" }, head), html("ul", {}, ...[...boxes].map(box => html("li", {}, box))));
  const frame = html("div", { class: "flow-frame" }, lines, ...[who, what, held].map((boxes, i) => column(HEADS[i]!, boxes.values())));
  target.replaceChildren(frame);
  const draw = () => {
    const here = frame.getBoundingClientRect();
    lines.setAttribute("width", String(here.width));
    lines.setAttribute("height", String(here.height));
    lines.replaceChildren(...order.flatMap(row => [line(who.get(row.who), what.get(row), here, "none", row.id), line(what.get(row), held.get(row.held ?? ""), here, row.kind, row.id)]));
  };
  draw();
  // Their letters may come later, and be wider.
  void document.fonts.ready.then(() => frame.isConnected && draw());
}

// Those of one speaker together, then those about one actor.
function ordered(rows: readonly DiagramRow[]): DiagramRow[] {
  const first = (key: "who" | "held") => new Map(rows.map(row => row[key] ?? "").reverse().map((name, i) => [name, -i]));
  const who = first("who");
  const held = first("held");
  return rows.toSorted((a, b) => who.get(a.who)! - who.get(b.who)! || held.get(a.held ?? "")! - held.get(b.held ?? "")!);
}

// Each who is held responsible once, as high as what is said of it stands on average.
function byMean(rows: DiagramRow[]): DiagramRow[] {
  const places = new Map<string, number[]>();
  for (const [i, { held }] of rows.entries()) if (held) places.set(held, [...(places.get(held) ?? []), i]);
  const mean = (held: string) => places.get(held)!.reduce((sum, i) => sum + i, 0) / places.get(held)!.length;
  const once = rows.filter((row, i) => row.held && places.get(row.held)![0] === i);
  return once.toSorted((a, b) => mean(a.held!) - mean(b.held!));
}

function actor(name: string, href: string | undefined): HTMLElement {
  const words = html("bdi", {}, name);
  return href && isSafe(href) ? html("a", { class: "flow-actor", href }, words) : html("span", { class: "flow-actor" }, words);
}

function said(row: DiagramRow): HTMLElement {
  const hedge = row.hedged ? [" ", html("mark", {}, "hedged")] : [];
  const tag = html("span", { class: `tag tag-${row.kind}` }, sign(row.kind), ` ${row.stance || WORDS[row.kind]}`, ...hedge);
  const words = row.what ? [html("q", { dir: "auto" }, shortened(row.what, LONGEST))] : [];
  const attributes = { class: `flow-said k-${row.kind}`, "data-id": row.id };
  return row.whatHref && isSafe(row.whatHref) ? html("a", { ...attributes, href: row.whatHref }, tag, ...words) : html("span", attributes, tag, ...words);
}

function line(from: HTMLElement | undefined, to: HTMLElement | undefined, here: DOMRect, kind: Kind, id: string): SVGElement {
  if (!from || !to) return svg("g");
  const a = from.getBoundingClientRect();
  const b = to.getBoundingClientRect();
  const rightwards = a.left < b.left;
  const x = (rightwards ? a.right : a.left) - here.left;
  const end = (rightwards ? b.left : b.right) - here.left;
  const y = (a.top + a.bottom) / 2 - here.top;
  const last = (b.top + b.bottom) / 2 - here.top;
  const bend = (end - x) / 2;
  return svg("path", { class: `flow-line k-${kind}`, "data-id": id, d: `M${x} ${y}c${bend} 0 ${bend} ${last - y} ${end - x} ${last - y}` });
}
