"""HTTP itself: lines, headers, lengths, chunks, paths, and who says that they may."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from attacks import TOKEN, WRITE, Attack, Doors, anything, get, raw

POINT = quote("ASK { ?s ?p ?o }")
END = b"\r\n\r\n"


def all_of(doors: Doors) -> Iterator[Attack]:
    yield from lines(doors)
    yield from lengths()
    yield from headers(doors)
    yield from paths(doors)
    yield from forms()
    yield from tokens()


def lines(doors: Doors) -> Iterator[Attack]:
    """What does not begin as a request does, and requests to elsewhere."""
    yield raw("garbage", bytes(range(256)) * 16)
    yield raw("tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500 + END)
    yield raw("http/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
    yield raw("http/0.9", b"GET /healthz" + END)
    yield raw("http/9.9", b"GET /healthz HTTP/9.9\r\nHost: x" + END, 200, 505, right=_ok)
    yield raw("no host", b"GET /healthz HTTP/1.1" + END)
    yield raw("two hosts", b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b" + END)
    yield raw("bad method", b"BR\0EW /healthz HTTP/1.1\r\nHost: x" + END)
    yield raw("other method", b"BREW /sparql HTTP/1.1\r\nHost: x" + END)
    yield raw("long method", b"A" * 100_000 + b" / HTTP/1.1\r\nHost: x" + END)
    yield raw("long address", b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x" + END)
    yield raw("long query", b"GET /sparql?query=" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x" + END)
    yield raw("address elsewhere", f"GET {doors.http} HTTP/1.1\r\nHost: {doors.address}\r\n\r\n".encode())
    yield raw("connect", f"CONNECT {doors.address} HTTP/1.1\r\nHost: {doors.address}\r\n\r\n".encode())
    yield raw("asterisk", b"OPTIONS * HTTP/1.1\r\nHost: x" + END, 204, right=anything)
    yield raw("trace", b"TRACE /sparql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret" + END)
    yield raw("raw bytes", b"GET /id/event/\xff\xfe\x00 HTTP/1.1\r\nHost: x" + END)
    yield raw("bare line feeds", b"GET /healthz HTTP/1.1\nHost: x\n\n", 200, right=anything)
    yield raw("space in the address", b"GET /api/queries /x HTTP/1.1\r\nHost: x" + END)
    yield raw(
        "websocket",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        + END,
        200,
        426,
        501,
        right=anything,
    )


def lengths() -> Iterator[Attack]:
    """Bodies whose end is not clear."""
    direct = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    for text in (b"-1", b"+5", b"1e3", b"0x10", b"99999999999999999999999", b"5, 6", b"", b"\xb2"):
        yield raw(f"length {text!r}", direct + b"Content-Length: " + text + END + b"ASK {}")
    yield raw("two lengths", direct + b"Content-Length: 6\r\nContent-Length: 60" + END + b"ASK {}")
    yield raw(
        "length and chunks",
        direct + b"Content-Length: 6\r\nTransfer-Encoding: chunked" + END + b"0\r\n\r\nGET /x HTTP/1.1\r\n",
    )
    yield raw("chunks and more", direct + b"Transfer-Encoding: chunked, gzip" + END + b"0\r\n\r\n")
    yield raw("no chunks", direct + b"Transfer-Encoding: xchunked" + END + b"ASK {}")
    for text in (b"ZZ", b"-1", b"ffffffffffffffffff", b"6;" + b"a" * 100_000, b"\r\n", b" 6"):
        yield raw(
            f"chunk {text[:8]!r}",
            direct + b"Transfer-Encoding: chunked" + END + text + b"\r\nASK {}\r\n0\r\n\r\n",
            200,
            right=_empty_ask,
        )
    yield raw("chunk too short", direct + b"Transfer-Encoding: chunked" + END + b"3\r\nASK {}\r\n0\r\n\r\n")
    yield raw(
        "endless trailer",
        direct + b"Transfer-Encoding: chunked" + END + b"6\r\nASK {}\r\n0\r\n" + b"X: y\r\n" * 30_000,
        200,
        right=_empty_ask,
    )
    yield raw("large announced", direct + b"Content-Length: 100000000000" + END + b"ASK {}")
    yield raw("large awaited", direct + b"Expect: 100-continue\r\nContent-Length: 100000000000" + END)
    large = b"".join(b"10000\r\n" + b"#" * 65536 + b"\r\n" for _ in range(50))
    yield raw("large in chunks", direct + b"Transfer-Encoding: chunked" + END + large + b"0\r\n\r\n")
    yield raw("a byte a chunk", direct + b"Transfer-Encoding: chunked" + END + b"1\r\n#\r\n" * 60_000 + b"0\r\n\r\n")
    yield raw(
        "smuggled",
        direct + b"Content-Length: 6" + END + b"ASK {}GET /nothing HTTP/1.1\r\nHost: x" + END,
        200,
        right=_empty_ask,
    )


def headers(doors: Doors) -> Iterator[Attack]:
    """Headers that are large, broken, or tell what is not so."""
    yield raw("long header", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + END)
    yield raw("many headers", b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", 200, right=_ok)
    yield raw("nul in a header", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b" + END)
    yield raw("carriage return", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\rInjected: b" + END)
    yield raw("folded", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n b" + END, 200, right=anything)
    yield raw("space before the colon", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX : a" + END)
    yield raw("host of bytes", b'GET /sparql HTTP/1.1\r\nHost: \xff"<>' + END, 200, right=anything)
    for name, host in (
        ("elsewhere", doors.address),
        ("script", 'x"><script>'),
        ("long", "x" * 8000),
        ("port", "x:99999999"),
        ("empty", ""),
        ("braces", "{x}"),
        ("brackets", "[::1"),
        ("path", "a/b?c#d"),
    ):
        for path in ("/sparql", "/.well-known/void", "/store", "/"):
            yield get(f"host {name} {path}", path, anything, headers={"host": host})
    for name, value in (
        ("long", "a/b," * 2000),
        ("nan", "*/*;q=nan"),
        ("large", "*/*;q=1e400"),
        ("negative", "text/html;q=-1"),
        ("quoted", '*/*;a="' + "\\" * 5000),
        ("many", ";q=0" * 5000),
        ("bytes", "\xff\xfe"),
    ):
        yield get(f"accept {name}", f"/sparql?query={POINT}", anything, headers={"accept": value.encode("latin-1")})
        yield get(
            f"accept encoding {name}", "/api/attacks", anything, headers={"accept-encoding": value.encode("latin-1")}
        )
        yield get(f"none match {name}", "/api/attacks", anything, headers={"if-none-match": value.encode("latin-1")})
    for value in (
        "bytes=" + ",".join(["0-0"] * 3000),
        "bytes=0-" + "9" * 5000,
        "bytes=-" + "9" * 4400,
        "bytes=5-1",
        "lines=1-2",
        "bytes=" + "0-" * 3000,
    ):
        attack = get(f"range {value[:14]}", "/dumps/communique.ttl", anything, headers={"range": value})
        yield Attack(
            attack.name, path=attack.path, request=attack.request, allowed=attack.allowed | {206, 416}, right=anything
        )
    for name in (
        "x-forwarded-for",
        "x-forwarded-host",
        "forwarded",
        "x-original-url",
        "x-http-method-override",
        "cookie",
        "referer",
        "x-request-id",
        "traceparent",
    ):
        for kind, value in (("elsewhere", doors.http), ("injected", 'a"} {"b": "c'), ("long", "1.1.1.1," * 800)):
            yield get(f"{name} {kind}", "/healthz", anything, headers={name: value})


def paths(doors: Doors) -> Iterator[Attack]:
    """Addresses that lead out of a folder, or are no addresses."""
    up = (
        "../../../../../../etc/passwd",
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cetc",
        "%252e%252e%252fetc",
        "%c0%ae%c0%ae/",
        "/etc/passwd",
        "%00",
        "%ff%fe",
        "a%0d%0aX:%20y",
        "%zz",
        "%u0041",
        "~root",
        "%E2%80%AE",
        doors.file.replace("/", "%2f"),
    )
    for base in (
        "/static/",
        "/dumps/",
        "/id/event/",
        "/code/stance/",
        "/api/queries/",
        "/api/attacks/",
        "/api/reports/",
    ):
        for name in up:
            # The bytes as they are: a client would tidy them up.
            yield raw(f"path {base}{name[:24]}", f"GET {base}{name} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 307)
    for name in up:
        yield raw(f"path /store/{name[:24]}", f"GET /store/{name} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    yield raw("slashes", b"GET " + b"/" * 5000 + b" HTTP/1.1\r\nHost: x" + END)
    yield get("many parts", "/api/attacks" + "/a" * 5000, None)
    yield get("template", "/id/event/{{7*7}}", None)
    yield get("script", "/id/event/%3Cscript%3Ealert(1)%3C/script%3E", None)


def forms() -> Iterator[Attack]:
    """Forms and query strings."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    for name, body in {
        "many fields": "&".join(f"a{n}=1" for n in range(10_000)), "no query": "", "query twice": "query=ASK{}&query=ASK{}", "bad utf-8": "query=%ff",
        "overlong": "query=ASK{?s+?p+'%c0%af'}", "surrogate": "query=ASK{?s+?p+'%ed%a0%80'}", "unknown": "query=ASK{}&evil=1", "percent": "query=%", "both": "query=ASK{}&update=DROP+ALL",
        "bad graph": "query=ASK{}&default-graph-uri=%3E%20%3B", "format": "query=ASK{}&format=../../etc", "format twice": "query=ASK{}&format=json&format=xml",
    }.items():  # fmt: skip
        yield Attack(f"form {name}", "POST", "/sparql", {"content": body.encode(), "headers": form})
        if body:
            yield raw(f"address {name}", f"GET /sparql?{body[:60_000]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    yield Attack(
        "form of many graphs",
        "POST",
        "/sparql",
        {
            "content": ("query=ASK{}" + "".join(f"&default-graph-uri=urn:{n}" for n in range(900))).encode(),
            "headers": form,
        },
        allowed=frozenset({200, 400}),
        right=_ask,
    )
    yield Attack("form as json", "POST", "/sparql", {"json": {"query": "ASK {}"}})
    yield Attack(
        "form of two types",
        "POST",
        "/sparql",
        {"content": b"ASK {}", "headers": {"content-type": "application/sparql-query, text/plain"}},
    )
    yield Attack("form without a type", "POST", "/sparql", {"content": b"ASK {}"})
    yield Attack("update as a query", "POST", "/sparql", {"content": b"update=DROP+ALL", "headers": form})


def tokens() -> Iterator[Attack]:
    """Who has no right."""
    direct = {"content-type": "application/sparql-update"}
    for name, value in {
        "none": b"", "wrong": b"Bearer wrong", "long": b"Bearer " + b"a" * 30_000, "bytes": b"Bearer \xff\xfe", "basic": b"Basic YTpi", "prefix": f"Bearer {TOKEN[:-1]}".encode(),
        "longer": f"Bearer {TOKEN}x".encode(), "two": f"Bearer {TOKEN}, Bearer {TOKEN}".encode(), "scheme": f"Bearer\xa0{TOKEN}".encode("latin-1"), "digest": b'Digest username="', "empty": b"Bearer",
    }.items():  # fmt: skip
        refused = frozenset({400, 401, 403, 431})
        yield Attack(
            f"token {name}",
            "POST",
            "/update",
            {"content": b"DROP ALL", "headers": {**direct, "authorization": value}},
            allowed=refused,
        )
        yield Attack(
            f"token {name} in the store",
            "DELETE",
            "/store",
            {"headers": {"authorization": value}, "params": {"default": ""}},
            allowed=refused,
        )
        yield Attack(
            f"token {name} in reports",
            "DELETE",
            "/api/reports/alpha",
            {"headers": {"authorization": value}},
            allowed=refused,
        )
    yield Attack(
        "token in the address",
        "POST",
        f"/update?access_token={TOKEN}",
        {"content": b"DROP ALL", "headers": direct},
        allowed=frozenset({400, 401, 403}),
    )
    yield Attack(
        "update by get",
        "GET",
        "/update",
        {"params": {"update": "DROP ALL"}, "headers": WRITE},
        allowed=frozenset({405}),
    )
    yield Attack(
        "method overridden",
        "POST",
        "/sparql",
        {"content": b"ASK {}", "headers": {**WRITE, "x-http-method-override": "DELETE", "content-type": "text/plain"}},
    )
    yield Attack(
        "drop the service's own graph",
        "PUT",
        "/store",
        {
            "content": b"",
            "headers": {**WRITE, "content-type": "text/turtle"},
            "params": {"graph": "https://w3id.org/communique/id/graph/meta"},
        },
        allowed=frozenset({403}),
    )


def _ask(body: bytes) -> bool:
    return b'"boolean"' in body


def _empty_ask(body: bytes) -> bool:
    return b"true" in body


def _ok(body: bytes) -> bool:
    return body == b"ok\n"
