"""The shape of the repository: imports point down, content points one way, nothing is undeclared or undocumented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pyoxigraph as ox
import pytest

from communique import catalog
from communique.content import Content
from communique.settings import PREFIX, Settings
from communique.vocab import CMQ, CODE, KINDS, RDF, SCHEMES
from conftest import ROOT, communique

PACKAGE = ROOT / "service" / "communique"
# Each module may import from those above it only.
ORDER = [
    "errors", "settings", "auth", "vocab", "content",
    "dates", "report", "terms", "nodes", "kinds", "pairs", "encode", "decode", "rules", "faults", "reader",
    "lexer", "tokens", "store", "store.embedded", "store.line", "store.wire", "store.results", "store.journal", "store.sight", "store.pinned", "store.remote", "store.opening",
    "jsontext", "param", "binding", "catalog", "media", "plain", "guard", "labels", "search", "search.sight", "search.rows", "search.narrow", "search.order", "search.words", "search.lists", "search.index", "begun", "tallied", "answer", "thing", "jsonld", "linked", "published", "shares", "asking",
    "check", "lint", "glossary", "uses", "reason", "computed", "slices", "ties", "touched", "derive", "compress", "draft", "search.kept", "search.fill", "search.build", "search.entries", "search.keep", "framing", "ordered", "dump", "void", "manifest", "delta", "edition", "rdf", "batches", "crew", "bulk", "quadfile", "reread", "remains", "intake", "following", "load", "filling", "gate", "probe", "backup", "curate", "keep", "dumping", "migrate",
    "profiles", "profiles.walk", "profiles.graph", "profiles.nanopub", "profiles.stix", "profiles.table", "profiles.render", "profiles.export",
    "bench", "bench.dice", "bench.names", "bench.cast", "bench.phrases", "bench.page", "bench.attack", "bench.telling", "bench.account", "bench.world", "bench.make", "bench.running", "bench.gauge", "bench.task", "bench.client", "bench.request", "bench.driver", "bench.keys", "bench.ask", "bench.mix",
    "bench.ground", "bench.rival", "bench.oxigraph", "bench.endpoint", "bench.fuseki", "bench.virtuoso", "bench.rivals", "bench.ours", "bench.alone", "bench.equal", "bench.reads", "bench.growth", "bench.loads", "bench.writes", "bench.starts", "bench.profile",
    "bench.run", "bench.figures", "bench.rows", "bench.paper", "bench.command",
    "process", "process.sandbox", "process.frames", "process.ballast", "process.idle", "process.worker", "process.hearing", "process.pool", "process.runner", "process.turns", "process.quick", "process.reading", "process.writing", "process.making", "process.maker", "process.indexing", "process.warm", "process.indexer", "process.writer",
    "process.served", "process.backend", "process.flow", "process.remote",
    "assets", "suffix", "geojson", "http", "cache", "clients", "limits", "metrics", "audit", "cors", "recall", "express", "connection", "schema", "describe", "service", "ranges", "shelf", "reference", "forms", "payload",
    "pages", "pages.text", "pages.card", "pages.sources", "pages.answers", "pages.cite", "pages.site", "pages.problems", "pages.days", "pages.accounts", "pages.diagram", "pages.map", "pages.timeline", "pages.attack", "pages.document", "pages.statement", "pages.event", "pages.actor", "pages.report", "pages.vocabulary", "pages.highlight", "pages.samples", "pages.inputs", "pages.questions", "pages.workbench", "pages.manual", "pages.collections", "pages.place", "pages.spans", "pages.attacks", "pages.feed", "pages.found",
    "routes", "routes.api", "routes.streaming", "routes.sparql", "routes.update", "routes.dumps", "routes.graphs", "routes.void", "routes.things", "routes.ns", "routes.reports", "routes.pages", "routes.details", "routes.questions", "routes.workbench", "routes.manual", "routes.collections", "routes.attacks", "routes.health", "routes.metrics", "routes.profiles", "routes.assets",
    "app", "serve", "loading", "verbs", "cli", "__main__",
]  # fmt: skip
# One module for each heavy library, and that imports it late.
HEAVY = {"pyshacl": "check", "owlready2": "reason", "rdflib": "check"}


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return {name: path for name, path in found.items() if name != "__init__"}


def imports(path: Path) -> set[str]:
    """Modules of ours that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "communique":
            base = node.module.removeprefix("communique").lstrip(".")
            whole = {f"{base}.{a.name}".lstrip(".") for a in node.names}
            found |= {name if name in ORDER else base for name in whole}
    return found


def test_every_module_has_its_place() -> None:
    assert set(modules()) == set(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_imports_point_down(name: str) -> None:
    above = set(ORDER[: ORDER.index(name)])
    assert imports(modules()[name]) <= above


def test_heavy_libraries_have_one_module_and_come_late() -> None:
    for name, path in modules().items():
        tree = ast.parse(path.read_text("utf-8"))
        late = {n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
        guarded = {
            n
            for i in ast.walk(tree)
            if isinstance(i, ast.If) and "TYPE_CHECKING" in ast.dump(i.test)
            for n in ast.walk(i)
        }
        for node in ast.walk(tree):
            library = _library(node)
            if library in HEAVY:
                assert HEAVY[library] == name, f"{name} imports {library}"
                assert node in late or node in guarded, f"{name} imports {library} at the top"


def _library(node: ast.AST) -> str:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0]
    return node.names[0].name.split(".")[0] if isinstance(node, ast.Import) else ""


# Doors in the libraries: what follows an address, runs a rule of the data's own, or takes what is not RDF.
BANNED_KEYWORDS = {"lenient": True, "advanced": True, "do_owl_imports": True, "only_local": False}
BANNED_CALLS = {
    "eval",
    "exec",
    "pickle.loads",
    "pickle.load",
    "yaml.load",
    "urlopen",
    "urllib.request.urlopen",
    "os.system",
}
RDFLIB_DOORS = {"query", "update", "load"}


def test_no_door_of_a_library_is_open() -> None:
    for name, path in modules().items():
        text = path.read_text("utf-8")
        for call in (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)):
            assert ast.unparse(call.func) not in BANNED_CALLS, f"{name} calls {ast.unparse(call.func)}"
            for keyword in call.keywords:
                given = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                banned = BANNED_KEYWORDS.get(keyword.arg or "", ...)
                assert given is None or given != banned, f"{name}: {keyword.arg}={given}"
        # rdflib evaluates FROM <file:...>, and its JSON-LD parser fetches contexts: it only holds triples here.
        if "rdflib" in text:
            doors = re.findall(r"(?:Graph|Dataset)\([^)]*\)\.(\w+)\(", text)
            assert not RDFLIB_DOORS & set(doors), f"{name} uses rdflib's {doors}"
            # Given a string alone, it may take it for an address.
            assert all(call.startswith("data=") for call in re.findall(r"Graph\(\)\.parse\(([^)]*)", text)), name


def test_serve_starts_without_them() -> None:
    code = f"import sys, communique.app, communique.cli; print([m for m in {list(HEAVY)} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_content_points_one_way(content: Content) -> None:
    """`graph` and `queries` build on `ontology`; nothing there knows of them, and no query names an individual."""
    individual = re.compile(rf"https://w3id\.org/communique/id/({'|'.join(KINDS)})/[\w.-]+")
    for path in (content.core, content.schemes, content.shapes, content.alignments):
        found = {m.group() for m in individual.finditer(path.read_text("utf-8"))}
        # The asserter of inferences is part of the law, so the shapes name it.
        # NAME stands in messages, for any name.
        assert {iri for iri in found if not iri.rstrip(".").endswith("/NAME")} <= {
            "https://w3id.org/communique/id/actor/communique"
        }, path
    for path in [*content.queries(), *content.checks(), *content.rules(), *content.profiles(), *content.scopes()]:
        text = path.read_text("utf-8")
        kinds = [line for line in text.splitlines() if re.match(rf"PREFIX ({'|'.join(KINDS)}):", line)]
        assert not kinds, (path, kinds)
        assert not individual.search(text), path


def declared(content: Content) -> set[str]:
    triples = ox.parse(content.core.read_bytes(), format=ox.RdfFormat.TURTLE)
    return {q.subject.value for q in triples if q.predicate == RDF.type and isinstance(q.subject, ox.NamedNode)}


def codes(content: Content) -> set[str]:
    triples = ox.parse(content.schemes.read_bytes(), format=ox.RdfFormat.TURTLE)
    return {q.subject.value for q in triples if isinstance(q.subject, ox.NamedNode)}


def test_every_term_used_is_declared(content: Content) -> None:
    terms = {iri.removeprefix(CMQ.base) for iri in declared(content)}
    used: dict[str, str] = {}
    for path in [
        *content.queries(),
        *content.checks(),
        *content.rules(),
        *content.profiles(),
        *content.scopes(),
        *content.seeds(),
        content.shapes,
    ]:
        used |= {name: str(path) for name in re.findall(r"\bcmq:(\w+)", path.read_text("utf-8"))}
    for name, path in modules().items():
        used |= {
            term: name
            for term in re.findall(r"\bCMQ\.(\w+)|\bcmq:(\w+)", path.read_text("utf-8"))
            for term in term
            if term
        }
    missing = {name: path for name, path in used.items() if name not in terms and name != "base"}
    assert not missing


def test_every_code_used_is_declared(content: Content) -> None:
    known = codes(content)
    prefix = {"event-type" if s == "eventType" else s: s for s in SCHEMES}
    for path in [
        *content.queries(),
        *content.checks(),
        *content.rules(),
        *content.profiles(),
        *content.scopes(),
        *content.seeds(),
        content.shapes,
    ]:
        text = path.read_text("utf-8")
        for name, scheme in prefix.items():
            if f"{name}: <{CODE}{scheme}/>" in text:
                used = set(re.findall(rf"(?<![\w:/-]){name}:([a-z][\w-]*)", text))
                assert {f"{CODE}{scheme}/{code}" for code in used} <= known, path


def test_every_setting_is_documented() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    told = communique("serve", "--help").stdout
    for setting in fields(Settings):
        name = f"{PREFIX}{setting.name.upper()}"
        assert name in readme, f"the README does not tell of {name}"
        assert setting.metadata["help"] in readme, f"the README does not tell what {name} means"
        assert name in told


def test_every_named_query_has_expected_rows(content: Content) -> None:
    queries = {path.stem for path in content.queries()}
    expected = {path.stem for path in (ROOT / "tests" / "expected").glob("*.csv")}
    assert queries == expected


def test_every_verb_is_in_the_readme() -> None:
    told = communique("--help").stdout
    verbs = re.findall(r"^    (\w+) ", told, re.MULTILINE)
    assert {"serve", "load", "check", "query", "dump"} <= set(verbs)
    readme = (ROOT / "README.md").read_text("utf-8")
    assert not [verb for verb in verbs if f"communique {verb}" not in readme]


def test_no_query_file_has_a_fault(content: Content) -> None:
    for path in content.queries():
        query = catalog.read(path)
        assert query.title != path.stem, f"{path} has no title"
        assert query.empty, f"{path} does not say what an empty answer means"
        assert query.empty.startswith("no "), path
