// Nodes: where they are read of here, and how they are called.
const BASE = "https://w3id.org/communique/";
const PAGES: Record<string, string> = {
  event: "events", actor: "actors", place: "places", report: "reports", statement: "statements",
};

export type Words = Map<string, string>;

// The address of a node; nothing for what a browser must not be sent to.
export function address(iri: string): string {
  const path = iri.startsWith(BASE) ? iri.slice(BASE.length) : undefined;
  if (path?.startsWith("id/")) {
    const [, kind = "", name = ""] = /^id\/([^/]*)\/(.*)$/.exec(path) ?? [];
    return PAGES[kind] ? `/${PAGES[kind]}/${encodeURIComponent(name)}` : encodeURI(`/${path}`);
  }
  if (path?.startsWith("code/")) return encodeURI(`/${path}`);
  if (path?.startsWith("ns#")) return encodeURI(`/${path}`);
  return /^https?:\/\//.test(iri) ? iri : "";
}

// A node by its prefix and name, or as it is.
export function short(iri: string, prefixes: Record<string, string>): string {
  let found = iri;
  for (const [name, base] of Object.entries(prefixes)) {
    const rest = iri.startsWith(base) ? iri.slice(base.length) : "/";
    if (!/[/#]/.test(rest) && rest) found = `${name}:${/^[0-9a-f]{32}$/.test(rest) ? `${rest.slice(0, 8)}…` : rest}`;
  }
  return found;
}

const ASKED = 300;
const LABELS = `PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?node ?label WHERE { VALUES ?node { NODES } { ?node skos:prefLabel ?label } UNION { ?node dcterms:title ?label } }`;

// The labels of nodes that have one, English where there is a choice; asked of the endpoint and added to `words`.
export async function label(endpoint: string, nodes: Iterable<string>, words: Words): Promise<void> {
  const wanted = [...new Set(nodes)].filter(iri => iri.startsWith(`${BASE}id/`) || iri.startsWith(`${BASE}code/`)).filter(iri => !words.has(iri));
  for (let at = 0; at < wanted.length; at += ASKED) {
    const part = wanted.slice(at, at + ASKED).map(iri => `<${iri}>`).join(" ");
    const answer = await fetch(endpoint, {
      method: "POST", body: LABELS.replace("NODES", part),
      headers: { "Content-Type": "application/sparql-query", Accept: "application/sparql-results+json" },
    });
    if (!answer.ok) return;
    const { results } = await answer.json() as { results: { bindings: Record<string, { value: string; "xml:lang"?: string }>[] } };
    for (const { node, label: found } of results.bindings) {
      if (node && found && (found["xml:lang"] === "en" || !words.has(node.value))) words.set(node.value, found.value);
    }
  }
}
