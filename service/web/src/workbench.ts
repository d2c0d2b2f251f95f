// The SPARQL workbench: the page's form with an editor in place of its field, and the answer below it.
import { ACCEPT, read, type Answer, type Problem } from "./bench/answer";
import { samples } from "./bench/code";
import { button, make } from "./bench/dom";
import { edit, type Editor } from "./bench/editor";
import { label, type Words } from "./bench/node";
import type { Terms } from "./bench/terms";
import { views, type View } from "./bench/views";

const ROWS = { csv: "CSV", tsv: "TSV", srj: "JSON", srx: "XML" };
const TRIPLES = { ttl: "Turtle", nt: "N-Triples", jsonld: "JSON-LD", rdf: "RDF/XML", nq: "N-Quads", trig: "TriG" };
// A longer one does not fit into an address.
const LONGEST = 30_000;
const TICK = 100;

class Workbench extends HTMLElement {
  private editor!: Editor;
  private terms: Terms = { prefixes: {}, classes: [], properties: [], codes: [] };
  private words: Words = new Map();
  private running?: AbortController;
  private answer?: { found: Answer; query: string; view: string; labelled: boolean };
  private readonly status = make("p", { class: "bench-status", role: "status" });
  private readonly fault = make("p", { class: "notice", role: "alert", hidden: true });
  private readonly out = make("div", { class: "bench-out" });
  private readonly run = button("Run", () => void this.ask(), { class: "primary", title: "Ctrl + Enter" });
  private readonly cancel = button("Cancel", () => this.running?.abort(), { hidden: true });

  connectedCallback(): void {
    const form = this.querySelector("form");
    const field = this.querySelector("textarea");
    if (!form || !field) return;
    const hash = new URLSearchParams(location.hash.slice(1));
    const host = make("div", { class: "bench-editor" });
    form.before(host);
    form.hidden = true;
    this.editor = edit(host, hash.get("query") ?? field.value, { run: () => void this.ask(), leave: () => this.leave() });
    host.addEventListener("keydown", event => event.stopPropagation());
    this.append(make("div", { class: "take" }, this.run, this.cancel, this.status), this.fault, this.out);
    this.addEventListener("keydown", event => event.key === "Escape" && this.running?.abort());
    window.addEventListener("hashchange", () => this.reopened());
    void this.completing();
    if (hash.has("view")) void this.ask(hash.get("view") ?? undefined);
  }

  disconnectedCallback(): void {
    this.running?.abort();
  }

  private async completing(): Promise<void> {
    const answer = await fetch(this.dataset.terms!);
    if (!answer.ok) return;
    this.terms = await answer.json() as Terms;
    this.editor.complete(this.terms, this.dataset.names!);
    if (this.answer) this.show();
  }

  // Somebody followed a link to another query of this page.
  private reopened(): void {
    const hash = new URLSearchParams(location.hash.slice(1));
    const query = hash.get("query");
    if (query === null || query === this.editor.text) return;
    this.editor.text = query;
    if (hash.has("view")) void this.ask(hash.get("view") ?? undefined);
  }

  private leave(): void {
    if (this.running) this.running.abort();
    else this.run.focus();
  }

  private async ask(view?: string): Promise<void> {
    this.running?.abort();
    const running = this.running = new AbortController();
    const query = this.editor.text;
    const began = performance.now();
    const clock = setInterval(() => this.tell(`Running, ${seconds(began)} of at most ${this.dataset.seconds} seconds`), TICK);
    this.busy(true);
    this.tell("Running");
    try {
      const answer = await fetch(this.dataset.endpoint!, {
        method: "POST", body: query, signal: running.signal, headers: { "Content-Type": "application/sparql-query", Accept: ACCEPT },
      });
      const text = await answer.text();
      if (this.running !== running) return;
      clearInterval(clock);
      if (!answer.ok) return this.failed(problem(answer, text));
      const found = read(answer.headers.get("Content-Type") ?? "", text);
      this.succeeded(found, query, view, `${count(found)} in ${Math.round(performance.now() - began)} ms · version ${answer.headers.get("Communique-Version") ?? "unknown"}`);
    } catch (error) {
      if (this.running !== running) return;
      clearInterval(clock);
      if (running.signal.aborted) this.tell(`Cancelled after ${seconds(began)} seconds; the service has stopped working on it`);
      else this.failed({ title: "No answer", detail: error instanceof Error ? error.message : String(error) });
    } finally {
      clearInterval(clock);
      if (this.running === running) {
        this.running = undefined;
        this.busy(false);
      }
    }
  }

  private busy(on: boolean): void {
    const focused = document.activeElement === this.cancel;
    this.cancel.hidden = !on;
    this.out.setAttribute("aria-busy", String(on));
    if (focused && !on) this.run.focus();
  }

  private tell(words: string): void {
    this.status.textContent = words;
  }

  private failed(wrong: Problem): void {
    this.tell("");
    const place = wrong.line ? ` (line ${wrong.line}, column ${wrong.column ?? 1})` : "";
    this.fault.textContent = `${wrong.title}${place}: ${wrong.detail}`;
    this.fault.hidden = false;
    this.editor.mark(wrong.line ? wrong : undefined);
    this.answer = undefined;
    this.out.replaceChildren();
  }

  private succeeded(found: Answer, query: string, view: string | undefined, words: string): void {
    this.tell(words);
    this.fault.hidden = true;
    this.editor.mark();
    const offered = views(found).map(({ name }) => name);
    this.answer = { found, query, view: view && offered.includes(view) ? view : offered[0]!, labelled: this.answer?.labelled ?? false };
    this.show();
  }

  private show(): void {
    if (!this.answer) return;
    const { found, query, view, labelled } = this.answer;
    const offered = views(found);
    const current = offered.find(({ name }) => name === view) ?? offered[0]!;
    history.replaceState(null, "", `${location.pathname}#${new URLSearchParams({ query, view: current.name })}`);
    const focused = this.out.contains(document.activeElement) ? document.activeElement?.getAttribute("data-focus") : undefined;
    const panel = make("div", { class: "bench-view" });
    this.out.replaceChildren(this.switches(offered, current), panel, this.downloads(), ...this.code());
    this.out.querySelector<HTMLElement>(`[data-focus="${focused}"]`)?.focus();
    const draw = () => panel.replaceChildren(current.draw(found, { prefixes: this.terms.prefixes, words: this.words, labelled }));
    draw();
    const nodes = found.rows.flat().flatMap(term => (term?.kind === "iri" && !this.words.has(term.value) ? [term.value] : []));
    if ((labelled || current.needsLabels) && nodes.length) {
      void this.labels(nodes).then(() => this.answer?.found === found && panel.isConnected && draw());
    }
  }

  private async labels(nodes: string[]): Promise<void> {
    for (const word of [...this.terms.classes, ...this.terms.properties]) {
      const [prefix = "", name = ""] = word.name.split(":");
      if (word.label) this.words.set(`${this.terms.prefixes[prefix]}${name}`, word.label);
    }
    await label(this.dataset.endpoint!, nodes, this.words);
  }

  private switches(offered: View[], current: View): HTMLElement {
    const change = (given: Partial<NonNullable<typeof this.answer>>) => () => {
      if (this.answer) this.answer = { ...this.answer, ...given };
      this.show();
    };
    const group = make("div", { class: "bench-tabs", role: "group", "aria-label": "View" }, ...offered.map(({ name, words }) =>
      button(words, change({ view: name }), { "aria-pressed": String(name === current.name), "data-focus": name })));
    const labelled = make("input", { type: "checkbox", checked: this.answer?.labelled, "data-focus": "labels" });
    labelled.addEventListener("change", () => change({ labelled: labelled.checked })());
    return make("div", { class: "take" }, group, ...(current.needsLabels ? [] : [make("label", {}, labelled, " Labels")]));
  }

  private downloads(): HTMLElement {
    const { found, query } = this.answer!;
    const formats = found.form === "triples" ? TRIPLES : found.form === "truth" ? { srj: "JSON", srx: "XML" } : ROWS;
    const links = encodeURIComponent(query).length > LONGEST ? ["in the form below, for a query this long"] : Object.entries(formats).flatMap(([format, words]) => {
      const href = `${this.dataset.endpoint}?${new URLSearchParams({ query, format })}`;
      return [make("a", { href, download: `answer.${format}` }, words), " "];
    });
    return make("p", { class: "take" }, "Download: ", ...links, copying("Copy link", () => location.href));
  }

  private code(): HTMLElement[] {
    const { found, query } = this.answer!;
    const address = new URL(this.dataset.endpoint!, location.href).href;
    return samples(address, query, found.form).map(({ name, text }) =>
      make("details", { class: "bench-code" }, make("summary", {}, `Code for ${name}`),
        make("pre", { tabindex: 0, role: "group", "aria-label": `Code for ${name}` }, make("code", {}, text)), copying("Copy", () => text)));
  }
}

function copying(words: string, text: () => string): HTMLButtonElement {
  const made = button(words, () => void navigator.clipboard.writeText(text()).then(() => {
    made.textContent = "Copied";
    setTimeout(() => { made.textContent = words; }, 1500);
  }));
  return made;
}

function problem(answer: Response, text: string): Problem {
  try {
    const told = JSON.parse(text) as Problem;
    return { ...told, title: told.title ?? answer.statusText, detail: told.detail ?? "" };
  } catch {
    return { title: `${answer.status} ${answer.statusText}`, detail: text.slice(0, 300) };
  }
}

function count({ form, rows }: Answer): string {
  if (form === "truth") return `The answer is ${rows[0]?.[0]?.value}`;
  const what = form === "triples" ? "triple" : "row";
  return `${rows.length} ${what}${rows.length === 1 ? "" : "s"}`;
}

const seconds = (began: number): string => ((performance.now() - began) / 1000).toFixed(1);

customElements.define("cq-workbench", Workbench);
