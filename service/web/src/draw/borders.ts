// Borders of countries, and of Iraq's governorates; fetched once, from this service.
import type { Geometry, MultiLineString, MultiPolygon, Position } from "geojson";
import { feature, merge, mesh } from "topojson-client";
import type { GeometryCollection, MultiPolygon as TopoMultiPolygon, Polygon, Topology } from "topojson-specification";
import world from "made:countries.topojson";
import iraq from "../../geo/iq-admin1.topojson";

type Named = { name: string };
type Areas = Topology<Record<string, GeometryCollection<Named>>>;

// A country or a governorate: its name, and where that is written, as longitude and latitude.
export interface Area {
  name: string;
  at: [number, number];
}

export interface Borders {
  land: MultiPolygon;
  between: MultiLineString;
  within: MultiLineString;
  countries: Area[];
  provinces: Area[];
}

let asked: Promise<Borders> | undefined;

export function borders(): Promise<Borders> {
  asked ??= Promise.all([fetched(world), fetched(iraq)]).then(([countries, provinces]) => drawn(countries, provinces));
  return asked;
}

async function fetched(address: string): Promise<Areas> {
  const answer = await fetch(new URL(address, import.meta.url));
  if (!answer.ok) throw new Error(`${answer.status} for ${address}`);
  return answer.json();
}

function drawn(countries: Areas, provinces: Areas): Borders {
  const world = countries.objects["countries"]!;
  const iraq = provinces.objects["admin1"]!;
  return {
    land: merge(countries, world.geometries as (Polygon | TopoMultiPolygon)[]),
    between: mesh(countries, world),
    within: mesh(provinces, iraq, (a, b) => a !== b),
    countries: areas(countries, world),
    provinces: areas(provinces, iraq),
  };
}

function areas(topology: Areas, collection: GeometryCollection<Named>): Area[] {
  return feature(topology, collection).features.map(({ geometry, properties: { name } }) => ({ name, at: middle(geometry) }));
}

// The middle of its largest part: France's is not in the Atlantic.
function middle(geometry: Geometry): [number, number] {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
  const rings = polygons.map(([outer = []]) => outer).sort((a, b) => Math.abs(area(b)) - Math.abs(area(a)));
  return centroid(rings[0] ?? []);
}

function area(ring: Position[]): number {
  return sum(ring, (x, y, a, b) => x * b - a * y) / 2;
}

function centroid(ring: Position[]): [number, number] {
  const whole = 6 * area(ring);
  return [sum(ring, (x, y, a, b) => (x + a) * (x * b - a * y)) / whole, sum(ring, (x, y, a, b) => (y + b) * (x * b - a * y)) / whole];
}

function sum(ring: Position[], of: (x: number, y: number, nextX: number, nextY: number) => number): number {
  return ring.reduce((total, [x = 0, y = 0], i) => {
    const [a = 0, b = 0] = ring[(i + 1) % ring.length]!;
    return total + of(x, y, a, b);
  }, 0);
}
