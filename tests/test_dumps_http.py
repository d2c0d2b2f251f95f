"""Dumps over HTTP: made once, in parts or whole, checked by their sums, kept by version, told what has changed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import zstandard

from communique import ranges
from communique.edition import NAMES
from communique.manifest import DCAT, FORMS, SPDX
from communique.ranges import NotSatisfiable
from communique.void import VOID
from conftest import TINY, Server, communique
from made import made

TOKEN = "dumps-token"
WRITE = {"authorization": f"Bearer {TOKEN}", "content-type": "application/sparql-update"}
TTL = "/dumps/communique.ttl"


@pytest.fixture
def tiny_server(tmp_path: Path) -> Iterator[Server]:
    running = Server(
        "--store", str(tmp_path / "store"), "--content", str(TINY), COMMUNIQUE_TOKEN=TOKEN, COMMUNIQUE_DUMPS_KEPT="2"
    )
    yield running
    assert running.stop() == 0


def changed(server: Server, number: int) -> str:
    """The version after one more statement."""
    text = f"INSERT DATA {{ GRAPH <urn:g> {{ <urn:s> <urn:p> {number} }} }}"
    done = server.client.post("/update", content=text, headers=WRITE)
    assert done.status_code == 204, done.text
    return done.headers["communique-version"]


def plain(name: str, data: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.decompress(data)
    return zstandard.ZstdDecompressor().decompressobj().decompress(data) if name.endswith(".zst") else data


# -- what is served


@pytest.mark.parametrize("name", NAMES)
def test_each_is_whole_and_says_what_it_is(name: str, client: httpx.Client) -> None:
    form, packing = NAMES[name]
    answer = client.get(f"/dumps/{name}")
    sha256 = hashlib.sha256(answer.content).hexdigest()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == (packing.type or form.content_type)
    # A packed file is the thing itself, not a way in which it is sent.
    assert "content-encoding" not in answer.headers
    assert answer.headers["etag"] == f'"{sha256}"'
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert client.get(f"/dumps/{name}.sha256").text == f"{sha256}  {name}\n"
    version = answer.headers["communique-version"]
    links = httpx.Response(200, headers={"link": answer.headers["link"]}).links
    assert links["describedby"]["url"] == f"/dumps/{version}/manifest.ttl"
    assert links["license"]["url"].startswith("https://creativecommons.org/")
    kept = client.get(f"/dumps/{version}/{name}")
    assert (kept.status_code, kept.content) == (200, answer.content)
    assert "immutable" in kept.headers["cache-control"]
    list(ox.parse(plain(name, answer.content), format=form.engine))


def test_head_has_the_headers_alone(client: httpx.Client) -> None:
    head, get = client.head(TTL), client.get(TTL)
    assert head.content == b""
    for name in ("content-length", "content-type", "etag", "last-modified", "repr-digest", "accept-ranges"):
        assert head.headers[name] == get.headers[name]
    assert client.head(TTL, headers={"range": "bytes=0-1"}).status_code == 200


def test_conditions(client: httpx.Client) -> None:
    first = client.get(TTL)
    tag, date = first.headers["etag"], first.headers["last-modified"]
    old = formatdate(0, usegmt=True)
    for headers, status in (
        ({"if-none-match": tag}, 304), ({"if-none-match": f'W/{tag}, "x"'}, 304), ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"x"'}, 200), ({"if-modified-since": date}, 304), ({"if-modified-since": old}, 200),
        ({"if-modified-since": "yesterday"}, 200), ({"if-none-match": '"x"', "if-modified-since": date}, 200),
        ({"range": "bytes=0-9", "if-range": tag}, 206), ({"range": "bytes=0-9", "if-range": date}, 206),
        ({"range": "bytes=0-9", "if-range": '"x"'}, 200), ({"range": "bytes=0-9", "if-range": f"W/{tag}"}, 200),
        ({"range": "bytes=0-9", "if-range": old}, 200), ({"range": "bytes=0-9", "if-none-match": tag}, 304),
    ):  # fmt: skip
        answer = client.get(TTL, headers=headers)
        assert answer.status_code == status, headers
        assert answer.headers["etag"] == tag
        assert len(answer.content) == {200: len(first.content), 206: 10, 304: 0}[status]


def test_ranges(client: httpx.Client) -> None:
    whole = client.get(TTL).content
    size = len(whole)
    for asked, start, end in (
        ("0-6", 0, 7), ("0-0", 0, 1), (f"{size - 1}-", size - 1, size), ("-5", size - 5, size), ("100-", 100, size),
        (f"-{size * 2}", 0, size), (f"10-{size * 9}", 10, size), ("5-9, 8-20,0-6", 0, 21),
    ):  # fmt: skip
        answer = client.get(TTL, headers={"range": f"bytes={asked}"})
        assert (answer.status_code, answer.content) == (206, whole[start:end]), asked
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        assert int(answer.headers["content-length"]) == end - start


def test_several_ranges(client: httpx.Client) -> None:
    whole = client.get(TTL).content
    answer = client.get(TTL, headers={"range": "bytes=20-29, 0-4, -3"})
    assert answer.status_code == 206
    kind, _, boundary = answer.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/byteranges"
    parts = answer.content.split(f"\r\n--{boundary}".encode())
    assert (parts[0], parts[-1]) == (b"", b"--\r\n")
    got = {}
    for part in parts[1:-1]:
        head, _, body = part.partition(b"\r\n\r\n")
        found = re.search(rb"Content-Range: bytes (\d+)-(\d+)/(\d+)", head)
        assert found
        assert b"Content-Type: text/turtle" in head
        got[int(found[1]), int(found[2]), int(found[3])] = body
    size = len(whole)
    assert got == {(0, 4, size): whole[:5], (20, 29, size): whole[20:30], (size - 3, size - 1, size): whole[-3:]}


def test_ranges_that_are_none(client: httpx.Client) -> None:
    whole = client.get(TTL).content
    for asked in (
        "lines=0-5",
        "bytes=",
        "bytes=a-b",
        "bytes=9-5",
        "bytes=-",
        "bytes=0-1,x",
        "bytes=" + "0-1,9-9," * 20,
    ):
        answer = client.get(TTL, headers={"range": asked})
        assert (answer.status_code, answer.content) == (200, whole), asked
    for asked in (f"bytes={len(whole)}-", "bytes=-0", f"bytes={10**17}-"):
        answer = client.get(TTL, headers={"range": asked})
        assert answer.status_code == 416, asked
        assert answer.headers["content-range"] == f"bytes */{len(whole)}"
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_empty_file_has_no_range() -> None:
    with pytest.raises(NotSatisfiable):
        ranges.parts_of("bytes=0-", 0)


def test_the_list(client: httpx.Client) -> None:
    version = client.get("/dumps/communique.nq.zst").headers["communique-version"]
    found = client.get("/dumps/").json()
    assert {row["name"] for row in found["rows"]} == set(NAMES)
    (kept,) = (edition for edition in found["kept"] if edition["version"] == version)
    (file,) = (file for file in kept["files"] if file["name"] == "communique.nq.zst")
    body = client.get(file["href"]).content
    assert (len(body), hashlib.sha256(body).hexdigest()) == (file["bytes"], file["sha256"])
    page = client.get("/dumps/", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    for row in found["rows"]:
        assert f'href="{row["href"]}"' in page.text
    assert file["sha256"] in page.text


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_manifest(form: object, client: httpx.Client) -> None:
    name = "communique.ttl.gz"
    dump = client.get(f"/dumps/{name}")
    triples = len(list(ox.parse(gzip.decompress(dump.content), format=ox.RdfFormat.TURTLE)))
    version = dump.headers["communique-version"]
    for folder in ("", f"{version}/"):
        address = f"http://x/dumps/{folder}manifest.{form.name}"  # type: ignore[attr-defined]
        answer = client.get(address.removeprefix("http://x"))
        assert answer.headers["content-type"].startswith(form.type)  # type: ignore[attr-defined]
        held = ox.Store()
        held.load(answer.content, form.engine, base_iri=address)  # type: ignore[attr-defined]
        data = ox.NamedNode(f"{address}#data")

        def one(subject: ox.NamedNode, predicate: ox.NamedNode, held: ox.Store = held) -> str:
            (found,) = (q.object for q in held.quads_for_pattern(subject, predicate, None))
            assert not isinstance(found, ox.Triple)
            return found.value

        assert one(data, DCAT.version) == version
        assert int(one(data, VOID.triples)) == triples
        files = [q.object for q in held.quads_for_pattern(data, DCAT.distribution, None)]
        assert len(files) == len(NAMES)
        (me,) = (f for f in files if isinstance(f, ox.NamedNode) and f.value.endswith(f"#{name}"))
        assert one(me, DCAT.downloadURL) == f"http://x/dumps/{folder}{name}"
        assert int(one(me, DCAT.byteSize)) == len(dump.content)
        checksum = ox.NamedNode(one(me, SPDX.checksum))
        assert one(checksum, SPDX.checksumValue) == hashlib.sha256(dump.content).hexdigest()
        assert client.get(answer.url, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "other.ttl", "communique.ttl.xz", "facts.json", "manifest.nt", "9-abc/communique.ttl", "x/communique.ttl",
        "..%2F..%2Fdata/CURRENT", "delta/x", "delta/1-a..2-b.added.nq.zst", "delta/1-a..2-b.other.nq.zst",
        "%2e%2e/communique.ttl", ".communique.ttl.00000000.new",
    ],
)  # fmt: skip
def test_what_there_is_not(path: str, client: httpx.Client) -> None:
    answer = client.get(f"/dumps/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_no_file_of_the_edition_is_served_but_dumps(client: httpx.Client) -> None:
    version = client.get(TTL).headers["communique-version"]
    for name in ("facts.json", "../../data/CURRENT", "."):
        assert client.get(f"/dumps/{version}/{name}").status_code in (404, 307)


# -- versions


def test_every_write_is_in_the_next_dump(tiny_server: Server) -> None:
    client = tiny_server.client
    first = client.get("/dumps/communique.nt")
    assert "<urn:s>" not in first.text
    version = changed(tiny_server, 1)
    second = client.get("/dumps/communique.nt")
    assert second.headers["communique-version"] == version
    assert first.headers["etag"] != second.headers["etag"]
    gone = {line for line in second.text.splitlines() if line not in first.text.splitlines()}
    assert len(gone) == 1
    whole = client.get("/store", headers={"accept": "application/n-quads"})
    assert (whole.status_code, whole.headers["communique-version"]) == (200, version)
    assert len(whole.text.splitlines()) == len(second.text.splitlines())


def test_kept_versions_and_their_deltas(tiny_server: Server, tmp_path: Path) -> None:
    """Each is as it was when it was the newest; old ones go, and a download under way goes on."""
    client = tiny_server.client
    versions, bodies = [], []
    for number in range(2):
        versions.append(changed(tiny_server, number))
        bodies.append(client.get("/dumps/communique.nq").content)
        # What deltas are made of comes last.
        assert client.get("/dumps/communique.nq.zst").status_code == 200
    for version, body in zip(versions, bodies, strict=True):
        assert client.get(f"/dumps/{version}/communique.nq").content == body
        assert client.get(f"/dumps/{version}/communique.nq.sha256").status_code == 200
    found = client.get("/dumps/").json()
    assert [edition["version"] for edition in found["kept"]] == versions[::-1]
    (pair,) = found["deltas"]
    added, removed = (plain(".zst", client.get(pair[word]).content).splitlines() for word in ("added", "removed"))
    old, new = (set(body.splitlines()) for body in bodies)
    assert (set(added), set(removed)) == (new - old, old - new)
    assert len(added) == 1
    sums = client.get(f"{pair['added']}.sha256").text
    assert sums.split()[0] == hashlib.sha256(client.get(pair["added"]).content).hexdigest()
    # The version before is told in the manifest.
    told = client.get(f"/dumps/{versions[1]}/manifest.ttl").text
    assert f"dcat:previousVersion <../{versions[0]}/manifest.ttl#data>" in told
    folder = tmp_path / "store" / "dumps"
    told_by_verb = communique("dump", "--store", str(tmp_path / "store"), "--since", versions[0], str(tmp_path / "d"))
    assert told_by_verb.returncode == 0, told_by_verb.stderr
    assert (tmp_path / "d.added.nq").read_bytes().splitlines() == added
    with client.stream("GET", f"/dumps/{versions[0]}/communique.nq") as under_way:
        pieces = under_way.iter_raw(1000)
        begun = next(pieces)
        third = changed(tiny_server, 2)
        assert client.get(TTL).headers["communique-version"] == third
        until = time.monotonic() + 20
        while (folder / versions[0]).exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        assert begun + b"".join(pieces) == bodies[0]
    gone = client.get(f"/dumps/{versions[0]}/communique.nq")
    assert gone.status_code == 404
    assert versions[1] in gone.json()["detail"]
    assert client.get(pair["added"]).status_code == 404
    assert not list((folder / "delta").glob("*"))
    refused = communique("dump", "--store", str(tmp_path / "store"), "--since", versions[0], str(tmp_path / "e"))
    assert refused.returncode == 1
    assert f"kept are {versions[1]}, {third}" in refused.stderr


# -- the making


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose dump takes seconds."""
    return made(tmp_path_factory.mktemp("large") / "store", 120_000)


@pytest.fixture
def busy(large: Path) -> Iterator[Server]:
    running = Server(
        "--store", str(large), "--content", str(TINY), COMMUNIQUE_QUERY_SECONDS="0.3", COMMUNIQUE_TOKEN=TOKEN
    )
    yield running
    assert running.stop() == 0


@pytest.mark.later
def test_many_wait_for_one_making(busy: Server, large: Path) -> None:
    """What is not there in time is 503 with Retry-After; who comes back has it, the same for all; others are not kept waiting."""
    name, slowest = "communique.rdf.zst", 0.0
    base = busy.client.base_url
    stop = threading.Event()

    def ask_others() -> None:
        nonlocal slowest
        while not stop.is_set():
            began = time.monotonic()
            assert httpx.get(base.join("/healthz")).status_code == 200
            slowest = max(slowest, time.monotonic() - began)

    with ThreadPoolExecutor(10) as pool:
        other = pool.submit(ask_others)
        etags: set[str] = set()
        statuses: set[int] = set()
        until = time.monotonic() + 120
        while len(etags) == 0:
            assert time.monotonic() < until
            for answer in pool.map(lambda n: httpx.get(base.join(f"/dumps/{name}"), timeout=30), range(8)):
                statuses.add(answer.status_code)
                if answer.status_code == 503:
                    assert int(answer.headers["retry-after"]) >= 1
                    assert "is being made" in answer.json()["detail"]
                else:
                    etags.add(answer.headers["etag"])
        stop.set()
        other.result()
    assert statuses == {200, 503}
    assert len(etags) == 1
    assert slowest < 5, slowest
    assert [p.name for p in (large / "dumps").glob("*/communique.rdf.zst")] == [name]
    assert not list((large / "dumps").glob("*/.*rdf*"))


@pytest.mark.later
def test_a_maker_that_is_killed_leaves_nothing_that_is_served(busy: Server, large: Path) -> None:
    name = "communique.jsonld"
    asked = threading.Thread(target=lambda: busy.client.get(f"/dumps/{name}"))
    asked.start()
    until = time.monotonic() + 60
    while not (found := list((large / "dumps").glob(f"*/.{name}.*"))):
        assert time.monotonic() < until
        time.sleep(0.005)
    os.kill(_writer_of(found[0]), signal.SIGKILL)
    asked.join()
    assert not list((large / "dumps").glob(f"*/{name}"))
    while (answer := busy.client.get(f"/dumps/{name}")).status_code != 200:
        assert answer.status_code in (503, 507)
        assert time.monotonic() < until + 60
        time.sleep(0.2)
    json.loads(answer.content)
    # Sweeping comes after the last file of the making.
    while list((large / "dumps").glob(f"*/.{name}.*")):
        assert time.monotonic() < until + 60
        time.sleep(0.2)


def _writer_of(file: Path) -> int:
    """The process that has a file open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if link.readlink() == file:
                return int(link.parts[2])
        except OSError:
            continue
    raise AssertionError(file)


@pytest.mark.later
def test_a_full_disk_is_507(tmp_path: Path) -> None:
    """A limit on the size of files stands for it; nothing half written stays, and smaller dumps are made all the same."""
    store = made(tmp_path / "store", 20_000)
    running = Server("--store", str(store), "--content", str(TINY), prefix=["prlimit", "--fsize=1500000"])
    try:
        answer = running.client.get("/dumps/communique.nq")
        assert answer.status_code == 507, answer.text
        assert "no space" in answer.json()["detail"]
        assert running.client.get("/dumps/communique.ttl.zst").status_code == 200
        until = time.monotonic() + 20
        while left := list((store / "dumps").glob("*/.*")):
            assert time.monotonic() < until, left
            time.sleep(0.1)
        assert not list((store / "dumps").glob("*/communique.nq"))
    finally:
        running.stop()
