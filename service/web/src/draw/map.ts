// A map of points over borders. Points are links; where they lie is drawn no more exactly than it is known.
import { geoMercator, geoPath, type GeoProjection } from "d3-geo";
import { select } from "d3-selection";
import { zoom, type ZoomBehavior, zoomIdentity, type ZoomTransform } from "d3-zoom";
import { type Area, type Borders, borders } from "./borders";
import { type Box, Boxes } from "./boxes";
import { clustered, type Placed } from "./clusters";
import { type Kind, mark, WORDS } from "./kinds";
import { legend } from "./legend";
import { html, linked, svg, widthOf } from "./svg";
import { sized } from "./sized";

export interface MapRow {
  id: string;
  href?: string;
  label: string;
  lat: number;
  long: number;
  count?: number;
  precision?: string;
  hollow: boolean;
  kind: Kind;
}

export interface MapOptions {
  highlight?: string;
  // What is counted at a place, one and many.
  counted?: [string, string];
}

const NOTE = "Borders: Natural Earth (public domain), de facto; not an endorsement.";
// The least that is shown around the points, in degrees.
const AROUND = 5;
const NEAREST = 60;
const TEXT = 13;
const STEP = 80;
type View = { projection: GeoProjection; width: number; height: number };

// Draws the rows into an element, whose height is its style's. What is given back ends it.
export function drawMap(target: HTMLElement, rows: readonly MapRow[], options: MapOptions = {}): () => void {
  const map = new PointMap(target, rows, options);
  return () => map.end();
}

class PointMap {
  private readonly picture = svg("svg", { class: "map-picture" });
  private readonly ground = svg("g", { class: "map-ground" });
  private readonly names = svg("g", { class: "map-names", "aria-hidden": "true" });
  private readonly points = svg("g", { class: "map-points" });
  private readonly frame: HTMLElement;
  private readonly zooming: ZoomBehavior<SVGSVGElement, unknown>;
  private readonly unsized: () => void;
  private readonly plain: boolean;
  private view?: View;
  private at: ZoomTransform = zoomIdentity;
  private drawn?: Borders;
  private waiting = 0;

  constructor(target: HTMLElement, private readonly rows: readonly MapRow[], private readonly options: MapOptions) {
    this.plain = rows.every(({ kind }) => kind === "none");
    this.picture.append(this.ground, this.names, this.points);
    this.frame = html("div", { class: "map-frame", role: "group", tabindex: 0, "aria-label": "Map: arrow keys move it, + and - zoom" }, this.picture);
    this.zooming = zoom<SVGSVGElement, unknown>().scaleExtent([0.2, NEAREST]).filter(wanted).on("zoom", ({ transform }) => this.moved(transform));
    select(this.picture).call(this.zooming).on("dblclick.zoom", null);
    this.frame.addEventListener("keydown", event => this.pressed(event));
    this.picture.addEventListener("wheel", event => event.ctrlKey && event.preventDefault(), { passive: false });
    target.replaceChildren(
      this.frame,
      html("div", { class: "map-foot" }, this.tools(), legend(rows, "where it is", "about there"), html("p", { class: "map-note" }, `${NOTE} Ctrl + scroll zooms.`)),
    );
    this.unsized = sized(this.frame, width => this.fit(width));
    borders().then(
      found => {
        this.drawn = found;
        this.drawGround();
        this.place();
      },
      // The points stand without.
      (error: unknown) => console.warn("no borders:", error),
    );
  }

  end(): void {
    this.unsized();
  }

  // All points in sight, with something around them.
  private fit(width: number): void {
    const height = this.frame.clientHeight;
    const longs = this.rows.map(({ long }) => long);
    const lats = this.rows.map(({ lat }) => lat);
    const [west, east] = widened(Math.min(...longs), Math.max(...longs), 180);
    const [south, north] = widened(Math.min(...lats), Math.max(...lats), 84);
    const corners = { type: "MultiPoint" as const, coordinates: [[west, south], [east, north]] };
    this.view = { projection: geoMercator().fitExtent([[12, 12], [width - 12, height - 12]], corners), width, height };
    for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) this.picture.setAttribute(name, String(value));
    this.zooming.extent([[0, 0], [width, height]]);
    this.drawGround();
    this.reset();
  }

  private drawGround(): void {
    if (!this.drawn || !this.view) return;
    const path = geoPath(this.view.projection.clipExtent(null));
    const { land, between, within } = this.drawn;
    const line = (shape: Parameters<typeof path>[0], name: string) => svg("path", { class: name, d: path(shape) ?? "" });
    this.ground.replaceChildren(line(land, "map-land"), line(within, "map-within"), line(between, "map-between"));
  }

  private moved(transform: ZoomTransform): void {
    this.at = transform;
    this.ground.setAttribute("transform", transform.toString());
    this.waiting ||= requestAnimationFrame(() => {
      this.waiting = 0;
      this.place();
    });
  }

  // Marks and names, which keep their size whatever the zoom.
  private place(): void {
    if (!this.view) return;
    const { width, height } = this.view;
    const focused = document.activeElement?.getAttribute("data-id");
    const boxes = new Boxes(width, height);
    const seen = clustered(this.rows.map(row => this.placed(row)).filter(({ x, y }) => x > -20 && y > -20 && x < width + 20 && y < height + 20));
    seen.sort((a, b) => size(b.rows) - size(a.rows));
    for (const point of seen) boxes.take(around(point, radius(point.rows)));
    this.points.replaceChildren(...seen.map(point => this.mark(point, boxes)));
    this.names.replaceChildren(...this.areaNames(boxes));
    if (focused) this.points.querySelector<SVGElement>(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  }

  private placed(row: MapRow): Placed<MapRow> {
    const [x, y] = this.at.apply(this.view!.projection([row.long, row.lat]) ?? [-99, -99]);
    return { x, y, rows: [row] };
  }

  private mark(point: Placed<MapRow>, boxes: Boxes): SVGElement {
    const [row] = point.rows;
    if (point.rows.length > 1 || !row) return this.cluster(point);
    const r = radius(point.rows);
    const lit = row.id === this.options.highlight ? " is-marked" : "";
    const label = boxes.first(around4(point, r, widthOf(row.label, TEXT)));
    const content: SVGElement[] = [svg("title", {}, this.told(row)), svg("circle", { class: "halo", r: r + 5 }), mark(row.kind, r, row.hollow, this.plain)];
    const text = label ?? { x: r + 4, y: TEXT / 3, anchor: "start" };
    content.push(svg("text", { class: label ? "label" : "label is-extra", x: text.x, y: text.y, "text-anchor": text.anchor, direction: "ltr" }, row.label));
    return linked(row.href, { class: `point${lit}`, "data-id": row.id, transform: `translate(${point.x} ${point.y})` }, ...content);
  }

  private told({ label, count, kind, hollow, precision }: MapRow): string {
    const [one, many] = this.options.counted ?? ["statement", "statements"];
    const parts = [label];
    if (kind !== "none") parts.push(WORDS[kind]);
    if (count) parts.push(`${count} ${count === 1 ? one : many}`);
    if (hollow) parts.push(`about there${precision ? ` (${precision.replaceAll("-", " ")})` : ""}`);
    return parts.join(", ");
  }

  private cluster(point: Placed<MapRow>): SVGElement {
    const many = point.rows.length;
    const found = svg(
      "g",
      { class: "cluster", role: "button", tabindex: 0, transform: `translate(${point.x} ${point.y})` },
      svg("title", {}, `${many} places: look closer`),
      svg("circle", { r: radius(point.rows) }),
      svg("text", { "text-anchor": "middle", dy: "0.35em" }, String(many)),
    );
    const closer = () => select(this.picture).call(this.zooming.scaleBy, 2.5, [point.x, point.y]);
    found.addEventListener("click", closer);
    found.addEventListener("keydown", event => {
      if (event.key === "Enter" || event.key === " ") closer();
    });
    return found;
  }

  private areaNames(boxes: Boxes): SVGElement[] {
    if (!this.drawn || !this.view) return [];
    const scale = this.view.projection.scale() * this.at.k;
    return [
      ...this.named(scale > 300 ? this.drawn.countries : [], "map-country", 14, boxes),
      ...this.named(scale > 1800 ? this.drawn.provinces : [], "map-province", 11, boxes),
    ];
  }

  private named(areas: Area[], name: string, size: number, boxes: Boxes): SVGElement[] {
    return areas.flatMap(area => {
      const [x, y] = this.at.apply(this.view!.projection(area.at) ?? [-99, -99]);
      const half = widthOf(area.name, size) * 0.6;
      const free = boxes.first([{ left: x - half, right: x + half, top: y - size / 2, bottom: y + size / 2 }]);
      return free ? [svg("text", { class: name, x, y, "text-anchor": "middle", dy: "0.35em" }, area.name)] : [];
    });
  }

  private reset(): void {
    select(this.picture).call(this.zooming.transform, zoomIdentity);
  }

  private pan(x: number, y: number): void {
    select(this.picture).call(this.zooming.translateBy, (x * STEP) / this.at.k, (y * STEP) / this.at.k);
  }

  private closer(by: number): void {
    select(this.picture).call(this.zooming.scaleBy, by);
  }

  private readonly keys: Record<string, () => void> = {
    ArrowLeft: () => this.pan(1, 0),
    ArrowRight: () => this.pan(-1, 0),
    ArrowUp: () => this.pan(0, 1),
    ArrowDown: () => this.pan(0, -1),
    "+": () => this.closer(1.6),
    "=": () => this.closer(1.6),
    "-": () => this.closer(1 / 1.6),
    "0": () => this.reset(),
  };

  private pressed(event: KeyboardEvent): void {
    const act = this.keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  private tools(): HTMLElement {
    const tool = (sign: string, words: string, key: string) => {
      const button = html("button", { type: "button", title: words }, html("span", { "aria-hidden": "true" }, sign), html("span", { class: "hide" }, words));
      button.addEventListener("click", () => this.keys[key]!());
      return button;
    };
    return html(
      "div",
      { class: "map-tools", role: "group", "aria-label": "Move the map" },
      tool("+", "Zoom in", "+"),
      tool("−", "Zoom out", "-"),
      tool("⤢", "Show all", "0"),
      tool("←", "Move left", "ArrowLeft"),
      tool("↑", "Move up", "ArrowUp"),
      tool("↓", "Move down", "ArrowDown"),
      tool("→", "Move right", "ArrowRight"),
    );
  }
}

// Scrolling a page goes on over a map: a wheel zooms with Ctrl only, and one finger scrolls.
function wanted(event: Event): boolean {
  if (event instanceof WheelEvent) return event.ctrlKey || event.metaKey;
  if (event.type.startsWith("touch")) return (event as TouchEvent).touches.length > 1;
  return !(event instanceof MouseEvent && event.button);
}

function widened(low: number, high: number, most: number): [number, number] {
  const more = Math.max(0.15 * (high - low), (AROUND - (high - low)) / 2, 0);
  return [Math.max(low - more, -most), Math.min(high + more, most)];
}

function size(rows: MapRow[]): number {
  return rows.reduce((sum, { count }) => sum + (count ?? 1), 0);
}

function radius(rows: MapRow[]): number {
  return rows.length > 1 ? Math.min(14 + Math.sqrt(rows.length), 26) : Math.min(5.5 + Math.sqrt(size(rows)), 14);
}

function around({ x, y }: { x: number; y: number }, r: number): Box {
  return { left: x - r, right: x + r, top: y - r, bottom: y + r };
}

// Where a label may stand: right of its mark, left, above, below. `x` and `y` are from the mark.
function around4({ x, y }: { x: number; y: number }, r: number, width: number): (Box & { x: number; y: number; anchor: string })[] {
  const box = (left: number, middle: number, dx: number, dy: number, anchor: string) => ({
    left: x + left, right: x + left + width, top: y + middle - TEXT / 2, bottom: y + middle + TEXT / 2, x: dx, y: dy + TEXT / 3, anchor,
  });
  const gap = r + 4;
  return [
    box(gap, 0, gap, 0, "start"),
    box(-gap - width, 0, -gap, 0, "end"),
    box(-width / 2, -gap - TEXT / 2, 0, -gap - TEXT / 2, "middle"),
    box(-width / 2, gap + TEXT / 2, 0, gap + TEXT / 2, "middle"),
  ];
}
