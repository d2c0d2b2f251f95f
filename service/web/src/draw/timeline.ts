// Spans of time in lanes. What is told as a span is drawn as one, and where an end is open it fades; rows with a count are a
// histogram. Arrow keys go from one to the next.
import { type Kind, mark, WORDS } from "./kinds";
import { legend } from "./legend";
import { html, linked, shortened, svg, widthOf } from "./svg";
import { sized } from "./sized";
import { day, type Scale, scale, time } from "./time";

export interface TimelineRow {
  id: string;
  href?: string;
  label: string;
  lane?: string;
  // dateTimes; one that is missing is an open end.
  earliest?: string;
  latest?: string;
  hollow: boolean;
  kind: Kind;
  count?: number;
}

interface Span {
  row: TimelineRow;
  from?: number;
  to?: number;
}

interface Lane {
  name: string;
  lines: Span[][];
}

const TEXT = 13;
const LINE = 24;
const TOP = 26;
const NAME = 18;
// Narrower than this is a dot.
const DOT = 10;
const LONGEST = 48;
// Above so many, names are told when asked for only.
const NAMED = 60;

// Draws the rows that have a time into an element. What is given back ends it.
export function drawTimeline(target: HTMLElement, rows: readonly TimelineRow[]): () => void {
  const spans = rows.map(row => ({ row, from: time(row.earliest), to: time(row.latest) })).filter(({ from, to }) => (from ?? to) !== undefined);
  const frame = html("div", { class: "time-frame", role: "group", "aria-label": "Timeline: arrow keys go from one to the next" });
  const counted = spans.some(({ row }) => row.count !== undefined);
  const told = counted ? [] : [legend(spans.map(({ row }) => row), "as told", "inferred or roughly known")];
  target.replaceChildren(frame, ...told);
  frame.addEventListener("keydown", event => pressed(frame, event));
  frame.addEventListener("focusin", ({ target }) => chosen(frame, target as Element));
  return sized(frame, width => {
    const kept = frame.querySelector("[tabindex='0']")?.getAttribute("data-id");
    const focused = frame.contains(document.activeElement);
    frame.replaceChildren(counted ? histogram(spans, width, frame.clientHeight) : lanes(spans, width));
    const first = items(frame).find(item => item.getAttribute("data-id") === kept) ?? items(frame)[0];
    chosen(frame, first);
    if (focused) first?.focus();
  });
}

function extent(spans: Span[]): [number, number] {
  const times = spans.flatMap(({ from, to }) => [from, to]).filter(found => found !== undefined);
  return [Math.min(...times), Math.max(...times)];
}

function lanes(spans: Span[], width: number): SVGElement {
  const at = scale(...extent(spans), 8, width - 8);
  const names = spans.length <= NAMED;
  const found = inLanes(spans, at, names, width);
  const named = found.some(({ name }) => name);
  const heights = found.map(({ lines }) => lines.length * LINE + (named ? NAME : 6));
  const height = TOP + heights.reduce((sum, height) => sum + height, 0) + 8;
  const picture = svg("svg", { class: "time-picture", width, height, viewBox: `0 0 ${width} ${height}` }, ...axis(at, height));
  let top = TOP;
  for (const [i, lane] of found.entries()) {
    picture.append(svg("line", { class: "time-lane", x1: 0, x2: width, y1: top, y2: top }));
    if (named) picture.append(svg("text", { class: "lane-name", x: 4, y: top + 14 }, lane.name));
    const below = top + (named ? NAME : 6);
    for (const [j, line] of lane.lines.entries()) picture.append(...line.map(span => item(span, at, below + (j + 0.5) * LINE, width, names)));
    top += heights[i]!;
  }
  return picture;
}

function axis(at: Scale, height: number): SVGElement[] {
  return at.ticks.flatMap(({ time, text }) => [
    svg("line", { class: "time-tick", x1: at(time), x2: at(time), y1: TOP - 6, y2: height }),
    svg("text", { class: "time-text", x: at(time), y: TOP - 11, "text-anchor": "middle" }, text),
  ]);
}

// Each lane's spans in as few lines as keep them and their names apart.
function inLanes(spans: Span[], at: Scale, names: boolean, width: number): Lane[] {
  const found = new Map<string, { span: Span; left: number; right: number }[][]>();
  for (const span of inOrder(spans)) {
    const name = span.row.lane ?? "";
    const lines = found.get(name) ?? [];
    found.set(name, lines);
    const [left, right] = reach(span, at, names, width);
    const line = lines.find(taken => taken.every(other => left > other.right + 8 || right < other.left - 8));
    if (line) line.push({ span, left, right });
    else lines.push([{ span, left, right }]);
  }
  return [...found].map(([name, lines]) => ({ name, lines: lines.map(line => line.map(({ span }) => span)) }));
}

function inOrder(spans: Span[]): Span[] {
  return spans.toSorted((a, b) => (a.from ?? a.to ?? 0) - (b.from ?? b.to ?? 0));
}

// From its mark's left to its name's right, or the other way round where there is no room to the right.
function reach(span: Span, at: Scale, names: boolean, width: number): [number, number] {
  const [left, right] = ends(span, at);
  if (!names) return [left, right];
  const { x, anchor, length } = label(span.row, left, right, width);
  return [Math.min(left, anchor === "end" ? x - length : x), Math.max(right, anchor === "end" ? x : x + length)];
}

// After its mark, before it, or on it: wherever there is room.
function label(row: TimelineRow, left: number, right: number, width: number): { text: string; x: number; anchor: string; length: number } {
  const text = shortened(row.label, LONGEST);
  const length = widthOf(text, TEXT);
  if (right + 6 + length <= width) return { text, x: right + 6, anchor: "start", length };
  if (left - 6 - length >= 0) return { text, x: left - 6, anchor: "end", length };
  return { text, x: Math.max(2, Math.min(left + 8, width - length - 2)), anchor: "start", length };
}

// The pixels of a mark; an open end is drawn for a while.
function ends({ from, to }: Span, at: Scale): [number, number] {
  const left = from === undefined ? at(to!) - 40 : at(from);
  const right = to === undefined ? at(from!) + 40 : at(to);
  const middle = (left + right) / 2;
  return right - left < DOT ? [middle - DOT / 2, middle + DOT / 2] : [left, right];
}

function item(span: Span, at: Scale, y: number, width: number, names: boolean): SVGElement {
  const { row } = span;
  const [left, right] = ends(span, at);
  const dot = right - left <= DOT;
  const content: SVGElement[] = [svg("title", {}, told(span)), svg("rect", { class: "hit", x: left - 7, y: y - 12, width: right - left + 14, height: 24 })];
  if (dot) {
    const found = mark(row.kind, 5.5, row.hollow, true);
    found.setAttribute("transform", `translate(${(left + right) / 2} ${y})`);
    content.push(found);
  } else {
    content.push(bar(span, left, right, y));
  }
  if (names) {
    const { text, x, anchor } = label(row, left, right, width);
    content.push(svg("text", { class: "label", x, y: y + TEXT / 3, "text-anchor": anchor, direction: "ltr" }, text));
  }
  return linked(row.href, { class: "item", "data-id": row.id, tabindex: -1 }, ...content);
}

// An open end is an arrow.
function bar({ row, from, to }: Span, left: number, right: number, y: number): SVGElement {
  const start = from === undefined ? `M${left + 8} ${y - 8}L${left} ${y}L${left + 8} ${y + 8}` : `M${left + 3} ${y - 8}q-3 0 -3 3v10q0 3 3 3`;
  const end = to === undefined ? `H${right - 8}L${right} ${y}L${right - 8} ${y - 8}Z` : `H${right - 3}q3 0 3 -3v-10q0 -3 -3 -3Z`;
  const open = from === undefined || to === undefined ? " is-open" : "";
  return svg("path", { class: `mark k-${row.kind}${row.hollow ? " is-hollow" : ""}${open}`, d: start + end });
}

function told({ row, from, to }: Span): string {
  const days = from === undefined ? `${day(to!)} at the latest` : to === undefined ? `${day(from)} at the earliest` : day(from) === day(to) ? day(from) : `${day(from)} to ${day(to)}`;
  const parts = [row.label, days];
  if (row.kind !== "none") parts.push(WORDS[row.kind]);
  if (row.count !== undefined) parts.push(String(row.count));
  if (row.hollow) parts.push("inferred or roughly known");
  return parts.join(", ");
}

function histogram(spans: Span[], width: number, height: number): SVGElement {
  const most = Math.max(1, ...spans.map(({ row }) => row.count ?? 0));
  const left = widthOf(String(most), TEXT) + 10;
  const at = scale(...extent(spans), left, width - 8);
  const base = height - 6;
  const tall = (count: number) => (count / most) * (base - TOP - 4);
  const level = (count: number) => [
    svg("line", { class: "time-tick", x1: left, x2: width, y1: base - tall(count), y2: base - tall(count) }),
    svg("text", { class: "time-text", x: left - 6, y: base - tall(count) + 4, "text-anchor": "end" }, String(count)),
  ];
  const bars = inOrder(spans).map(span => {
    const [from, to] = ends(span, at);
    const tallness = Math.max(tall(span.row.count ?? 0), 1);
    const whole = svg("rect", { class: "hit", x: from, y: TOP, width: Math.max(to - from, 4), height: base - TOP });
    const shown = svg("rect", { class: `mark k-${span.row.kind}`, x: from + 0.5, y: base - tallness, width: Math.max(to - from - 1, 2), height: tallness });
    return linked(span.row.href, { class: "item", "data-id": span.row.id, tabindex: -1 }, svg("title", {}, told(span)), whole, shown);
  });
  const half = Math.floor(most / 2);
  return svg(
    "svg",
    { class: "time-picture", width, height, viewBox: `0 0 ${width} ${height}` },
    ...axis(at, base), ...level(0), ...(half > 0 && half < most ? level(half) : []), ...level(most), ...bars,
  );
}

function items(frame: HTMLElement): SVGElement[] {
  return [...frame.querySelectorAll<SVGElement>(".item")];
}

// One of them is reached by Tab; the others by arrow keys from there.
function chosen(frame: HTMLElement, one: Element | null | undefined): void {
  if (!one?.matches(".item")) return;
  for (const item of items(frame)) item.setAttribute("tabindex", item === one ? "0" : "-1");
}

function pressed(frame: HTMLElement, event: KeyboardEvent): void {
  const all = items(frame);
  const at = all.indexOf(document.activeElement as SVGElement);
  const go: Record<string, number> = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
  const to = go[event.key];
  if (to === undefined || at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  all[Math.min(Math.max(to, 0), all.length - 1)]?.focus();
}
