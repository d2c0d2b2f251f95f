// node build.mjs FOLDER: the explorer's scripts, fonts and map data, made into files whose names hold their hashes.
// Each file at the top of src/ is one that a page may ask for; what they share becomes chunks of its own.
import { createHash } from "node:crypto";
import { build } from "esbuild";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { countries } from "./geo/countries.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) throw new Error("which folder? node build.mjs FOLDER");

// Map data that is made here and not kept: `import borders from "made:countries.topojson"` is its address.
const made = {
  name: "made",
  setup(builder) {
    builder.onResolve({ filter: /^made:/ }, ({ path }) => ({ path: path.slice(5), namespace: "made" }));
    builder.onLoad({ filter: /^countries/, namespace: "made" }, () => ({ contents: countries(), loader: "file" }));
  },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const names = readdirSync(join(here, "src")).filter(name => /\.(ts|css)$/.test(name));
// A page waits for this one before it is drawn, so it is no module, and shares nothing.
const EARLY = ["theme.ts"];
const common = {
  absWorkingDir: here, outdir: out, bundle: true, minify: true, metafile: true,
  target: "es2022", charset: "utf8", legalComments: "none",
  entryNames: "[name]-[hash]", chunkNames: "chunk-[hash]", assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".topojson": "file" },
  plugins: [made],
};
const entries = wanted => names.filter(wanted).map(name => `src/${name}`);
const built = await Promise.all([
  build({ ...common, entryPoints: entries(name => !EARLY.includes(name)), format: "esm", splitting: true }),
  build({ ...common, entryPoints: entries(name => EARLY.includes(name)), format: "iife" }),
]);
const metafile = {
  inputs: Object.assign({}, ...built.map(({ metafile }) => metafile.inputs)),
  outputs: Object.assign({}, ...built.map(({ metafile }) => metafile.outputs)),
};

// The licence of every package that went in.
const inputs = [...Object.keys(metafile.inputs), "node_modules/world-atlas/", "node_modules/topojson-simplify/"];
const packages = new Set(inputs.map(input => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]).filter(Boolean));
const licences = [...packages].sort().map(licence).join("\n");
const licencesFile = `licences-${createHash("sha256").update(licences).digest("hex").slice(0, 8).toUpperCase()}.txt`;
writeFileSync(join(out, licencesFile), licences);

function licence(name) {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find(found => /^licen[cs]e/i.test(found));
  return `=== ${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), "utf8") : ""}`;
}

// What a page calls a file, and the file; and for a script what it loads with it.
const manifest = { "licences.txt": { file: licencesFile, loads: [] } };
for (const [path, output] of Object.entries(metafile.outputs)) {
  const file = basename(path);
  const plain = file.startsWith("chunk-") ? file : file.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, "");
  const loads = output.imports.filter(({ kind }) => /^(import-statement|dynamic-import)$/.test(kind)).map(({ path: to }) => basename(to));
  manifest[plain] = { file, loads };
}
const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(join(out, "manifest.json"), JSON.stringify(sorted, null, 1) + "\n");

// Each file packed as well as can be, once; fonts are packed already.
for (const { file } of Object.values(sorted)) {
  if (file.endsWith(".woff2")) continue;
  const bytes = readFileSync(join(out, file));
  writeFileSync(join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  writeFileSync(join(out, `${file}.br`), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
}
