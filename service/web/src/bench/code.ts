// A query as code that can be pasted: for a shell, and for Python with nothing but its library.
export interface Sample {
  name: string;
  text: string;
}

export function samples(address: string, query: string, form: "rows" | "triples" | "truth"): Sample[] {
  return [
    { name: "curl", text: `curl '${address}' --header 'Accept: ${form === "triples" ? "text/turtle" : form === "rows" ? "text/csv" : "application/sparql-results+json"}' \\\n  --data-urlencode ${quoted(`query=${query}`)}\n` },
    { name: "Python", text: python(address, query, form) },
  ];
}

// A word of the shell.
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function python(address: string, query: string, form: string): string {
  const accept = form === "triples" ? "text/turtle" : "application/sparql-results+json";
  const read = {
    rows: 'for row in json.load(answer)["results"]["bindings"]:\n        print({name: term["value"] for name, term in row.items()})',
    truth: 'print(json.load(answer)["boolean"])',
    triples: "print(answer.read().decode())",
  }[form];
  return `${form === "triples" ? "" : "import json\n"}from urllib.parse import urlencode
from urllib.request import Request, urlopen

query = ${literal(query)}
body = urlencode({"query": query}).encode()
request = Request(${JSON.stringify(address)}, body, {"Accept": "${accept}"})
with urlopen(request) as answer:
    ${read}
`;
}

// As it stands between triple quotes, unless something in it could end them or be read as an escape.
function literal(text: string): string {
  return /"""|\\|"$/.test(text) ? JSON.stringify(text) : `"""${text}"""`;
}
