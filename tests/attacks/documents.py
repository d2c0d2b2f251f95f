"""RDF and reports: what they fetch, how deep they are, how large they become."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

from attacks import REFUSED, WRITE, Attack, Doors, Right, anything, store

TURTLE, TRIG, NT, NQ = "text/turtle", "application/trig", "application/n-triples", "application/n-quads"
XML, JSON = "application/rdf+xml", "application/ld+json"
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
ONE = '<rdf:Description rdf:about="urn:a"><p xmlns="urn:">{}</p></rdf:Description>'


def all_of(doors: Doors, report: dict[str, Any]) -> Iterator[Attack]:
    """`report` is one that would be taken."""
    yield from contexts(doors)
    yield from xml(doors)
    yield from other_doors(doors)
    yield from deep()
    yield from odd()
    yield from packed()
    yield from reports(doors, report)


def contexts(doors: Doors) -> Iterator[Attack]:
    """JSON-LD that names what it would fetch."""
    for kind, iri in (
        ("http", doors.http),
        ("file", doors.file),
        ("relative", "context.jsonld"),
        ("root", "/etc/passwd"),
    ):
        documents: dict[str, Any] = {
            "context": {"@context": iri, "@id": "urn:a", "urn:b": 1},
            "context in a list": {"@context": [{}, [iri], iri], "@id": "urn:a", "urn:b": 1},
            "import": {"@context": {"@version": 1.1, "@import": iri}, "@id": "urn:a", "urn:b": 1},
            "scoped context": {"@context": {"t": {"@id": "urn:t", "@context": iri}}, "@id": "urn:a", "t": {"urn:b": 1}},
            "inner context": {"@id": "urn:a", "urn:b": {"@context": iri, "urn:c": 1}},
            "graph": {"@graph": [{"@id": "urn:a", "urn:b": [{"@list": [{"@context": [iri]}]}]}]},
        }
        for name, document in documents.items():
            yield store(f"{name} {kind}", JSON, json.dumps(document))
        yield store(
            f"two contexts {kind}", JSON, f'{{"@context": "{iri}", "@context": {{}}, "@id": "urn:a", "urn:b": 1}}'
        )
        escaped = json.dumps({"@context": iri, "@id": "urn:a", "urn:b": 1}).replace("@context", "\\u0040context")
        yield store(f"escaped context {kind}", JSON, escaped)
        link = f'<{iri}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
        yield store(f"linked context {kind}", "application/json", '{"@id": "urn:a", "b": 1}', anything, link=link)
        yield store(f"profile {kind}", f'{JSON}; profile="{iri}"', '{"@id": "urn:a", "urn:b": 1}', anything)


def xml(doors: Doors) -> Iterator[Attack]:
    """RDF/XML with a document type, entities and bases."""
    laughs = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    types = {
        "external type": f'<!DOCTYPE rdf:RDF SYSTEM "{doors.http}">', "external file": f'<!DOCTYPE rdf:RDF SYSTEM "{doors.file}">',
        "public": f'<!DOCTYPE rdf:RDF PUBLIC "-//X" "{doors.http}">',
        "entity": f'<!DOCTYPE r [<!ENTITY e SYSTEM "{doors.file}">]>', "entity http": f'<!DOCTYPE r [<!ENTITY e SYSTEM "{doors.http}">]>',
        "passwd": '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "parameter": f'<!DOCTYPE r [<!ENTITY % p SYSTEM "{doors.http}"> %p;]>',
        "laughs": f"<!DOCTYPE r [{laughs}<!ENTITY e '&a12;'>]>", "quadratic": f"<!DOCTYPE r [<!ENTITY e '{'a' * 500_000}'>]>",
        "recursive": "<!DOCTYPE r [<!ENTITY e '&f;'><!ENTITY f '&e;'>]>", "small": "<!doctype r [<!entity e 'a'>]>", "spaced": "<!DOCTYPE\n\tr [<!ENTITY\te 'a'>]>",
    }  # fmt: skip
    for name, kind in types.items():
        yield store(f"xml {name}", XML, f"{kind}<rdf:RDF {RDF}>{ONE.format('&e;' * 1000)}</rdf:RDF>")
    utf16 = (
        f"<?xml version='1.0' encoding='utf-16'?>{types['laughs']}<rdf:RDF {RDF}>{ONE.format('&e;')}</rdf:RDF>".encode(
            "utf-16"
        )
    )
    yield store("xml utf-16", XML, utf16)
    yield store("xml utf-7", XML, f"<?xml version='1.0' encoding='utf-7'?>+ADwAIQ-DOCTYPE r><rdf:RDF {RDF}/>")
    yield store("xml base", XML, f'<rdf:RDF {RDF} xml:base="{doors.http}-xml">{ONE.format(1)}</rdf:RDF>', anything)
    yield store(
        "xml base of a file",
        XML,
        f'<rdf:RDF {RDF} xml:base="{doors.file}-xml"><rdf:Description rdf:about=""><p xmlns="urn:" rdf:resource="../x"/></rdf:Description></rdf:RDF>',
        anything,
    )
    yield store(
        "xml include",
        XML,
        f'<rdf:RDF {RDF}><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{doors.file}" parse="text"/></rdf:RDF>',
        anything,
    )
    yield store(
        "xml style", XML, f'<?xml-stylesheet href="{doors.http}"?><rdf:RDF {RDF}>{ONE.format(1)}</rdf:RDF>', anything
    )
    yield store(
        "xml schema",
        XML,
        f'<rdf:RDF {RDF} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a {doors.http}">{ONE.format(1)}</rdf:RDF>',
        anything,
    )
    yield store("xml cut", XML, f"<rdf:RDF {RDF}><rdf:Descr")
    yield store(
        "xml attributes",
        XML,
        f"<rdf:RDF {RDF}><rdf:Description "
        + " ".join(f'a{n}:b="1" xmlns:a{n}="urn:{n}"' for n in range(20000))
        + "/></rdf:RDF>",
        anything,
    )


def other_doors(doors: Doors) -> Iterator[Attack]:
    """What other libraries would fetch. What is stored is never about the canaries, so that they stay empty."""
    imports = f"<urn:o> a <http://www.w3.org/2002/07/owl#Ontology> ; <http://www.w3.org/2002/07/owl#imports> <{doors.http}>, <{doors.file}> ."
    yield store("imports", TURTLE, imports, anything)
    python = '<urn:o> <http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#python_module> "antigravity" .'
    yield store("python module", TURTLE, python, anything)
    yield store(
        "shape with a query",
        TURTLE,
        f'<urn:s> a <http://www.w3.org/ns/shacl#NodeShape> ; <http://www.w3.org/ns/shacl#rule> [ <http://www.w3.org/ns/shacl#construct> "CONSTRUCT {{}} WHERE {{ SERVICE <{doors.http}> {{}} }}" ] .',
        anything,
    )
    yield store("base", TURTLE, f"@base <{doors.file}-turtle> . <> <p> <../../etc/passwd> .", anything)
    yield store("relative", TURTLE, "<../../../../etc/passwd> <../p> <> .", anything)
    yield store(
        "n3", "text/n3", f"@prefix log: <http://www.w3.org/2000/10/swap/log#> . <{doors.http}> log:semantics ?x ."
    )
    yield Attack(
        "store at a file",
        "PUT",
        "/store",
        {
            "content": b"<urn:a> <urn:b> 1 .",
            "headers": {**WRITE, "content-type": TURTLE},
            "params": {"graph": doors.file + "-put"},
        },
        allowed=frozenset({201, 204, 400}),
        right=anything,
    )
    yield Attack(
        "store at an address",
        "PUT",
        "/store",
        {
            "content": b"<urn:a> <urn:b> 1 .",
            "headers": {**WRITE, "content-type": TURTLE},
            "params": {"graph": doors.http + "-put"},
        },
        allowed=frozenset({201, 204, 400}),
        right=anything,
    )


def deep() -> Iterator[Attack]:
    """Nesting, with its end and without."""
    for much, ends in ((100_000, True), (100_000, False), (300, True)):
        told = f"{much}{'' if ends else ' open'}"
        close = much if ends else 0
        yield store(f"lists {told}", TURTLE, "<urn:a> <urn:b> " + "(" * much + ")" * close + " .")
        yield store(f"blank nodes {told}", TURTLE, "<urn:a> <urn:b> " + "[<urn:b> " * much + "1" + "]" * close + " .")
        yield store(
            f"triple terms {told}",
            TURTLE,
            "<urn:a> <urn:b> " + "<<(<urn:a> <urn:b> " * much + "1" + ")>>" * close + " .",
        )
        yield store(
            f"triple terms in lines {told}",
            NT,
            "<urn:a> <urn:b> " + "<<( <urn:a> <urn:b> " * much + '"1"' + " )>>" * close + " .",
        )
        yield store(f"annotations {told}", TURTLE, "<urn:a> <urn:b> 1 " + "{| <urn:b> 1 " * much + "|}" * close + " .")
        yield store(f"graphs {told}", TRIG, "<urn:g> " + "{" * much + "}" * close)
        yield store(f"arrays {told}", JSON, "[" * much + "]" * close)
        yield store(f"objects {told}", JSON, '{"urn:a":' * much + "1" + "}" * close)
        yield store(
            f"json lists {told}",
            JSON,
            '{"@id": "urn:a", "urn:b": ' + '{"@list": [' * much + "]}" * close + ("}" if ends else ""),
        )
        yield store(f"json graphs {told}", JSON, '{"@graph": [' * much + "]}" * close)
        yield store(
            f"elements {told}",
            XML,
            f"<rdf:RDF {RDF}>" + '<a xmlns="urn:"><b>' * much + "</b></a>" * close + ("</rdf:RDF>" if ends else ""),
        )
        yield store(
            f"xml literal {told}",
            XML,
            f'<rdf:RDF {RDF}><rdf:Description><p xmlns="urn:" rdf:parseType="Literal">'
            + "<a>" * much
            + "</a>" * close
            + "</p></rdf:Description></rdf:RDF>",
        )


def odd() -> Iterator[Attack]:
    """Large terms, broken text, and what is almost right."""
    yield store("long iri", TURTLE, f"<urn:{'a' * 1_000_000}> <urn:b> 1 .", anything)
    yield store("long literal", TURTLE, f'<urn:a> <urn:b> "{"a" * 1_500_000}" .', anything)
    yield store("long list", TURTLE, f"<urn:a> <urn:b> ( {'1 ' * 100_000}) .", anything)
    yield store("long name", TURTLE, f"<urn:a> <urn:b> _:{'a' * 1_000_000} .", anything)
    yield store("long prefixes", TURTLE, "".join(f"@prefix p{n}: <urn:{n}> .\n" for n in range(50_000)), anything)
    yield store(
        "html literal",
        TURTLE,
        '<urn:a> <urn:b> "' + "<b>" * 25_000 + '"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML> .',
        anything,
    )
    yield store("number of many digits", TURTLE, f"<urn:a> <urn:b> {'9' * 100_000} .", anything)
    yield store("json number of many digits", JSON, f'{{"@id": "urn:a", "urn:b": {"9" * 100_000}}}', anything)
    yield store("json large exponent", JSON, '{"@id": "urn:a", "urn:b": 1e999999999}', anything)
    yield store("json not a number", JSON, '{"@id": "urn:a", "urn:b": NaN}')
    yield store("json surrogate", JSON, '{"@id": "urn:a", "urn:b": "\\ud800"}', anything)
    yield store("json utf-16", JSON, '{"@id": "urn:a", "urn:b": 1}'.encode("utf-16"))
    yield store("json term of itself", JSON, '{"@context": {"a": "b:c", "b": "a:c"}, "a": 1}', anything)
    yield store(
        "json many terms",
        JSON,
        json.dumps({"@context": {f"t{n}": f"t{n + 1}:x" for n in range(3000)}, "t0": 1}),
        anything,
    )
    yield store(
        "json many contexts",
        JSON,
        json.dumps({"@context": [{f"t{n}": f"urn:{n}"} for n in range(5000)], "@id": "urn:a", "t1": 1}),
        anything,
    )
    yield store("json not an object", JSON, "1", anything)
    yield store("bad utf-8", TURTLE, b'<urn:a> <urn:b> "\xff\xfe" .')
    yield store("overlong utf-8", NT, b'<urn:a> <urn:b> "\xc0\xaf" .')
    yield store("surrogate", TURTLE, '<urn:a> <urn:b> "\\ud800" .')
    yield store("injected iri", NT, '<urn:a\\u003E\\u0020> <urn:b> "1" .')
    yield store("injected language", TURTLE, '<urn:a> <urn:b> "1"@en> <urn:x .')
    yield store("nul in turtle", TURTLE, '<urn:a> <urn:b> "\0\\u0000" .', anything)
    yield store("bad last line", NT, '<urn:a> <urn:b> "1" .\n' * 1000 + "<urn:a> <urn:b>")
    yield store("own graph", NQ, '<urn:a> <urn:b> "1" <https://w3id.org/communique/id/graph/meta> .')
    yield store("blank graph", NQ, '<urn:a> <urn:b> "1" _:g .')
    yield store("no such type", "application/x-python-pickle", b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    yield store("utf-7", f"{TURTLE}; charset=utf-7", "<urn:a> <urn:b> 1 .")
    yield store("charset of many", f"{TURTLE}; charset={'a' * 10_000}", "<urn:a> <urn:b> 1 .")
    yield store("too large", TURTLE, "#" * 3_000_000)
    for name, body, kind in multiparts():
        request = {"content": body, "headers": {**WRITE, "content-type": kind}, "params": {"graph": "urn:attacked"}}
        yield Attack(f"multipart {name}", "POST", "/store", request)


def multiparts() -> Iterator[tuple[str, bytes, str]]:
    """Forms that are traps; all of them are refused."""
    kind = "multipart/form-data; boundary=b"
    part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="../../etc/a.ttl"\r\nContent-Type: text/turtle\r\n\r\n'
    yield "without boundary", b"", "multipart/form-data"
    yield "empty", b"", kind
    yield "cut", part + b"<urn:a> <urn:b> 1 .", kind
    yield "cut in its headers", b"--b\r\nContent-Dispo", kind
    yield "long boundary", b"--" + b"b" * 60_000 + b"\r\n", "multipart/form-data; boundary=" + "b" * 60_000
    yield "ten thousand parts", (part + b"<urn:a> <urn:b> 1 .\r\n") * 10_000 + b"--b--\r\n", kind
    yield "endless headers", b"--b\r\n" + b"X: y\r\n" * 100_000, kind
    yield (
        "long header",
        b"--b\r\nContent-Disposition: form-data; name=" + b"a" * 1_000_000 + b"\r\n\r\n\r\n--b--\r\n",
        kind,
    )
    yield (
        "in multipart",
        b"--b\r\nContent-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n",
        kind,
    )
    yield "of line ends", b"\r\n" * 500_000, kind
    yield "of almost boundaries", b"--b\r\nContent-Disposition: form-data; name=f\r\n\r\n" + b"\r\n--" * 300_000, kind
    yield (
        "without a type",
        b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n<urn:a> <urn:b> 1 .\r\n--b--\r\n',
        kind,
    )
    yield "one bad part", part + b"<urn:a> <urn:b> 1 .\r\n" + part + b"<urn:a> <urn:b>\r\n--b--\r\n", kind


def packed() -> Iterator[Attack]:
    """Bodies that are larger than they look."""
    comment = b"#" * 200_000_000
    bomb = zlib.compressobj(9, wbits=31)
    small = bomb.compress(comment) + bomb.flush()
    yield store("gzip bomb", TURTLE, small, coding="gzip")
    yield store("gzip bomb of members", TURTLE, gzip.compress(b"#" * 1_000_000, 9) * 300, coding="gzip")
    yield store("gzip in gzip", TURTLE, gzip.compress(small), coding="gzip, gzip")
    yield store("gzip cut", TURTLE, small[:1000], coding="gzip")
    yield store("gzip and more", TURTLE, gzip.compress(b"<urn:a> <urn:b> 1 .") + b"rubbish", coding="gzip")
    yield store("not gzip", TURTLE, b"<urn:a> <urn:b> 1 .", coding="gzip")
    for coding in ("br", "zstd", "deflate", "compress", "chunked", "a" * 10_000, "gzip;q=0"):
        yield store(f"coding {coding[:10]}", TURTLE, zlib.compress(b"<urn:a> <urn:b> 1 ."), coding=coding)
    query = {"content-type": "application/sparql-query", "content-encoding": "gzip"}
    yield Attack("gzip bomb query", "POST", "/sparql", {"content": small, "headers": query})
    form = {"content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip"}
    yield Attack("gzip bomb form", "POST", "/sparql", {"content": small, "headers": form})
    yield Attack(
        "gzip bomb report",
        "PUT",
        "/api/reports/attack",
        {"content": small, "headers": {**WRITE, "content-type": "application/json", "content-encoding": "gzip"}},
    )


def reports(doors: Doors, good: dict[str, Any]) -> Iterator[Attack]:
    """Reports that are no reports, or that say what may not be said."""
    first = good["statements"][0]

    def put(name: str, body: object, right: Right | None = None, slug: str = "attack") -> Attack:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = {"content": data, "headers": {**WRITE, "content-type": "application/json"}}
        return _report(name, slug, request, right)

    yield put("deep arrays", b"[" * 100_000 + b"]" * 100_000)
    yield put("deep objects", b'{"title":' * 100_000 + b"1" + b"}" * 100_000)
    yield put(
        "deep in a field",
        json.dumps(good)[:-1].encode() + b', "unnamed": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    )
    yield put("long title", {**good, "title": "a" * 1_500_000}, anything)
    yield put("long quote", {**good, "statements": [{**first, "quote": "a " * 500_000}]})
    yield put("many statements", {**good, "statements": [first] * 5000}, anything)
    yield put("other statements", {**good, "statements": [{**first, "start": n} for n in range(3000)]}, anything)
    yield put("many faults", {**good, "statements": [{"no": n} for n in range(20_000)]})
    yield put("many fields", {**good, **{f"f{n}": n for n in range(50_000)}})
    yield put("many labels", {**good, "unnamed": {f"u{n}": {"wording": ["a"] * 20} for n in range(5000)}}, anything)
    yield put("a number", b"1")
    yield put("empty", b"")
    yield put("not utf-8", b'{"title": "\xff"}')
    yield put("utf-16", json.dumps(good).encode("utf-16"))
    yield put("surrogate title", {**good, "title": "\ud800"})
    yield put("surrogate quote", {**good, "statements": [{**first, "quote": "\udc00\ud800"}]})
    yield put("surrogate key", {**good, "unnamed": {"\ud800": {"wording": ["\udfff"]}}})
    yield put("nul", {**good, "title": "a\0b"}, anything)
    yield put("override", {**good, "title": "\u202e\u2066 title \x1b[2J"}, anything)
    yield put(
        "not a number", json.dumps({**good, "wordCount": 0}).replace('"wordCount": 0', '"wordCount": NaN').encode()
    )
    yield put(
        "many digits",
        json.dumps({**good, "wordCount": 0}).replace('"wordCount": 0', f'"wordCount": {"9" * 100_000}').encode(),
    )
    yield put("large number", {**good, "wordCount": 10**30}, anything)
    yield put("negative offsets", {**good, "statements": [{**first, "start": -(10**30), "end": 10**30}]})
    yield put("large value", {**good, "statements": [{**first, "value": 10**40}]}, anything)
    for kind, url in (
        ("file", doors.file),
        ("http", doors.http),
        ("script", "javascript:alert(1)"),
        ("injected", "https://x/> <urn:x> <urn:y"),
    ):
        yield put(f"url {kind}", {**good, "url": url}, anything if kind in ("http", "injected") else None)
    for kind, term in (("injected", 'en" . <urn:x> <urn:y> "z'), ("long", "en-" + "a" * 5000), ("empty", "")):
        yield put(f"language {kind}", {**good, "language": term})
    for kind, term in (
        ("injected", "x> ; <urn:x> <urn:y"),
        ("path", "../../etc/passwd"),
        ("long", "a" * 100_000),
        ("iri", doors.http),
    ):
        yield put(f"publisher {kind}", {**good, "publisher": term})
        yield put(f"asserter {kind}", {**good, "statements": [{**first, "by": term}]})
    for kind, date in (
        ("deep", "[" * 5000 + "2021" + "]" * 5000),
        ("many", ",".join(["2021"] * 5000)),
        ("year", "Y" + "9" * 5000),
        ("first", "0001-01-01"),
        ("last", "9999-12-31"),
        ("intervals", "/".join(["2021"] * 2000)),
    ):
        yield put(f"issued {kind}", {**good, "issued": date}, anything if kind in ("first", "last") else None)
    for kind, slug in (
        ("dots", "%2e%2e%2f%2e%2e%2fetc"),
        ("braces", "%7D%20%3B%20DROP%20ALL"),
        ("nul", "%00"),
        ("bad", "%ff"),
        ("long", "a" * 10_000),
        ("turned", "%E2%80%AE"),
        ("line", "a%0Ab"),
    ):
        yield put(f"name {kind}", good, slug=slug)
    yield Attack(
        "report as yaml",
        "PUT",
        "/api/reports/attack",
        {
            "content": b"!!python/object/apply:os.system ['id']",
            "headers": {**WRITE, "content-type": "application/yaml"},
        },
    )
    yield Attack("report without a token", "PUT", "/api/reports/attack", {"json": good}, allowed=frozenset({401}))


def _report(name: str, slug: str, request: dict[str, Any], right: Right | None) -> Attack:
    allowed = REFUSED | (frozenset({200, 201}) if right else frozenset())
    return Attack(f"report {name}", "PUT", f"/api/reports/{slug}", request, allowed=allowed, right=right)
