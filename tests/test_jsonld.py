"""JSON-LD of every answer: read by two parsers, without a network, it is the store's own triples and no others."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Triple

from communique import catalog, jsonld, linked, media
from communique.content import Content, open_content
from communique.errors import OverCap
from communique.jsonld import Context
from communique.linked import Linked
from communique.store.embedded import Embedded
from communique.vocab import CMQ, OWL, RDF, RDFS, SCHEMA, XSD
from conftest import ROOT
from test_http import QUERIES, ROUTED, example, problem

LD = {"accept": "application/ld+json"}
OURS = ("https://w3id.org/communique/id/", "https://w3id.org/communique/code/")
SINGLE = [
    "/api/attacks/balad-monday", "/api/events/balad-monday", "/api/actors/john-f-kirby", "/api/places/balad-air-base",
    "/api/reports/seven-rockets", "/api/queries/attack-claims?attack=balad-20-february",
    "/api/attacks/balad-monday?as_of=2021-03-10",
]  # fmt: skip
# What names no node has no triple to tell.
COUNTS = {name for name, query in ROUTED.items() if not any(column.is_node for column in query.columns)}


@pytest.fixture
def plain_rdflib(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have rdflib leave literals as they stand."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    with warnings.catch_warnings():
        # Its JSON-LD parser is its own user of what it deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def read(data: bytes) -> set[Triple]:
    """The triples of JSON-LD, which two parsers agree on."""
    nt = rdflib.Graph().parse(data=data, format="json-ld").serialize(format="nt")
    found = {q.triple for q in ox.parse(data, format=ox.RdfFormat.JSON_LD)}
    assert found == {q.triple for q in ox.parse(nt, format=ox.RdfFormat.N_TRIPLES)}
    return found


def named(document: object) -> set[str]:
    """The nodes of ours that a JSON answer names, found without the program's own walk."""
    found: set[str] = set()

    def keep(pairs: dict[str, object]) -> dict[str, object]:
        found.update(v for k, v in pairs.items() if k == "id" and isinstance(v, str) and v.startswith(OURS))
        return pairs

    json.loads(json.dumps(document), object_hook=keep)
    return found


def stored(store: Embedded, nodes: set[str]) -> set[Triple]:
    """What a store holds of nodes, and of the propositions and passages of those that are statements."""
    found = {q.triple for node in nodes for q in store.quads(None, NamedNode(node))}
    parts = {t.object for t in found if t.predicate in (CMQ.expresses, CMQ.hasPassage)}
    return found | {q.triple for part in parts if isinstance(part, NamedNode) for q in store.quads(None, part)}


@pytest.mark.usefixtures("plain_rdflib")
@pytest.mark.parametrize("address", [*SINGLE, *sorted(ROUTED)])
def test_answer_expands_to_the_triples_of_the_store(address: str, client: httpx.Client, store: Embedded) -> None:
    path, params = example(address) if address in ROUTED else (address, None)
    document = client.get(path, params=params).json()
    answer = client.get(path, params=params, headers=LD)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/ld+json"
    nodes = named(document)
    assert nodes or not document["rows"] or address in COUNTS
    assert read(answer.content) == stored(store, nodes)


def test_every_question_has_rows_for_this() -> None:
    """The comparison above is of something: few questions have an empty answer to their example."""
    expected = {name: (ROOT / "tests" / "expected" / f"{name}.csv").read_text("utf-8") for name in ROUTED}
    assert len([name for name, rows in expected.items() if len(rows.splitlines()) > 1]) > len(ROUTED) * 0.8


@pytest.mark.parametrize("address", [*SINGLE, *sorted(ROUTED)])
def test_every_form_holds_the_same_triples(address: str, client: httpx.Client) -> None:
    path, params = example(address) if address in ROUTED else (address, None)
    document = client.get(path, params={**(params or httpx.URL(path).params), "format": "jsonld"})
    wanted = {q.triple for q in ox.parse(document.content, format=ox.RdfFormat.JSON_LD)}
    tags = {document.headers["etag"]}
    for form in (media.TURTLE, media.NTRIPLES, media.RDFXML):
        answer = client.get(path, params={**(params or httpx.URL(path).params), "format": form.name})
        assert {q.triple for q in ox.parse(answer.content, format=form.engine)} == wanted
        tags.add(answer.headers["etag"])
    assert len(tags) == 4


def test_context_stands_in_the_answer(client: httpx.Client, content: Content) -> None:
    document = client.get("/api/attacks/balad-monday", headers=LD).json()
    assert document["@context"] == json.loads(content.context.read_text("utf-8"))["@context"]
    nodes = {node["@id"]: node for node in document["@graph"]}
    assert nodes["event:balad-monday"]["hasAccused"] == [
        "actor:seven-rockets.iranian-backed-armed-militias", "actor:seven-rockets.pro-iranian-militias",
    ]  # fmt: skip
    passage = next(node for node in nodes.values() if node["@type"] == "Passage")
    assert isinstance(passage["startOffset"], int)


def test_what_is_no_triple_is_in_the_headers(client: httpx.Client) -> None:
    page = client.get("/api/statements", params={"limit": 3}, headers=LD)
    link = next(part for part in page.headers["link"].split(", ") if 'rel="next"' in part)
    after = client.get(link.partition(">")[0].lstrip("<"), headers=LD)
    assert after.status_code == 200
    first, second = ({n["@id"] for n in p.json()["@graph"] if n["@type"] == "Statement"} for p in (page, after))
    assert not first & second
    assert page.headers["communique-version"] == client.get("/api/statements").json()["version"]
    empty = client.get("/api/attacks/balad-monday/claims", headers=LD)
    assert empty.json()["@graph"] == []
    assert empty.headers["communique-note"] == '%"no claim is recorded"'
    ledger = client.get("/api/attacks/balad-monday", headers=LD)
    assert "claims: no claim is recorded" in ledger.headers["communique-note"]
    assert ledger.headers["communique-version"] == page.headers["communique-version"]


def test_alternates_are_told_with_their_types(client: httpx.Client) -> None:
    links = client.get("/api/attacks").headers["link"]
    assert '</api/attacks?format=jsonld>; rel="alternate"; type="application/ld+json"' in links
    assert "format=json>" not in links


def test_list_of_questions_names_no_node(client: httpx.Client) -> None:
    problem(client.get("/api/queries", headers=LD), 406)


def test_nodes_of_the_data_are_compact_too(client: httpx.Client) -> None:
    document = client.get("/id/actor/john-f-kirby", headers=LD).json()
    assert document["@graph"][0]["@id"] == "actor:john-f-kirby"
    assert "Person" in document["@graph"][0]["@type"]


def test_openapi_tells_of_it(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    routes = [q.route for q in QUERIES.values() if q.route]
    kinds = [f"/api/{kind}/{{name}}" for kind in ("events", "actors", "places", "statements", "reports")]
    for path in (*routes, *kinds, "/api/attacks/{attack}", "/api/queries/{name}"):
        content = paths[path]["get"]["responses"]["200"]["content"]
        assert {"application/json", *(form.type for form in media.GRAPHS)} <= set(content), path


def test_a_code_list_comes_with_its_codes(client: httpx.Client) -> None:
    found = {node["@id"] for node in client.get("/code/stance", headers=LD).json()["@graph"]}
    assert {"code:stance", "code-stance:claims", "code-stance:denies"} <= found


def test_too_large_an_answer_is_refused_whole(
    store: Embedded, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = linked.Linked(store, Context.read(content.context.read_bytes()))
    nodes = sorted({q.subject.value for q in store.quads(None) if isinstance(q.subject, NamedNode)})
    document = {"rows": [{"it": {"id": iri}} for iri in nodes]}
    whole = every.described(nodes)
    assert len(whole) > linked.BATCH
    monkeypatch.setattr(linked, "MOST", len(whole))
    assert every.answer(document, media.NTRIPLES)
    monkeypatch.setattr(linked, "MOST", len(whole) - 1)
    with pytest.raises(OverCap, match="more than"):
        every.answer(document, media.JSONLD)


# What the store may hold though we do not write it.

AWKWARD = [
    Literal("7", datatype=XSD.integer), Literal("007", datatype=XSD.integer), Literal("-0", datatype=XSD.integer),
    Literal("9007199254740993", datatype=XSD.integer), Literal("x", datatype=XSD.integer),
    Literal("true"), Literal("true", datatype=XSD.boolean), Literal("1", datatype=XSD.boolean),
    Literal("1.50", datatype=XSD.decimal), Literal("1E0", datatype=XSD.double), Literal(""), Literal("@id"),
    Literal("actor:x"), Literal("https://example.org/"), Literal("نفي", language="ar"), Literal('"\\\n\u2028\x00'.replace("\x00", "")),
    Literal("2021-03-14T10:00:00Z", datatype=XSD.dateTime), Literal("2021", datatype=NamedNode("urn:year")),
    NamedNode("https://w3id.org/communique/id/actor/x"), NamedNode("https://w3id.org/communique/id/actor/"),
    NamedNode("https://w3id.org/communique/id/actor/a/b"), NamedNode("https://w3id.org/communique/code/stance/claims"),
    NamedNode("https://w3id.org/communique/ns#Attack"), NamedNode("https://w3id.org/communique/ns#stance"),
    NamedNode("urn:x"), NamedNode("https://example.org/a?b#c"), NamedNode("mailto:a@b"),
]  # fmt: skip
MISREAD = [NamedNode("actor:x"), NamedNode("stance:claims"), NamedNode("value:1"), NamedNode("cmq:Attack")]
PROPERTIES = [
    CMQ.value, CMQ.stance, CMQ.earliest, CMQ.startOffset, CMQ.edtf, CMQ.quote, CMQ.invented, RDF.type, RDFS.label,
    OWL.versionInfo, SCHEMA.url, NamedNode("urn:p"), NamedNode("https://example.org/p"),
]  # fmt: skip
subjects = st.sampled_from([term for term in AWKWARD if isinstance(term, NamedNode)])
graphs = st.lists(st.builds(Triple, subjects, st.sampled_from(PROPERTIES), st.sampled_from(AWKWARD)), max_size=12)


def context() -> jsonld.Context:
    return Context.read(open_content(ROOT).context.read_bytes())


@given(graphs)
def test_any_triples_come_back(found: list[Triple]) -> None:
    assert {q.triple for q in ox.parse(jsonld.written(found, context()), format=ox.RdfFormat.JSON_LD)} == set(found)


@pytest.mark.usefixtures("plain_rdflib")
@pytest.mark.parametrize("term", [*AWKWARD, *MISREAD], ids=str)
def test_each_awkward_term_comes_back(term: Literal | NamedNode) -> None:
    found = {Triple(NamedNode("urn:s"), p, term) for p in PROPERTIES if p != RDF.type or isinstance(term, NamedNode)}
    assert read(jsonld.written(found, context())) == found


def test_iris_that_our_prefixes_would_misread_stand_whole() -> None:
    found = [Triple(MISREAD[0], MISREAD[2], MISREAD[1]), Triple(MISREAD[0], RDF.type, CMQ.Attack)]
    document = json.loads(jsonld.written(found, context()))
    assert document["@context"] == {}
    assert document["@graph"][0]["@type"] == CMQ.Attack.value


def test_context_covers_every_term_that_data_may_use(content: Content) -> None:
    """Every term of ours has its own word; every prefix of the data, and of the codes, is there."""
    terms = context().terms
    quads = list(ox.parse(content.core.read_bytes(), format=ox.RdfFormat.TURTLE))
    kinds = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
    declared = {
        q.subject.value
        for q in quads
        if q.predicate == RDF.type and q.object in kinds and isinstance(q.subject, NamedNode)
    }
    assert {iri for iri in declared if iri.startswith(CMQ.base)} <= set(terms)
    assert {terms[iri] for iri in declared if iri in terms and iri.startswith(CMQ.base)} == {
        iri.removeprefix(CMQ.base) for iri in declared if iri.startswith(CMQ.base)
    }
    missing = {iri for iri in declared if iri not in terms and context().compact(iri) == iri}
    assert not missing


def test_context_covers_what_the_store_holds(store: Embedded) -> None:
    ours = context()
    for quad in store.quads(None):
        assert ours.word(quad.predicate.value) != quad.predicate.value, quad.predicate
        for term in (quad.subject, quad.object):
            if isinstance(term, NamedNode) and term.value.startswith(OURS) and "/graph/" not in term.value:
                assert ours.compact(term.value) != term.value, term


def test_context_file_is_what_the_program_reads(tmp_path: Path, store: Embedded, content: Content) -> None:
    """A content folder with another context has other words."""
    (tmp_path / "ontology").mkdir()
    (tmp_path / "ontology" / "context.jsonld").write_text('{"@context": {"c": "https://w3id.org/communique/ns#"}}')
    other = Linked(store, Context.read(Content(tmp_path).context.read_bytes()))
    assert json.loads(other.written([Triple(CMQ.a, RDF.type, CMQ.Attack)], media.JSONLD))["@graph"] == [
        {"@id": "c:a", "@type": "c:Attack"}
    ]
    assert catalog.load(content).queries
