// The countries of the world with fewer points: Natural Earth 1:50m (public domain), by way of the package world-atlas.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { quantize } from "topojson-client";
import { filter, filterWeight, presimplify, simplify } from "topojson-simplify";

// In square degrees: bends of a border that are smaller are straightened, islands that are smaller are left out.
const BEND = 0.01;
const ISLAND = 0.002;

export function countries() {
  const file = createRequire(import.meta.url).resolve("world-atlas/countries-50m.json");
  const whole = JSON.parse(readFileSync(file, "utf8"));
  delete whole.objects.land;
  for (const country of whole.objects.countries.geometries) country.properties = { name: country.properties.name };
  const weighed = presimplify(whole);
  return JSON.stringify(quantize(filter(simplify(weighed, BEND), filterWeight(weighed, ISLAND)), 1e5));
}
