import { kindOf } from "../draw/kinds";
import type { MapRow } from "../draw/map";
import { Drawn, number } from "./drawn";

// What is known no better than this is not where its point is.
const EXACT = new Set(["", "exact", "vicinity"]);

// <cq-map data-highlight="ID"> over rows with data-lat and data-long.
class MapElement extends Drawn {
  protected override async draw(target: HTMLElement, rows: DOMStringMap[]): Promise<(() => void) | undefined> {
    const points = rows.map(point).filter(found => found !== undefined);
    if (!points.length) return undefined;
    const { drawMap } = await import("../draw/map");
    return drawMap(target, points, { highlight: this.dataset.highlight });
  }
}

function point(row: DOMStringMap): MapRow | undefined {
  const lat = number(row.lat);
  const long = number(row.long);
  if (lat === undefined || long === undefined) return undefined;
  return {
    id: row.id ?? "", href: row.href, label: row.label ?? "", lat, long, count: number(row.count), precision: row.precision,
    hollow: row.inferred === "true" || !EXACT.has(row.precision ?? ""), kind: kindOf(row.kind),
  };
}

customElements.define("cq-map", MapElement);
