"""The guards: every limit at and over it, every spelling of SERVICE, and that what passes does not end the engine."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest

from communique import guard, media
from communique.errors import BadRequest, CommuniqueError, Forbidden
from communique.guard import SAFE
from communique.lexer import tokens
from communique.plain import is_plain
from communique.settings import Settings, read
from conftest import ROOT

SETTINGS = Settings()
P = "PREFIX a: <urn:a> PREFIX : <urn:> PREFIX service: <urn:> "


def refused(text: str, settings: Settings = SETTINGS) -> CommuniqueError | None:
    try:
        guard.check_query(text, settings)
    except CommuniqueError as error:
        return error
    return None


# Each of these reached the network through the engine when it was let through.
FETCHES = [
    "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "select*{serVice silent ?x{?s ?p ?o}}",
    "SELECT * {SERVICESILENT?x{?s ?p ?o}}",
    P + "SELECT * {SERVICEa:b{?s ?p ?o}}",
    P + "SELECT * {SERVICE:b{?s ?p ?o}}",
    P + "SELECT * { service:b { ?s ?p ?o } }",
    P + "SELECT * {?s ?p trueSERVICEa:b{?s ?p ?o}}",
    "SELECT * {?s ?p trueSERVICE<http://127.0.0.1:1/>{?s ?p ?o}}",
    "SELECT * {?s ?p 1e5SERVICE<http://127.0.0.1:1/>{?s ?p ?o}}",
    "SELECT * {?s ?p ?o.SERVICE#<\n<http://127.0.0.1:1/>{}}",
    "SELECT * {?a ?p ?b FILTER(?a<?b)SERVICE?x#>\n{?s ?p ?o}}",
    "SELECT * {?a ?p ?b FILTER(?a<'>')SERVICE<http://127.0.0.1:1/>{?s ?p ?o}FILTER('a'='a')}",
    "SELECT * { ?a ?p ?b FILTER NOT EXISTS { FILTER(?a<?b)SERVICE?x#>\n{} } }",
    "SELECT (?a<'>'AS?c){?a ?p ?b SERVICE<http://127.0.0.1:1/>{?s ?p ?o}FILTER('a'='a')}",
    "SELECT * {{SELECT(?a<'>'AS?c){?a ?p ?b SERVICE<http://127.0.0.1:1/>{?s ?p ?o}FILTER('a'='a')}}}",
    "SELECT * {?a ?p ?b}GROUP BY(?a<'>')HAVING(EXISTS{SERVICE<http://127.0.0.1:1/>{}})ORDER BY('a'='a')",
    P + "SELECT * {?a ?p ?b FILTERa:f(?a<'>')SERVICE<http://127.0.0.1:1/>{?s ?p ?o}FILTER('a'='a')}",
    "SELECT * { VALUES ?x {'''a'#\\uD800\n'' } SERVICE <http://127.0.0.1:1/> {} VALUES ?y { '''b' }}",
    "SELECT * { \\u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    "SELECT * { SERVIC\\U00000045 <http://127.0.0.1:1/> { ?s ?p ?o } }",
]


@pytest.mark.parametrize("text", FETCHES)
def test_service_is_refused_in_every_spelling(text: str) -> None:
    error = refused(text)
    assert error is not None
    assert error.status in (400, 403)
    error = refused(text, read({"COMMUNIQUE_SERVICE_ALLOW": "http://example.org/sparql"}))
    assert error is not None


@pytest.mark.parametrize(
    "text",
    [
        'SELECT ?service WHERE { BIND("SERVICE <x>" AS ?service) } # SERVICE',
        "SELECT * WHERE { ?s <http://example.org/SERVICE#x> ?o }",
        P + "SELECT * WHERE { ?s a:SERVICE service:x . GRAPH service:g { ?s ?p '''SERVICE'''@en-service } }",
        P + "SELECT * FROM service:x { ?s ?p ?o }",
        'SELECT * { ?s ?p "\\u0053ERVICE", "\\\\u0022", <urn:\\u0053ERVICE> }',
        "SELECT * { ?s ?p ?o FILTER(?a<?b && ?c>?d) FILTER(?o < <urn:a> || ?o<<urn:b>) }",
        "SELECT * { (<a> <b>) ?p (<c> <d>) . ?s (<p>|^<q>/<r>*)+ ?o } ORDER BY ?x <urn:f>(?s) VALUES (?a ?b) { (<a> <b>) }",
        "SELECT (COUNT(*) AS ?n) (?a<?b AS ?c) { ?s ?p <<( ?a <p> <b> )>> } GROUP BY ?s HAVING (?n > 1) ORDER BY DESC(?n)",
        "SELECT * { ?s ?p 1. ?s ?p 1.5e3 . ?s ?p -1 . ?s ?p 'a'^^<urn:b> . ?s ?p _:a.b }",
    ],
)
def test_what_is_no_service_passes(text: str) -> None:
    assert refused(text) is None


def test_allowed_services_are_literal() -> None:
    settings = read({"COMMUNIQUE_SERVICE_ALLOW": "http://a.org/sparql, http://b.org/"})
    assert refused("SELECT * { SERVICE <http://a.org/sparql> { ?s ?p ?o } }", settings) is None
    assert refused("SELECT * { SERVICE SILENT <http://b.org/> { ?s ?p ?o } }", settings) is None
    for text in (
        "SERVICE ?x { }",
        "SERVICE <http://c.org/> { }",
        "SERVICE a:b { }",
        "SERVICE <http://a.org/sparql/> { }",
    ):
        assert isinstance(refused(f"{P} SELECT * {{ {text} }}", settings), Forbidden), text


CASES = {
    "nesting": lambda n: "SELECT * WHERE " + "{" * n + "?s ?p ?o" + "}" * n,
    "nesting, round": lambda n: "SELECT * WHERE { ?s ?p ?o FILTER(" + "(" * (n - 2) + "1" + ")" * (n - 2) + ") }",
    "nesting, mixed": lambda n: "SELECT * { ?s ?p " + "[ ?p ( " * ((n - 1) // 2) + "?o" + ") ]" * ((n - 1) // 2) + "}",
    "patterns": lambda n: "SELECT * { " + "?s ?p ?o . " * n + "}",
    "patterns, lists": lambda n: "SELECT * { ?s ?p ( " + "1 " * n + ") }",
    "paths": lambda n: "SELECT * { ?s <p>" + "/<p>" * n + " ?o }",
    "operators": lambda n: "SELECT * { ?s ?p ?o FILTER(?s" + "||?s" * (n - 2) + ") }",
    "operators, not": lambda n: "SELECT * { ?s ?p ?o FILTER(" + "!" * (n - 2) + "?s) }",
}
LIMITS = {"nesting": 64, "patterns": 200, "paths": 200, "operators": 1000}


@pytest.mark.parametrize("name", CASES)
def test_limits(name: str) -> None:
    limit = name.partition(",")[0]
    most = LIMITS[limit]
    assert refused(CASES[name](most - 1)) is None
    error = refused(CASES[name](most + 3))
    assert isinstance(error, BadRequest)
    assert error.extra["limit"] == limit
    assert str(most) in error.detail
    assert error.extra["line"] == 1
    wide = read({f"COMMUNIQUE_QUERY_{limit.upper()}": str(2 * most)})
    assert refused(CASES[name](most + 3), wide) is None


def test_length_is_in_bytes() -> None:
    assert refused("SELECT * { ?s ?p '" + "x" * 65000 + "' }") is None
    for text in ("x" * 66000, "é" * 33000):
        error = refused("SELECT * { ?s ?p '" + text + "' }")
        assert error is not None
        assert error.extra == {"limit": "length"}


def test_data_is_not_counted_as_patterns() -> None:
    guard.check_update("INSERT DATA { GRAPH <g> { " + "<a> <b> <c> . " * 9000 + "} } ; CLEAR ALL", SETTINGS)
    guard.check_query("SELECT * { VALUES (?x ?y) { " + "(<a> 1) " * 3000 + "} ?s ?p ?o }", SETTINGS)
    with pytest.raises(BadRequest, match="200"):
        guard.check_update("DELETE WHERE { " + "?s ?p ?o . " * 300 + "}", SETTINGS)


# What the engine was measured to survive, at the limit, must indeed be survived; the processes have 8 MB of stack.
AT_LIMIT = {
    "braces": "SELECT * WHERE " + "{" * 64 + "?s ?p ?o" + "}" * 64,
    "exists": "SELECT * { FILTER(" + "EXISTS { FILTER(" * 31 + "true" + ")}" * 31 + ") }",
    "functions": "SELECT * { ?s ?p ?o FILTER(" + "STR(" * 62 + "?s" + ")" * 62 + ") }",
    "not": CASES["operators, not"](1000),
    "or": CASES["operators"](1000),
    "plus": "SELECT * { ?s ?p ?o FILTER(?s" + "+?s" * 998 + ") }",
    "in": "SELECT * { ?s ?p ?o FILTER(" + "?s IN (" * 62 + "1" + ")" * 62 + ") }",
    "select": "SELECT " + " ".join(f"({i} AS ?v{i})" for i in range(490)) + " WHERE {}",
    "bind": "SELECT * { " + " ".join(f"BIND({i} AS ?v{i})" for i in range(199)) + " }",
    "union": "SELECT * { {?s ?p ?o} " + "UNION {?s ?p ?o} " * 98 + "}",
    "optional": "SELECT * { ?s ?p ?o " + "OPTIONAL { ?s ?p ?o } " * 60 + "}",
    "path": "SELECT * { ?s a" + "/a" * 199 + " ?o }",
    "alternatives": "SELECT * { ?s a" + "|a" * 199 + " ?o }",
    "path brackets": "SELECT * { ?s " + "(" * 63 + "a" + ")" * 63 + " ?o }",
    "lists": "SELECT * { ?s ?p " + "(" * 63 + "1" + ")" * 63 + " }",
    "blank": "SELECT * { ?s ?p " + "[ ?p " * 63 + "1" + "]" * 63 + " }",
    "triple terms": "SELECT * { ?s ?p " + "<<( <a> <b> " * 63 + "<c>" + ")>>" * 63 + " }",
    "sub-select": "SELECT * WHERE " + "{ SELECT * " * 63 + "{ ?s ?p ?o }" + " }" * 63,
}
RUN = """
import resource, sys, pyoxigraph as ox
store = ox.Store()
store.update("INSERT DATA { <urn:a> <urn:b> <urn:c> }")
list(store.query(sys.stdin.read(), base_iri="urn:x:"))
"""


@pytest.mark.parametrize("name", AT_LIMIT)
def test_what_passes_does_not_end_the_engine(name: str) -> None:
    assert refused(AT_LIMIT[name]) is None
    done = subprocess.run(
        [sys.executable, "-c", RUN], input=AT_LIMIT[name], text=True, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


FLOODS = [
    "a.", "a-", "a:.", "a:-", "'", "'\\", "'\\'", '"\\"', "\\", "'''", '"""\\"', "<", "<a", "<<(", "?", "?a<", "(", "FILTER(",
    "#", "#\n", "\\u0041", "%", "a:%41", "@", "@a-", "1.", "1.e", "..", "_:", "::", "·", "''", "'\\\n", "true.", "((?a<", "/*",
]  # fmt: skip


@pytest.mark.parametrize("before", ["", "SELECT * { FILTER(?a", "SELECT * { VALUES ?x {", "'''", "<"])
def test_hostile_text_takes_linear_time(before: str) -> None:
    wide = read({"COMMUNIQUE_QUERY_BYTES": "1000000"})
    for flood in FLOODS:
        text = (before + flood * 65536)[:65536]
        began = time.process_time()
        refused(text, wide)
        assert time.process_time() - began < 2, flood


def test_the_lexer_loses_nothing() -> None:
    """Whatever the text, tokens are in order, do not overlap, and leave only space and comments out."""
    chance = random.Random(3)  # noqa: S311  # the same texts each time
    parts = ["?a", "<", ">", "<b>", "'", '"', "a:b", ":", "{", "}", "(", ")", "#", "\n", " ", "1", ".", "e5", "\\", "FILTER", "SELECT", "@en", "|", "&&"]  # fmt: skip
    for _ in range(2000):
        text = "".join(chance.choices(parts, k=30))
        at = 0
        try:
            for token in tokens(text):
                between = text[at : token.start]
                assert all(line.strip() == "" or line.strip().startswith("#") for line in between.splitlines()), text
                assert text[token.start : token.end] == token.text
                at = token.end
        except BadRequest:
            continue


def test_own_queries_pass() -> None:
    for path in [*(ROOT / "queries").rglob("*.rq"), *(ROOT / "tests").rglob("*.rq")]:
        text = path.read_text("utf-8")
        (guard.check_update if "INSERT" in text else guard.check_query)(text, SETTINGS)


# -- RDF


def rdf(data: str | bytes, form: media.Rdf) -> CommuniqueError | None:
    try:
        guard.check_rdf(data.encode() if isinstance(data, str) else data, form, SETTINGS.rdf_nesting)
    except CommuniqueError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("form", "nested"),
    [
        (media.TURTLE, lambda n: "<a> <b> " + "[ <b> " * n + "1" + "]" * n + " ."),
        (media.TURTLE, lambda n: "<a> <b> " + "(" * n + "1" + ")" * n + " ."),
        (media.TRIG, lambda n: "<g> { <a> <b> " + "<<( <a> <b> " * (n - 1) + "<c>" + ")>>" * (n - 1) + " }"),
        (media.NTRIPLES, lambda n: "<a> <b> " + "<<( <a> <b> " * n + "<c>" + ")>>" * n + " ."),
        (media.JSONLD, lambda n: '{"urn:b":' * n + "1" + "}" * n),
        (media.JSONLD, lambda n: "[" * n + "]" * n),
        (media.RDFXML, lambda n: "<a>" * n + "</a>" * n),
    ],
)
def test_rdf_nesting(form: media.Rdf, nested: object) -> None:
    assert callable(nested)
    assert rdf(nested(64), form) is None
    error = rdf(nested(66), form)
    assert isinstance(error, BadRequest)
    assert error.extra["limit"] == "nesting"


def test_brackets_in_strings_are_none() -> None:
    many = "([{<<" * 100
    assert rdf(f"<a(b> <b> '''{many}''', \"{many}\" . # {many}\n<a> <b> <<( <a> <b> (1) )>>, <<( <a> <b> <c> )>> .", media.TURTLE) is None  # fmt: skip
    assert rdf('{"urn:b": "' + '{[\\"' * 100 + '"}', media.JSONLD) is None
    assert rdf("<a>" + "<b x='>'/><!-- <c> --><![CDATA[<d>]]>" * 100 + "</a>", media.RDFXML) is None
    assert rdf("<a> <b> " + "<<( <a> <b> (1) )>>, " * 100 + "1 .", media.TURTLE) is None


@pytest.mark.parametrize(
    "data",
    [
        '<!DOCTYPE r [<!ENTITY a "b">]><a/>', "<!doctype a><a/>", '<?xml version="1.0" encoding="UTF-16"?><a/>',
        "<!DOCTYPE a><a/>".encode("utf-16"), '<!  ENTITY a "b"><a/>',
    ],
)  # fmt: skip
def test_no_entities(data: str | bytes) -> None:
    assert isinstance(rdf(data, media.RDFXML), BadRequest)


@pytest.mark.parametrize(
    "data",
    [
        '{"@context": "http://a.org/"}', '{"@context": [{}, "file:///etc/passwd"]}', '{"\\u0040context": "x"}',
        '{"@context": {"@import": "x"}}', '{"urn:b": [{"@context": "x", "@context": {}}]}',
    ],
)  # fmt: skip
def test_no_remote_context(data: str) -> None:
    error = rdf(data, media.JSONLD)
    assert isinstance(error, BadRequest)
    assert error.extra == {"limit": "context"}
    assert rdf('{"@context": {"a": "urn:a"}, "a": "@context"}', media.JSONLD) is None


@pytest.mark.parametrize("form", [media.TURTLE, media.JSONLD, media.RDFXML])
def test_hostile_rdf_takes_linear_time(form: media.Rdf) -> None:
    for flood in ('"', '"\\', "\\", "<", "<!--", '<a "', "<?", "<![CDATA[", "'''", "'\\'", "[", "]", "<<(", ")>>", "#"):
        began = time.process_time()
        rdf(flood * 250_000, form)
        assert time.process_time() - began < 3, flood


# What is stuck into other text to find where the quick look and the one by tokens part.
PIECES = [
    "<", ">", "?a", "(", ")", "{", "}", "SERVICE", " ", "\n", '"', "'", "<urn:a>", "a:b", ":", ".", "-", "1", "e5", "FILTER", "@en",
    "^^", "_:b", "/", "|", "&&", "||", "=", "!", "*", "service:x", "{}", ",", ";", "[", "]", "?", "$", "#", "foo", "TRUE", "<<",
    ">>", "BY", "VALUES", "<?b", "&", "é", "~", "< ", "<=", "a.b", "<urn:a>?b",
]  # fmt: skip


def counted(text: str) -> bool:
    """Whether a query passes the look that goes token by token."""
    try:
        guard._Count(text, "query", SETTINGS).check()
    except CommuniqueError:
        return False
    return True


def test_what_is_plain_is_what_passes_token_by_token() -> None:
    dice = random.Random(5)  # noqa: S311 - the same each time
    named = [path.read_text("utf-8") for path in sorted((ROOT / "queries").glob("*.rq"))]
    bare = ["\n".join(line for line in text.splitlines() if not line.startswith("#")) for text in named]
    assert sum(is_plain(text, SAFE, SETTINGS) for text in bare) > len(bare) // 2
    found = 0
    for turn in range(6000):
        text = dice.choice([*FETCHES, *bare]) if turn % 4 else " ".join(dice.choices(PIECES, k=9))
        for _ in range(dice.randint(1, 4)):
            at = dice.randint(0, len(text))
            text = text[:at] + dice.choice(PIECES) + text[at + dice.choice([0, 0, 1, 3]) :]
        if is_plain(text, SAFE, SETTINGS):
            found += 1
            assert counted(text), text
    assert found > 100


@pytest.mark.parametrize("name", CASES)
def test_what_comes_near_a_limit_is_not_plain(name: str) -> None:
    assert not is_plain(CASES[name](LIMITS[name.partition(",")[0]] + 1), SAFE, SETTINGS)
