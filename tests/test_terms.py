"""The ontology's words: every term and code told in English, Arabic and French, with example, status and home."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product

import pyoxigraph as ox
import pytest

from communique.content import open_content
from communique.vocab import CMQ, CODE, DCTERMS, OWL, RDF, RDFS, SKOS, VS

CONTENT = open_content()
CORE = ox.NamedNode(str(CMQ))
ALIGNMENTS = ox.NamedNode("https://w3id.org/communique/alignments")
VANN = "http://purl.org/vocab/vann/"
LANGUAGES = ("en", "ar", "fr")
TERMS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
# The words that English has from French, or both from elsewhere; any other French label is a translation.
SHARED = """
    absence alliance aspect aspects assurance attribution condition date description distance district mission munition
    organisation passage possible probable proposition question site tweet
"""

Graph = dict[tuple[ox.NamedNode, ox.NamedNode], list[object]]


@cache
def graph() -> Graph:
    """What the files say of a named subject, by subject and predicate."""
    found: Graph = {}
    for file in (CONTENT.core, CONTENT.schemes, CONTENT.alignments):
        for quad in ox.parse(path=file):
            if isinstance(quad.subject, ox.NamedNode):
                found.setdefault((quad.subject, quad.predicate), []).append(quad.object)
    return found


def objects(subject: ox.NamedNode, predicate: ox.NamedNode) -> list[object]:
    return graph().get((subject, predicate), [])


def of_type(*wanted: ox.NamedNode) -> list[ox.NamedNode]:
    found = (s for (s, p), kinds in graph().items() if p == RDF.type and set(wanted) & set(kinds))
    return sorted((s for s in found if s.value.startswith((str(CMQ), str(CODE)))), key=str)


def words(subject: ox.NamedNode, predicate: ox.NamedNode) -> dict[str, str]:
    """The one text in each language."""
    literals = [o for o in objects(subject, predicate) if isinstance(o, ox.Literal)]
    found = {o.language or "": o.value.strip() for o in literals}
    assert len(found) == len(literals), f"{subject} {predicate}: two texts in one language"
    return found


TOLD = of_type(*TERMS)
CODES = of_type(SKOS.Concept)
SCHEMES = of_type(SKOS.ConceptScheme)
EVERY = [*TOLD, *CODES, *SCHEMES]


def short(node: ox.NamedNode) -> str:
    return node.value.removeprefix(str(CMQ)).removeprefix(str(CODE))


def label(node: ox.NamedNode) -> dict[str, str]:
    return words(node, RDFS.label if node in TOLD else SKOS.prefLabel)


def definition(node: ox.NamedNode) -> dict[str, str]:
    return words(node, SKOS.definition)


every = pytest.mark.parametrize("node", EVERY, ids=short)


def test_there_are_terms_to_look_at() -> None:
    assert len(TOLD) > 100
    assert len(CODES) > 150
    assert len(SCHEMES) == len({c.value.rpartition("/")[0] for c in CODES})


@every
def test_it_is_told_in_three_languages(node: ox.NamedNode) -> None:
    assert set(label(node)) == set(LANGUAGES)
    assert set(definition(node)) == set(LANGUAGES)
    assert all([*label(node).values(), *definition(node).values()])


@every
def test_a_definition_is_a_sentence(node: ox.NamedNode) -> None:
    for language, text in definition(node).items():
        assert text.endswith("."), language
        assert text.casefold() not in {label(node)[language].casefold(), f"{label(node)[language].casefold()}."}


def alike(node: ox.NamedNode) -> bool:
    return label(node)["fr"].casefold() == label(node)["en"].casefold()


@every
def test_a_translation_is_not_the_english_text(node: ox.NamedNode) -> None:
    assert not alike(node) or label(node)["fr"].casefold() in SHARED.split()
    assert len(set(definition(node).values())) == len(LANGUAGES)


COMPUTED = {"en": "Computed", "ar": "محسوب", "fr": "Calculé"}


@every
def test_a_translation_loses_no_rule(node: ox.NamedNode) -> None:
    # As many sentences, the same figures, and as much text as the language needs: a lost clause shows as less.
    texts = definition(node)
    assert len({len(re.findall(r"\.(?: |$)", text)) for text in texts.values()}) == 1
    assert len({tuple(sorted(re.findall(r"\d+", text))) for text in texts.values()}) == 1
    assert len({word in texts[language] for language, word in COMPUTED.items()}) == 1
    english, arabic, french = (len(texts[language]) for language in LANGUAGES)
    assert arabic >= 0.5 * english - 8
    assert french >= 0.7 * english - 8


def foreign(text: str, script: str) -> list[str]:
    """The letters of another script."""
    return [c for c in text if c.isalpha() and script not in unicodedata.name(c, "")]


@every
def test_a_text_is_in_its_script(node: ox.NamedNode) -> None:
    assert not foreign(label(node)["en"] + label(node)["fr"], "LATIN")
    # Names of formats and codes stay as they are, in words of Latin letters.
    arabic = re.sub(r"[A-Za-z][A-Za-z0-9.:-]*", "", label(node)["ar"] + definition(node)["ar"])
    assert re.search(r"[\u0621-\u064a]{2}", arabic)
    assert not foreign(arabic, "ARABIC")
    assert not re.search(r"[\u064b-\u0652]", label(node)["ar"]), "a label without diacritics"


@every
def test_it_has_an_example_a_home_and_a_status(node: ox.NamedNode) -> None:
    assert words(node, SKOS.example)["en"]
    assert objects(node, RDFS.isDefinedBy) == [home(node)]
    retired = bool(objects(node, OWL.deprecated))
    wanted = {"archaic"} if retired else {"stable", "testing"}
    assert set(words(node, VS.term_status).values()) <= wanted
    assert len(objects(node, VS.term_status)) == 1


def home(node: ox.NamedNode) -> ox.NamedNode:
    """What defines it: a code's scheme, else the ontology."""
    return ox.NamedNode(node.value.rpartition("/")[0]) if node in CODES else CORE


def kinds() -> Iterator[list[ox.NamedNode]]:
    """Classes; properties; schemes; the codes of each scheme."""
    yield of_type(OWL.Class)
    yield of_type(OWL.ObjectProperty, OWL.DatatypeProperty)
    yield SCHEMES
    yield from ([c for c in CODES if home(c) == scheme] for scheme in SCHEMES)


@pytest.mark.parametrize(("kind", "language"), list(product(kinds(), LANGUAGES)))
def test_no_two_of_a_kind_share_a_label(kind: list[ox.NamedNode], language: str) -> None:
    labels = Counter(label(node)[language].casefold() for node in kind)
    assert [text for text, times in labels.items() if times > 1] == []


def test_a_word_that_english_and_french_share_is_used() -> None:
    assert sorted({label(node)["fr"].casefold() for node in EVERY if alike(node)}) == SHARED.split()


def test_an_aspect_asks_in_three_languages() -> None:
    for code in CODES:
        if home(code) == CODE.aspect:
            questions = words(code, SKOS.scopeNote)
            assert set(questions) == set(LANGUAGES)
            assert all(text.endswith(("?", "؟")) for text in questions.values()), code


SHORTCUTS = ("hasClaimant", "hasAccused", "hasDenier", "respondsTo", "hasRespondent", "candidateSameAs")
SOME = {"en": "Some statement says so:", "ar": "تصريح ما يقول ذلك:", "fr": "Une déclaration le dit :"}


@pytest.mark.parametrize("name", SHORTCUTS)
def test_a_shortcut_says_in_each_language_that_some_statement_says_so(name: str) -> None:
    for language, opening in SOME.items():
        assert definition(CMQ[name])[language].startswith(opening)


# -- the headers


def header(name: str, ontology: ox.NamedNode = CORE) -> list[object]:
    return objects(ontology, ox.NamedNode(name))


def text(name: str, ontology: ox.NamedNode) -> str:
    (value,) = header(name, ontology)
    assert isinstance(value, ox.Literal)
    return value.value


both = pytest.mark.parametrize("ontology", [CORE, ALIGNMENTS], ids=["core", "alignments"])


@both
def test_a_header_tells_title_and_description_in_three_languages(ontology: ox.NamedNode) -> None:
    for name in ("title", "description"):
        texts = words(ontology, DCTERMS[name])
        assert set(texts) == set(LANGUAGES)
        assert len(set(texts.values())) == len(LANGUAGES)
        assert not foreign(texts["ar"][:4], "ARABIC")


@both
def test_a_header_tells_who_what_and_under_which_licence(ontology: ox.NamedNode) -> None:
    assert text(f"{DCTERMS}creator", ontology)
    assert text("https://schema.org/publisher", ontology)
    assert header(f"{DCTERMS}license", ontology) == [ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")]
    assert text(f"{VANN}preferredNamespacePrefix", ontology) == "cmq"
    assert text(f"{VANN}preferredNamespaceUri", ontology) == str(CMQ)
    assert header(f"{RDFS.base}seeAlso", ontology)
    assert header("http://purl.org/ontology/bibo/status", ontology)


@both
def test_a_header_tells_its_version(ontology: ox.NamedNode) -> None:
    version = text(f"{OWL.base}versionInfo", ontology)
    base = ontology.value.rstrip("#")
    assert header(f"{OWL.base}versionIRI", ontology) == [ox.NamedNode(f"{base}/{version}")]
    (prior,) = header(f"{OWL.base}priorVersion", ontology)
    assert isinstance(prior, ox.NamedNode)
    assert numbers(prior.value.removeprefix(f"{base}/")) < numbers(version)
    citation = text(f"{DCTERMS}bibliographicCitation", ontology)
    assert version in citation
    assert citation.endswith(f"{base}/{version}")


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@both
def test_a_header_is_dated_in_plain_text(ontology: ox.NamedNode) -> None:
    # HermiT cannot read xsd:date, so an ISO 8601 day is a string.
    created, modified = (text(f"{DCTERMS}{name}", ontology) for name in ("created", "modified"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", created)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", modified)
    assert created <= modified


def test_what_annotates_is_declared() -> None:
    """OWL 2 DL, section 5.8: a property of annotations that is not built in is declared as one, or as what it is."""
    built_in = (str(OWL.base), str(RDFS.base), str(RDF.base), str(CMQ))
    used = {p for (s, p) in graph() if s in {*EVERY, CORE, ALIGNMENTS} and not p.value.startswith(built_in)}
    assert {p.value for p in used if not graph().get((p, RDF.type))} == set()
