"""The ontology, its code lists, context and alignments: complete, documented, in OWL 2 DL and OWL 2 RL, and in step."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from communique.content import open_content
from communique.kinds import OFFICIAL, STANCE_CLASSES
from communique.report import ACTOR_TYPES, EVENT_TYPES, PLACE_TYPES
from communique.vocab import CMQ, CODE, OWL, RDF, RDFS, SCHEMES, SKOS, XSD

CONTENT = open_content()
Subject = ox.NamedNode | ox.BlankNode | ox.Triple
ONTOLOGY = ox.NamedNode(str(CMQ))


def names(text: str) -> list[str]:
    return text.split()


CLASSES = names("""
    Event Attack Response
    Actor Person Organization State ArmedGroup Militia StateForce GovernmentBody Alliance Company Contractor MediaOutlet
    UnnamedActor UnstatedActor
    Place Site MilitaryBase DiplomaticSite
    Proposition Question ResponsibilityProposition Absence QuantityProposition TimeProposition ResponseProposition
    ActProposition RelationProposition
    Statement ClaimOfResponsibility Attribution Denial ResponsibilityDenial Reaction Commitment OfficialStatement
    Report Passage Assessment Count
""")
PROPERTIES = names("""
    eventType indexedAt indexedEarliest indexedLatest organOf within placePrecision
    aboutEvent aboutEntity aboutStatement aspect answers contentText responsibleActor role
    value valueLow valueHigh qualifier category perimeter perimeterSide unit relativeTo partOfCount
    edtf earliest latest respondsToEvent statedReason actBy actType actTarget condition relObject silentActor asOf
    expresses assertedBy onBehalfOf stance hedge hedgeText voice medium addressee statedAt reportedIn hasPassage
    relayOf supersedes contradicts differsFrom corroborates
    inReport quote startOffset endOffset translation textSha256 copyOf assesses assessor grade
    hasClaimant hasAccused hasDenier respondsTo hasRespondent candidateSameAs countedActor countedStance count
""")
SHORTCUTS = names("hasClaimant hasAccused hasDenier respondsTo hasRespondent candidateSameAs")
KINDS = {"Event", "Actor", "Place", "Proposition", "Statement", "Passage", "Report", "Assessment", "Count"}


class Triples:
    """The triples of a file, to ask by pattern."""

    def __init__(self, *paths: Path) -> None:
        self.store = ox.Store()
        for path in paths:
            self.store.bulk_load(path=path, format=ox.RdfFormat.TURTLE)

    def objects(self, subject: Subject | None, predicate: ox.NamedNode) -> list[object]:
        return [quad.object for quad in self.store.quads_for_pattern(subject, predicate, None)]

    def subjects(self, predicate: ox.NamedNode, target: ox.NamedNode | None) -> list[object]:
        return [quad.subject for quad in self.store.quads_for_pattern(None, predicate, target)]

    def english(self, subject: ox.NamedNode, predicate: ox.NamedNode) -> list[str]:
        found = [o for o in self.objects(subject, predicate) if isinstance(o, ox.Literal)]
        assert all(o.language for o in found), f"{subject} {predicate}: a text without a language"
        return [o.value for o in found if o.language == "en" and o.value.strip()]

    def iris(self) -> set[str]:
        return {
            term.value
            for quad in self.store
            for term in (quad.subject, quad.predicate, quad.object)
            if isinstance(term, ox.NamedNode)
        }

    def members(self, head: object) -> list[object]:
        found = []
        while isinstance(head, ox.BlankNode):
            found += self.objects(head, RDF.first)
            (head,) = self.objects(head, RDF.rest)
        return found


CORE = Triples(CONTENT.core)
LISTS = Triples(CONTENT.schemes)


def term(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{CMQ}{name}")


def declared() -> set[str]:
    return {s.value for s in CORE.subjects(RDFS.isDefinedBy, ONTOLOGY) if isinstance(s, ox.NamedNode)}


def local(iri: object) -> str:
    assert isinstance(iri, ox.NamedNode)
    return iri.value.removeprefix(str(CMQ))


# -- core.ttl: what there is, and how it is told


def test_every_term_of_the_design_is_there_and_no_other() -> None:
    assert declared() == {term(name).value for name in [*CLASSES, *PROPERTIES]}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_is_a_class(name: str) -> None:
    assert CORE.objects(term(name), RDF.type) == [OWL.Class]


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_is_of_one_sort(name: str) -> None:
    sorts = set(CORE.objects(term(name), RDF.type)) - {OWL.SymmetricProperty, OWL.TransitiveProperty}
    assert sorts in ({OWL.ObjectProperty}, {OWL.DatatypeProperty})


@pytest.mark.parametrize("name", [*CLASSES, *PROPERTIES])
def test_every_term_has_label_definition_and_example(name: str) -> None:
    assert len(CORE.english(term(name), RDFS.label)) == 1
    (definition,) = CORE.english(term(name), SKOS.definition)
    assert definition.endswith(".")
    assert CORE.english(term(name), SKOS.example)


@pytest.mark.parametrize("name", SHORTCUTS)
def test_a_shortcut_says_that_some_statement_says_so(name: str) -> None:
    (definition,) = CORE.english(term(name), SKOS.definition)
    assert "Some statement says so" in definition


def test_the_header() -> None:
    dcterms, vann = "http://purl.org/dc/terms/", "http://purl.org/vocab/vann/"
    assert CORE.objects(ONTOLOGY, OWL.versionIRI) == [ox.NamedNode("https://w3id.org/communique/ns/0.2.0")]
    licence = [ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")]
    assert CORE.objects(ONTOLOGY, ox.NamedNode(f"{dcterms}license")) == licence
    for name in (f"{dcterms}title", f"{dcterms}creator", f"{vann}preferredNamespacePrefix", OWL.versionInfo.value):
        assert CORE.objects(ONTOLOGY, ox.NamedNode(name)), name


def test_the_kinds_are_pairwise_disjoint() -> None:
    (head,) = CORE.objects(None, OWL.members)
    assert {local(member) for member in CORE.members(head)} == KINDS


def test_the_classes_are_those_that_the_program_writes() -> None:
    for name, above in {**ACTOR_TYPES, **PLACE_TYPES, **EVENT_TYPES}.items():
        assert superclasses(name) == set(above), name


def superclasses(name: str) -> set[str]:
    direct = {local(parent) for parent in CORE.objects(term(name), RDFS.subClassOf)}
    return direct.union(*(superclasses(parent) for parent in direct))


def test_stances_give_the_classes_that_the_program_writes() -> None:
    found: dict[str, set[str]] = {}
    for quad in CORE.store.quads_for_pattern(None, OWL.hasValue, None):
        assert isinstance(quad.object, ox.NamedNode)
        for parent in CORE.objects(quad.subject, RDFS.subClassOf):
            found.setdefault(quad.object.value.rpartition("/")[2], set()).add(local(parent))
    assert found == {stance: set(classes) for stance, classes in STANCE_CLASSES.items()}


def test_official_statements_are_of_the_actors_that_the_program_takes() -> None:
    unions = [CORE.members(head) for head in CORE.objects(None, OWL.unionOf)]
    assert [{local(member) for member in union} for union in unions] == [set(OFFICIAL)] * 2


# -- core.ttl: OWL 2 DL and OWL 2 RL


def test_no_axiom_that_merges_two_accounts_or_leaves_owl_rl() -> None:
    refused = names("""equivalentClass equivalentProperty sameAs hasKey FunctionalProperty InverseFunctionalProperty
        allValuesFrom cardinality minCardinality maxCardinality qualifiedCardinality minQualifiedCardinality
        maxQualifiedCardinality oneOf complementOf disjointUnionOf hasSelf ReflexiveProperty imports
        propertyChainAxiom topObjectProperty""")
    assert {OWL.base + name for name in refused} & CORE.iris() == set()


def test_only_names_stand_above_domains_ranges_and_subclasses() -> None:
    # OWL 2 RL, section 4.2.3: expressions may stand on the left of subClassOf only, apart from a few not used here.
    for predicate in (RDFS.subClassOf, RDFS.domain, RDFS.range):
        assert all(isinstance(o, ox.NamedNode) for o in CORE.objects(None, predicate)), predicate
    kept = {XSD.dateTime, XSD.integer, XSD.decimal, XSD.string}
    ranges = {o for o in CORE.objects(None, RDFS.range) if str(XSD) in str(o)}
    assert ranges <= kept


def test_no_datatype_that_a_reasoner_or_a_store_cannot_keep() -> None:
    names = ("date", "gYear", "gYearMonth", "duration", "nonNegativeInteger", "positiveInteger")
    refused = {f"{XSD}{name}" for name in names}
    for path in (CONTENT.core, CONTENT.schemes, CONTENT.shapes, CONTENT.alignments):
        assert refused & Triples(path).iris() == set(), path


def test_transitive_and_symmetric_properties() -> None:
    assert {local(s) for s in CORE.subjects(RDF.type, OWL.TransitiveProperty)} == {"organOf", "within"}
    symmetric = {local(s) for s in CORE.subjects(RDF.type, OWL.SymmetricProperty)}
    assert symmetric == {"contradicts", "differsFrom", "corroborates"}


@pytest.mark.parametrize("name", ["earliest", "latest", "contentText"])
def test_what_stands_on_several_kinds_has_no_domain(name: str) -> None:
    assert CORE.objects(term(name), RDFS.domain) == []


def test_nothing_makes_a_response_but_the_rules() -> None:
    assert CORE.subjects(RDFS.domain, CMQ.Response) == []
    assert CORE.subjects(RDFS.range, CMQ.Response) == []
    assert CORE.subjects(RDFS.subClassOf, CMQ.Response) == []


def document(*files: str) -> bytes:
    """These files as one ontology in RDF/XML, under the first one's header."""
    alignments = ox.NamedNode("https://w3id.org/communique/alignments")
    triples = (quad.triple for name in files for quad in ox.parse(path=getattr(CONTENT, name)))
    return ox.serialize((t for t in triples if t.subject != alignments), format=ox.RdfFormat.RDF_XML) or b""


@pytest.mark.parametrize("files", [("core",), ("core", "alignments")], ids="+".join)
def test_owl_2_dl_consistent_and_without_empty_classes(files: tuple[str, ...]) -> None:
    from pyhermit import Reasoner
    from pyowl_core import load_snapshot

    with Reasoner(load_snapshot(document(*files))) as reasoner:
        assert reasoner.is_consistent()
        assert {str(c.iri) for c in reasoner.unsatisfiable_classes()} == {OWL.Nothing.value}


def test_the_code_lists_stay_in_owl_2_dl() -> None:
    # That they are consistent too is HermiT's to prove (test_reason.py): pyHermiT takes half a minute.
    from pyhermit import Reasoner
    from pyowl_core import load_snapshot

    Reasoner(load_snapshot(document("core", "schemes", "alignments"))).dispose()


def test_the_profile_test_can_fail() -> None:
    from pyhermit import OntologyProfileError, Reasoner
    from pyowl_core import load_snapshot

    # A transitive property is not simple, so it may not be irreflexive (OWL 2 DL, section 11).
    within = ox.Triple(term("within"), RDF.type, OWL.IrreflexiveProperty)
    triples = [*(quad.triple for quad in CORE.store), within]
    with pytest.raises(OntologyProfileError, match="NON_SIMPLE"):
        Reasoner(load_snapshot(ox.serialize(triples, format=ox.RdfFormat.RDF_XML) or b""))


# -- schemes.ttl


def concepts() -> list[ox.NamedNode]:
    return [s for s in LISTS.subjects(RDF.type, SKOS.Concept) if isinstance(s, ox.NamedNode)]


def test_every_scheme_that_the_program_knows_is_there() -> None:
    assert {str(s) for s in LISTS.subjects(RDF.type, SKOS.ConceptScheme)} == {f"<{CODE}{name}>" for name in SCHEMES}


@pytest.mark.parametrize("code", concepts(), ids=lambda code: code.value.removeprefix(str(CODE)))
def test_every_code_is_in_its_scheme_and_told(code: ox.NamedNode) -> None:
    assert re.fullmatch(rf"{CODE}[a-zA-Z]+/[a-z0-9]+(-[a-z0-9]+)*", code.value)
    assert LISTS.objects(code, SKOS.inScheme) == [ox.NamedNode(code.value.rpartition("/")[0])]
    for predicate in (SKOS.prefLabel, SKOS.definition, SKOS.example):
        assert len(LISTS.english(code, predicate)) == 1, predicate


def test_every_aspect_has_its_question_in_words() -> None:
    for code in concepts():
        if code.value.startswith(f"{CODE}aspect/"):
            (question,) = LISTS.english(code, SKOS.scopeNote)
            assert question.endswith("?"), code


def test_codes_that_are_related_are_so_both_ways() -> None:
    pairs = {(q.subject, q.object) for q in LISTS.store.quads_for_pattern(None, SKOS.related, None)}
    assert pairs
    assert pairs == {(b, a) for a, b in pairs}


def test_notations_are_unique() -> None:
    notations = [str(o) for o in LISTS.objects(None, SKOS.notation)]
    assert len(notations) == len(set(notations))


def test_the_affirming_stances() -> None:
    affirms = ox.NamedNode(f"{CODE}stance/affirms")
    narrower = {str(s).rpartition("/")[2].rstrip(">") for s in LISTS.subjects(SKOS.broader, affirms)}
    assert narrower == {"claims", "blames", "confesses"}


# -- the other files are in step


@pytest.mark.parametrize("path", [CONTENT.shapes, CONTENT.alignments, CONTENT.schemes], ids=lambda path: path.name)
def test_every_term_of_ours_that_a_file_uses_is_declared(path: Path) -> None:
    used = {iri for iri in Triples(path).iris() if iri.startswith(str(CMQ))}
    assert used - declared() - {ONTOLOGY.value} == set()
    codes = {iri for iri in Triples(path).iris() if iri.startswith(str(CODE))}
    assert codes - {s.value for s in LISTS.subjects(RDF.type, None) if isinstance(s, ox.NamedNode)} == set()


def test_every_term_is_in_the_shapes_or_is_only_a_class_to_be_of() -> None:
    unused = {local(ox.NamedNode(iri)) for iri in declared() - Triples(CONTENT.shapes).iris()}
    assert unused & set(PROPERTIES) == set()


def test_alignments_lead_from_ours_to_theirs() -> None:
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf):
        for quad in Triples(CONTENT.alignments).store.quads_for_pattern(None, predicate, None):
            assert str(CMQ) in str(quad.subject)
            assert str(CMQ) not in str(quad.object)


def test_a_statement_is_no_activity() -> None:
    assert "http://www.w3.org/ns/prov#Activity" not in Triples(CONTENT.alignments).iris()


def context() -> dict[str, object]:
    found: dict[str, object] = json.loads(CONTENT.context.read_text(encoding="utf-8"))["@context"]
    return found


def test_the_context_has_every_term_as_what_it_is() -> None:
    terms = context()
    for name in CLASSES:
        assert terms[name] == f"cmq:{name}"
    for name in PROPERTIES:
        entry = terms[name]
        assert isinstance(entry, dict)
        assert entry["@id"] == f"cmq:{name}"
        assert (entry.get("@type") == "@id") == (OWL.ObjectProperty in CORE.objects(term(name), RDF.type)), name


def test_the_context_brings_back_the_same_graph() -> None:
    from rdflib import Graph

    path = Path(__file__).parent / "shapes" / "sample.ttl"
    document = json.loads(Graph().parse(path).serialize(format="json-ld", context=context(), auto_compact=True))
    document["@context"] = context()
    back = ox.Store()
    back.load(json.dumps(document), format=ox.RdfFormat.JSON_LD)
    assert set(back) == set(Triples(path).store)
    statement = next(node for node in document["@graph"] if node["@id"] == "statement:claim")
    assert statement["stance"] == "code-stance:claims"
    assert statement["assertedBy"] == "actor:speaker"
