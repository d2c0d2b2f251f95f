// Bars: a label, and how many.
import { html, isSafe } from "./svg";

export interface ChartRow {
  label: string;
  href?: string;
  value: number;
}

// Draws the rows into an element, each bar as long as its value is of the greatest.
export function drawChart(target: HTMLElement, rows: readonly ChartRow[]): () => void {
  const most = Math.max(...rows.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  target.replaceChildren(html("ol", { class: "bars" }, ...rows.map(row => bar(row, most))));
  return () => target.replaceChildren();
}

function bar({ label, href, value }: ChartRow, most: number): HTMLElement {
  const words = html("bdi", {}, label);
  const name = href && isSafe(href) ? html("a", { href }, words) : words;
  const length = html("span", { class: value < 0 ? "bar is-negative" : "bar" });
  length.style.inlineSize = `${(Math.abs(value) / most) * 100}%`;
  const track = html("span", { class: "track", "aria-hidden": "true" }, length);
  return html("li", {}, html("span", { class: "bar-name" }, name), track, html("span", { class: "bar-value" }, value.toLocaleString("en")));
}
