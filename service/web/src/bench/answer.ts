// An answer of the endpoint as columns and rows of terms, whatever was asked.
export interface Term {
  kind: "iri" | "literal" | "blank";
  value: string;
  language?: string;
  datatype?: string;
}

export interface Answer {
  form: "rows" | "triples" | "truth";
  columns: string[];
  rows: (Term | undefined)[][];
}

export interface Problem {
  title: string;
  detail: string;
  line?: number;
  column?: number;
}

export const ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9, application/problem+json;q=0.8";

interface Json {
  head: { vars?: string[] };
  boolean?: boolean;
  results?: { bindings: Record<string, { type: string; value: string; "xml:lang"?: string; datatype?: string }>[] };
}

export function read(type: string, text: string): Answer {
  return type.startsWith("application/n-triples") ? triples(text) : results(JSON.parse(text) as Json);
}

function results({ head, boolean, results: found }: Json): Answer {
  if (boolean !== undefined) {
    return { form: "truth", columns: ["answer"], rows: [[{ kind: "literal", value: boolean ? "yes" : "no" }]] };
  }
  const columns = head.vars ?? [];
  const rows = (found?.bindings ?? []).map(row => columns.map(name => {
    const term = row[name];
    if (!term) return undefined;
    const kind = term.type === "uri" ? "iri" : term.type === "bnode" ? "blank" : "literal";
    return { kind, value: term.value, language: term["xml:lang"], datatype: term.datatype } satisfies Term;
  }));
  return { form: "rows", columns, rows };
}

const TERM = /<([^>]*)>|(_:\S+)|"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?/gy;
const ESCAPES: Record<string, string> = { t: "\t", b: "\b", n: "\n", r: "\r", f: "\f", '"': '"', "'": "'", "\\": "\\" };

// N-Triples, a triple a line.
function triples(text: string): Answer {
  const rows = text.split("\n").filter(line => line.trim()).map(line => {
    const found: Term[] = [];
    TERM.lastIndex = 0;
    while (found.length < 3) {
      const match = TERM.exec(line);
      if (!match) break;
      found.push(term(match));
      TERM.lastIndex += 1;
    }
    return found;
  });
  return { form: "triples", columns: ["subject", "predicate", "object"], rows };
}

function term([, iri, blank, literal, language, datatype]: RegExpExecArray): Term {
  if (iri !== undefined) return { kind: "iri", value: unescaped(iri) };
  if (blank !== undefined) return { kind: "blank", value: blank };
  return { kind: "literal", value: unescaped(literal ?? ""), language, datatype };
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_, four, eight, one) =>
    one ? ESCAPES[one] ?? one : String.fromCodePoint(parseInt(four ?? eight, 16)));
}
