"""/store: the SPARQL 1.1 Graph Store HTTP Protocol, in what the W3C's suite leaves out."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pyoxigraph as ox
import pytest

from communique.store import META
from conftest import TINY, Server
from test_http import problem

SECRET = "for-tests-only"
TURTLE = {"content-type": "text/turtle"}
NQUADS = {"content-type": "application/n-quads"}
G = "urn:graph"
ONE = "<urn:a> <urn:p> <urn:b> ."
DATASET = "<urn:a> <urn:p> <urn:b> .\n<urn:a> <urn:p> 'c' <urn:g> .\n"


@pytest.fixture(scope="module")
def server_of_graphs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    running = Server(
        "--store", str(tmp_path_factory.mktemp("graphs") / "store"), "--content", str(TINY),
        COMMUNIQUE_TOKEN=SECRET, COMMUNIQUE_RATE_LIMIT="0",
    )  # fmt: skip
    running.client.headers["authorization"] = f"Bearer {SECRET}"
    yield running.client
    assert running.stop() == 0


@pytest.fixture
def writer(server_of_graphs: httpx.Client) -> httpx.Client:
    """A client with a write token, of an empty store."""
    answer = server_of_graphs.put("/store", content="", headers=NQUADS)
    assert answer.status_code == 204, answer.text
    return server_of_graphs


def quads(client: httpx.Client) -> set[str]:
    answer = client.get("/store")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/n-quads"
    return {str(quad) for quad in ox.parse(answer.content, format=ox.RdfFormat.N_QUADS)}


def triples(client: httpx.Client, graph: str = G) -> set[str]:
    answer = client.get("/store", params={"graph": graph}, headers={"accept": "application/n-triples"})
    assert answer.status_code == 200, answer.text
    return {str(quad.triple) for quad in ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)}


# -- who may


def test_reading_is_free_and_writing_is_not(writer: httpx.Client) -> None:
    with httpx.Client(base_url=writer.base_url) as stranger:
        assert stranger.get("/store").status_code == 200
        for method in ("PUT", "POST", "DELETE"):
            problem(stranger.request(method, "/store", params={"graph": G}, content=ONE, headers=TURTLE), 401)
    assert not quads(writer)


def test_read_only_without_a_token_configured(client: httpx.Client) -> None:
    problem(client.put("/store", params={"graph": G}, content=ONE, headers=TURTLE), 403)


# -- reading


@pytest.mark.parametrize("form", ["turtle", "n-triples", "ld+json", "rdf+xml", "trig", "n-quads"])
def test_every_format_in_and_out(form: str, writer: httpx.Client) -> None:
    kind = f"text/{form}" if form == "turtle" else f"application/{form}"
    triple = ox.Triple(ox.NamedNode("urn:a"), ox.NamedNode("urn:ns#p"), ox.Literal("é\n", language="fr"))
    engine = ox.RdfFormat.from_media_type(kind)
    assert engine
    body = ox.serialize([triple], format=engine)
    assert writer.put("/store", params={"graph": G}, content=body, headers={"content-type": kind}).status_code == 201
    answer = writer.get("/store", params={"graph": G}, headers={"accept": kind})
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert [quad.triple for quad in ox.parse(answer.content, format=engine)] == [triple]


def test_head_has_the_headers_and_no_body(writer: httpx.Client) -> None:
    writer.put("/store", params={"graph": G}, content=ONE, headers=TURTLE)
    plain = {"accept-encoding": "identity"}
    got = writer.get("/store", params={"graph": G}, headers=plain)
    head = writer.head("/store", params={"graph": G}, headers=plain)
    assert head.content == b""
    for name in ("content-length", "content-type", "etag"):
        assert head.headers[name] == got.headers[name]
    missing = writer.head("/store", params={"graph": "urn:none"})
    assert (missing.status_code, missing.content) == (404, b"")


def test_not_modified(writer: httpx.Client) -> None:
    tag = writer.get("/store").headers["etag"]
    assert writer.get("/store", headers={"if-none-match": tag}).status_code == 304
    writer.put("/store", params={"graph": G}, content=ONE, headers=TURTLE)
    assert writer.get("/store", headers={"if-none-match": tag}).status_code == 200


def test_not_acceptable(writer: httpx.Client) -> None:
    problem(writer.get("/store", params={"default": ""}, headers={"accept": "image/png"}), 406)
    problem(writer.get("/store", headers={"accept": "text/turtle"}), 406)


# -- writing


def test_put_replaces_and_post_adds(writer: httpx.Client) -> None:
    put = writer.put("/store", params={"graph": G}, content=ONE, headers=TURTLE)
    assert put.status_code == 201
    post = writer.post("/store", params={"graph": G}, content="<urn:c> <urn:p> 1 .", headers=TURTLE)
    assert (post.status_code, len(triples(writer))) == (204, 2)
    assert post.headers["communique-version"] != put.headers["communique-version"]
    put = writer.put("/store", params={"graph": G}, content="<urn:d> <urn:p> 1 .", headers=TURTLE)
    assert put.status_code == 204
    assert triples(writer) == {'<urn:d> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer>'}
    assert writer.delete("/store", params={"graph": G}).status_code == 204
    problem(writer.get("/store", params={"graph": G}), 404)
    problem(writer.delete("/store", params={"graph": G}), 404)


def test_an_empty_graph_is_a_graph(writer: httpx.Client) -> None:
    assert writer.put("/store", params={"graph": G}, content="", headers=TURTLE).status_code == 201
    assert triples(writer) == set()
    assert writer.put("/store", params={"graph": G}, content="", headers=TURTLE).status_code == 204


def test_default_graph_is_always_there(writer: httpx.Client) -> None:
    assert writer.get("/store?default").status_code == 200
    assert writer.post("/store?default", content=ONE, headers=TURTLE).status_code == 204
    assert quads(writer) == {"<urn:a> <urn:p> <urn:b>"}
    assert writer.delete("/store?default").status_code == 204
    assert writer.get("/store?default").status_code == 200
    assert not quads(writer)


def test_a_graph_posted_to_the_store_gets_an_address(writer: httpx.Client) -> None:
    made = writer.post("/store", content="<> <urn:p> <#here> .", headers=TURTLE)
    assert made.status_code == 201
    location = made.headers["location"]
    assert location.startswith(f"{writer.base_url}store/")
    assert writer.get(location).status_code == 200
    assert triples(writer, location) == {f"<{location}> <urn:p> <{location}#here>"}
    assert writer.post("/store", content=ONE, headers=TURTLE).headers["location"] != location


def test_relative_iris_are_relative_to_the_graph(writer: httpx.Client) -> None:
    graph = "http://example.org/graphs/one"
    writer.put("/store", params={"graph": graph}, content="<> <p> <../two> .", headers=TURTLE)
    assert triples(writer, graph) == {f"<{graph}> <http://example.org/graphs/p> <http://example.org/two>"}


def test_direct_is_decoded_never(writer: httpx.Client) -> None:
    assert writer.put("/store/%C3%A9/a%20b", content=ONE, headers=TURTLE).status_code == 201
    assert triples(writer, f"{writer.base_url}store/%C3%A9/a%20b")


def test_blank_nodes_of_two_documents_stay_two(writer: httpx.Client) -> None:
    for _ in range(2):
        writer.post("/store", params={"graph": G}, content="_:x <urn:p> _:y . _:y <urn:p> _:x .", headers=TURTLE)
    assert len(triples(writer)) == 4


def multipart(*parts: tuple[str, str | None, str]) -> tuple[bytes, dict[str, str]]:
    files = [("part", (name, text, *((kind,) if kind else ()))) for name, kind, text in parts]
    request = httpx.Request("POST", "http://localhost/", files=files)
    return request.read(), {"content-type": request.headers["content-type"]}


def test_multipart(writer: httpx.Client) -> None:
    body, headers = multipart(
        ("a.ttl", "text/turtle; charset=utf-8", "_:x <urn:p> 1 ."), ("b.nt", "application/n-triples", "_:x <urn:q> _:x ."),
        ("c.rdf", "application/rdf+xml", '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'),
    )  # fmt: skip
    assert writer.post("/store", params={"graph": G}, content=body, headers=headers).status_code == 201
    assert len(triples(writer)) == 2
    assert len({triple.partition(" ")[0] for triple in triples(writer)}) == 2


def test_multipart_is_whole_or_nothing(writer: httpx.Client) -> None:
    body, headers = multipart(("a.ttl", "text/turtle", ONE), ("b.ttl", "text/turtle", "<urn:a>\n<urn:b> ."))
    assert problem(writer.post("/store", params={"graph": G}, content=body, headers=headers), 400)["line"] == 2
    assert not quads(writer)
    problem(writer.post("/store", params={"graph": G}, content=body[:-20], headers=headers), 400)
    problem(writer.post("/store", params={"graph": G}, content=b"", headers=headers), 400)
    problem(writer.post("/store", content=b"", headers={"content-type": "multipart/form-data"}), 400)
    problem(writer.put("/store", params={"graph": G}, content=body, headers=headers), 415)
    body, headers = multipart(("a.txt", "text/plain", ONE))
    problem(writer.post("/store", params={"graph": G}, content=body, headers=headers), 415)


# -- the whole dataset


@pytest.mark.parametrize("kind", ["application/n-quads", "application/trig"])
def test_whole_dataset(kind: str, writer: httpx.Client) -> None:
    writer.put("/store", params={"graph": "urn:old"}, content=ONE, headers=TURTLE)
    engine = ox.RdfFormat.from_media_type(kind)
    assert engine
    body = ox.serialize(ox.parse(DATASET.replace("'", '"'), format=ox.RdfFormat.N_QUADS), format=engine)
    assert writer.put("/store", content=body, headers={"content-type": kind}).status_code == 204
    assert quads(writer) == {"<urn:a> <urn:p> <urn:b>", '<urn:a> <urn:p> "c" <urn:g>'}
    answer = writer.get("/store", headers={"accept": kind})
    assert answer.headers["content-type"] == kind
    assert len(list(ox.parse(answer.content, format=engine))) == 2
    more = writer.post("/store", content="<urn:a> <urn:p> <urn:z> <urn:g> .", headers=NQUADS)
    assert (more.status_code, len(quads(writer))) == (204, 3)


def test_a_bad_last_line_leaves_all_as_it_was(writer: httpx.Client) -> None:
    writer.put("/store", params={"graph": G}, content=ONE, headers=TURTLE)
    before = writer.get("/store")
    many = "".join(f"<urn:{n}> <urn:p> <urn:b> .\n" for n in range(1000))
    told = problem(writer.put("/store", params={"graph": G}, content=many + "<urn:a> <urn:p>", headers=TURTLE), 400)
    assert told["line"] == 1001
    told = problem(writer.put("/store", content=many + "<urn:a> 1 2 .", headers=NQUADS), 400)
    assert told["line"] == 1001
    after = writer.get("/store")
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


def test_version_is_not_data(writer: httpx.Client) -> None:
    assert META.value not in writer.get("/store").text
    problem(writer.get("/store", params={"graph": META.value}), 404)
    for method in ("PUT", "POST", "DELETE"):
        problem(writer.request(method, "/store", params={"graph": META.value}, content=ONE, headers=TURTLE), 403)
    writer.post("/store", content=f"<urn:a> <urn:p> <urn:b> {META} .", headers=NQUADS)
    assert not quads(writer)


# -- what is refused


def test_bad_requests(writer: httpx.Client) -> None:
    for query in ("default&graph=urn:g", "graph=urn:a&graph=urn:b", "graph=relative", "graph=%FF", "who=urn:g"):
        problem(writer.get(f"/store?{query}"), 400)
        problem(writer.put(f"/store?{query}", content=ONE, headers=TURTLE), 400)
    problem(writer.get("/store/person?graph=urn:g"), 400)
    problem(writer.put("/store?default", content=ONE, headers={"content-type": "text/plain"}), 415)
    problem(writer.put("/store?default", content=ONE), 415)
    problem(writer.put("/store?default", content=ONE, headers={"content-type": "text/turtle; charset=latin-1"}), 400)
    problem(writer.put("/store?default", content=b"<urn:a> <urn:p> '\xff' .", headers=TURTLE), 400)
    problem(writer.put("/store?default", content=DATASET.replace("'", '"'), headers=NQUADS), 400)
    problem(
        writer.post("/store", content="_:g { <urn:a> <urn:p> 1 }", headers={"content-type": "application/trig"}), 400
    )
    problem(writer.put("/store", content=ONE, headers=TURTLE), 400)
    problem(writer.put("/store?default", content="[" * 1000, headers=TURTLE), 400)
    problem(writer.delete("/store"), 400)
    assert not quads(writer)


def test_methods(writer: httpx.Client) -> None:
    for path in ("/store", "/store/person/1.ttl"):
        answer = writer.patch(path, content="CLEAR ALL", headers={"content-type": "application/sparql-update"})
        problem(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD, PUT, POST, DELETE, OPTIONS"
        assert writer.options(path).headers["allow"] == answer.headers["allow"]
