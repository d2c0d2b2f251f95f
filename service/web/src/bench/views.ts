// What an answer can be drawn as, by the shape of its data. Each drawing is one of the elements of the pages, over a table.
import type { Answer, Term } from "./answer";
import { make } from "./dom";
import { address } from "./node";
import { called, isNumber, table, type Naming } from "./table";

export interface View {
  name: string;
  words: string;
  needsLabels: boolean;
  draw(answer: Answer, naming: Naming): HTMLElement;
}

type Row = (Term | undefined)[];
const MOST = 3000;
const ARROWS = 60;
const LATITUDE = /^(lat|latitude)$/i;
const LONGITUDE = /^(long|lng|lon|longitude)$/i;
const INSTANT = "http://www.w3.org/2001/XMLSchema#dateTime";

const TABLE: View = { name: "table", words: "Table", needsLabels: false, draw: table };

// The views of an answer, the one to begin with first.
export function views(answer: Answer): View[] {
  if (!answer.rows.length || answer.form === "truth") return [TABLE];
  if (answer.form === "triples") return answer.rows.length <= ARROWS ? [GRAPH, TABLE] : [TABLE, GRAPH];
  const column = (is: RegExp) => answer.columns.findIndex(name => is.test(name));
  const [lat, long] = [column(LATITUDE), column(LONGITUDE)];
  const span = spanOf(answer);
  const number = answer.columns.findLastIndex((name, at) => ![LATITUDE, LONGITUDE].some(is => is.test(name)) && answer.rows.some(row => isNumber(row[at])));
  const words = labelOf(answer);
  const placed = lat >= 0 && long >= 0 && answer.rows.some(row => isNumber(row[lat]) && isNumber(row[long]));
  return [
    ...(placed ? [map(lat, long, number, words)] : []),
    TABLE,
    ...(span ? [timeline(span, words)] : []),
    ...(number >= 0 && words >= 0 ? [chart(words, number)] : []),
  ];
}

// The columns of an interval, or of one instant.
function spanOf(answer: Answer): [number, number] | undefined {
  const [earliest, latest] = [answer.columns.indexOf("earliest"), answer.columns.indexOf("latest")];
  if (earliest >= 0 && latest >= 0) return [earliest, latest];
  const instant = answer.columns.findIndex((_, at) => answer.rows.some(row => row[at]?.datatype === INSTANT));
  return instant >= 0 ? [instant, instant] : undefined;
}

// The column that a row is called by: a label, else the first node, else the first words.
function labelOf(answer: Answer): number {
  const labelled = answer.columns.findIndex(name => /label|name|title/i.test(name));
  if (labelled >= 0) return labelled;
  const has = (test: (term: Term) => boolean) => answer.columns.findIndex((_, at) => answer.rows.some(row => row[at] && test(row[at])));
  const node = has(term => term.kind === "iri");
  return node >= 0 ? node : has(term => !isNumber(term) && term.datatype !== INSTANT);
}

function map(lat: number, long: number, number: number, words: number): View {
  return drawn("map", "Map", "cq-map", answer => answer.columns, (row, naming) => ({
    "data-lat": row[lat]?.value, "data-long": row[long]?.value, "data-count": number < 0 ? undefined : row[number]?.value, ...told(row, words, naming),
  }));
}

function timeline([earliest, latest]: [number, number], words: number): View {
  return drawn("timeline", "Timeline", "cq-timeline", answer => answer.columns, (row, naming) => ({
    "data-earliest": row[earliest]?.value, "data-latest": row[latest]?.value, ...told(row, words, naming),
  }));
}

function chart(words: number, number: number): View {
  return drawn("chart", "Chart", "cq-chart", answer => answer.columns, (row, naming) => ({ "data-value": row[number]?.value, ...told(row, words, naming) }));
}

const GRAPH = drawn("graph", "Graph", "cq-diagram", answer => answer.columns, (row, naming) => {
  const [subject, predicate, object] = row;
  return {
    "data-who": name(subject, naming), "data-who-href": href(subject), "data-kind": "none", "data-what": name(predicate, naming),
    "data-what-href": href(predicate), "data-held": name(object, naming), "data-held-href": href(object),
  };
});

function told(row: Row, words: number, naming: Naming): Record<string, string | undefined> {
  const node = row[words]?.kind === "iri" ? row[words] : row.find(term => term?.kind === "iri");
  return { "data-id": node?.value ?? row.map(term => term?.value ?? "").join("|"), "data-label": name(row[words] ?? node, naming), "data-href": href(node) };
}

const name = (term: Term | undefined, naming: Naming): string => (term ? called(term, naming) : "");
const href = (term: Term | undefined): string | undefined => (term?.kind === "iri" ? address(term.value) || undefined : undefined);

function drawn(
  called_: string, words: string, element: string, heads: (answer: Answer) => string[],
  data: (row: Row, naming: Naming) => Record<string, string | undefined>,
): View {
  return { name: called_, words, needsLabels: true, draw: (answer, given) => {
    const naming = { ...given, labelled: true };
    const rows = answer.rows.slice(0, element === "cq-diagram" ? ARROWS : MOST);
    const body = make("tbody", {}, ...rows.map(row =>
      make("tr", data(row, naming), ...row.map(term => make("td", {}, term ? called(term, naming) : "")))));
    const head = make("thead", {}, make("tr", {}, ...heads(answer).map(column => make("th", { scope: "col" }, column))));
    const found = document.createElement(element);
    found.append(make("details", { open: true }, make("summary", {}, "As a table"), make("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": "What is drawn" }, make("table", {}, head, body))));
    const left = answer.rows.length - rows.length;
    return make("div", {}, found, ...(left ? [make("p", { class: "facts" }, `The first ${rows.length} of ${answer.rows.length} are drawn; the table has them all.`)] : []));
  } };
}
