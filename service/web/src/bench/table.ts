// Rows as a table: nodes linked, by their names or in words.
import type { Answer, Term } from "./answer";
import { button, make, shown } from "./dom";
import { address, short, type Words } from "./node";

const PART = 200;
const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set(["integer", "decimal", "double", "float", "int", "long"].map(name => XSD + name));

export interface Naming {
  prefixes: Record<string, string>;
  words: Words;
  labelled: boolean;
}

export const isNumber = (term: Term | undefined): boolean => !!term?.datatype && NUMBERS.has(term.datatype);

// How a term is called.
export function called(term: Term, naming: Naming): string {
  if (term.kind !== "iri") return shown(term.value);
  return shown((naming.labelled && naming.words.get(term.value)) || short(term.value, naming.prefixes));
}

export function table(answer: Answer, naming: Naming): HTMLElement {
  const body = make("tbody");
  const found = make("table", { class: "answer-table" },
    make("thead", {}, make("tr", {}, ...answer.columns.map(name => make("th", { scope: "col" }, name)))), body);
  const region = make("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": "Rows of the answer" }, found);
  const box = make("div", {}, region);
  const more = button("", add);
  let at = 0;
  function add(): void {
    const part = answer.rows.slice(at, at + PART);
    at += part.length;
    body.append(...part.map(row => make("tr", {}, ...row.map(term => cell(term, naming)))));
    const left = answer.rows.length - at;
    more.textContent = `Show ${Math.min(PART, left)} more of ${left}`;
    if (!left) more.remove();
    else box.append(more);
  }
  add();
  return box;
}

function cell(term: Term | undefined, naming: Naming): HTMLElement {
  if (!term) return make("td");
  const words = called(term, naming);
  if (term.kind === "iri") {
    const href = address(term.value);
    const ours = href.startsWith("/");
    const name = make("bdi", {}, words);
    return make("td", {}, href ? make("a", { href, title: term.value, rel: ours ? undefined : "external noreferrer" }, name) : name);
  }
  if (isNumber(term)) return make("td", { class: "number" }, words);
  return make("td", { class: words.length > 30 ? "words" : undefined, dir: "auto", lang: term.language }, words);
}
