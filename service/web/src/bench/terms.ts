// What the editor completes: keywords, variables, the ontology's and the code lists' words, names of the data.
import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";

export interface Word {
  name: string;
  label?: string;
  text?: string;
}

export interface Terms {
  prefixes: Record<string, string>;
  classes: Word[];
  properties: Word[];
  codes: Word[];
}

const KEYWORDS = ("SELECT CONSTRUCT DESCRIBE ASK WHERE PREFIX BASE DISTINCT REDUCED FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER BIND "
  + "VALUES ORDER GROUP HAVING BY LIMIT OFFSET ASC DESC EXISTS NOT IN UNDEF AS").split(" ");
const FUNCTIONS = ("COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT STR LANG LANGMATCHES DATATYPE BOUND IRI BNODE IF COALESCE CONCAT STRLEN SUBSTR "
  + "UCASE LCASE STRSTARTS STRENDS CONTAINS STRBEFORE STRAFTER REPLACE REGEX ENCODE_FOR_URI ABS ROUND CEIL FLOOR NOW YEAR MONTH DAY HOURS "
  + "MINUTES SECONDS TZ STRDT STRLANG SAMETERM ISIRI ISBLANK ISLITERAL ISNUMERIC").split(" ");
const WORD = /[?$]?[\p{L}\p{N}_][\p{L}\p{N}_.\-]*(?::[\p{L}\p{N}_.\-]*)?|[?$]|:/u;
const MOST = 80;
const KINDS = { classes: "class", properties: "property", codes: "enum" } as const;
// Names that may follow a prefix.
const LOCAL = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

interface Found {
  node: { id: string; label?: string };
  kind?: { label?: string } | null;
  field: string;
  text: string;
}

export function source(terms: Terms, names: string): CompletionSource {
  const options = [
    ...(Object.keys(KINDS) as (keyof typeof KINDS)[]).flatMap(kind => terms[kind].map(word => worded(word, KINDS[kind], terms))),
    ...KEYWORDS.map(label => ({ label, type: "keyword" })),
    ...FUNCTIONS.map(label => ({ label, type: "function", apply: `${label}(` })),
  ];
  return async context => {
    const before = context.matchBefore(new RegExp(`(?:${WORD.source})$`, "u"));
    if (!before && !context.explicit) return null;
    const from = before?.from ?? context.pos;
    const typed = before?.text ?? "";
    if (/^[?$]/.test(typed)) return variables(context, from);
    const wanted = typed.toLowerCase();
    const ranked = options.flatMap(option => {
      const rank = rankOf(option, wanted);
      return rank === undefined ? [] : [{ ...option, boost: -rank }];
    }).sort((one, other) => other.boost - one.boost).slice(0, MOST);
    const named = context.explicit && wanted.length > 1 ? await named_(names, wanted.replace(/^\w+:/, ""), terms, context) : [];
    if (context.aborted) return null;
    return { from, options: [...ranked, ...named], filter: false } satisfies CompletionResult;
  };
}

// How far a word is from what is typed; undefined where it has nothing of it.
function rankOf({ label, detail }: Completion, wanted: string): number | undefined {
  const name = label.toLowerCase();
  const local = name.slice(name.indexOf(":") + 1);
  if (name.startsWith(wanted)) return name.length === wanted.length ? 0 : 1;
  if (!wanted.includes(":") && local.startsWith(wanted)) return 2;
  if (name.includes(wanted)) return 3;
  return detail?.toLowerCase().includes(wanted) ? 4 : undefined;
}

function worded(word: Word, type: string, terms: Terms): Completion {
  return { label: word.name, detail: word.label, info: word.text, type, apply: prefixed(word.name, terms) };
}

function variables(context: CompletionContext, from: number): CompletionResult {
  const others = context.state.doc.sliceString(0, from) + " " + context.state.doc.sliceString(context.pos);
  const found = new Set(others.match(/[?$][\p{L}_][\p{L}\p{N}_]*/gu));
  return { from, options: [...found].sort().map(label => ({ label, type: "variable" })), validFor: /^[?$][\p{L}\p{N}_]*$/u };
}

// Actors, places, events and reports by words in their names.
async function named_(names: string, wanted: string, terms: Terms, context: CompletionContext): Promise<Completion[]> {
  const given = new AbortController();
  context.addEventListener("abort", () => given.abort());
  try {
    const answer = await fetch(`${names}?${new URLSearchParams({ q: wanted, limit: "200" })}`, { signal: given.signal, headers: { Accept: "application/json" } });
    if (!answer.ok) return [];
    const { rows } = await answer.json() as { rows: Found[] };
    const nodes = new Map(rows.filter(({ field }) => field !== "quote").map(row => [row.node.id, row]));
    return [...nodes.values()].slice(0, MOST).map(row => ({
      label: row.node.label ?? row.text, detail: row.kind?.label, info: row.node.id, type: "text", apply: node(row.node.id, terms), boost: -9,
    }));
  } catch {
    return [];
  }
}

function node(iri: string, terms: Terms): Completion["apply"] {
  for (const [name, base] of Object.entries(terms.prefixes)) {
    if (iri.startsWith(base) && LOCAL.test(iri.slice(base.length))) return prefixed(`${name}:${iri.slice(base.length)}`, terms);
  }
  return `<${iri}>`;
}

// Writes a prefixed name, and its prefix where the query does not declare it yet.
function prefixed(name: string, terms: Terms): Completion["apply"] {
  const prefix = name.slice(0, name.indexOf(":"));
  return (view: EditorView, _: Completion, from: number, to: number) => {
    const declared = new RegExp(`\\bPREFIX\\s+${prefix}:`, "i").test(view.state.doc.toString());
    const line = `PREFIX ${prefix}: <${terms.prefixes[prefix]}>\n`;
    const head = declared ? 0 : line.length;
    view.dispatch({
      changes: [...(declared ? [] : [{ from: start(view), insert: line }]), { from, to, insert: name }],
      selection: { anchor: from + head + name.length }, userEvent: "input.complete",
    });
  };
}

// Behind the comments at the top.
function start(view: EditorView): number {
  let at = 0;
  for (let n = 1; n <= view.state.doc.lines; n++) {
    const line = view.state.doc.line(n);
    if (!line.text.startsWith("#")) break;
    at = Math.min(line.to + 1, view.state.doc.length);
  }
  return at;
}
