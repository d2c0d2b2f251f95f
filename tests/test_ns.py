"""The published ontology: its files in every form, its versions for ever, and a page of reference whose examples run."""

from __future__ import annotations

import json
import re
import socket
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import httpx
import pyoxigraph as ox
import pytest
from pyoxigraph import NamedNode

from communique import media
from communique.content import Content
from communique.vocab import CMQ, OWL, RDF, SKOS, prefixes
from conftest import ROOT, TINY, Server
from test_http import problem

SAFE = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
VOID = {"meta", "link", "br", "img", "input", "hr", "wbr"}


def canonical(data: bytes, form: media.Rdf) -> ox.Dataset:
    """Triples whose blank nodes bear names that depend on the triples alone."""
    found = ox.Dataset(ox.parse(data, format=form.engine))
    found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return found


def files(content: Content) -> dict[str, bytes]:
    """Address -> the bytes of the file that is published there."""
    found = {"/ns": content.core, "/ns/shapes": content.shapes, "/ns/alignments": content.alignments}
    found |= {"/ns/schemes": content.schemes, "/code/": content.schemes}
    found |= {f"/ns/{path.stem}": path for path in content.versions()}
    for path in (ROOT / "ontology" / "versions").glob("*/*.ttl"):
        found[f"/ns/{path.parent.name}/{path.stem}"] = path
    return {address: path.read_bytes() for address, path in found.items()}


@pytest.mark.parametrize("form", media.GRAPHS, ids=lambda form: form.name)
def test_every_form_is_exactly_the_file(form: media.Rdf, client: httpx.Client, content: Content) -> None:
    for address, source in files(content).items():
        by_header = client.get(address, headers={"accept": form.type})
        by_name = client.get(address, params={"format": form.name})
        assert by_header.headers["content-type"].startswith(form.type), address
        assert by_header.headers["content-location"] == f"{address}?format={form.name}"
        assert canonical(by_header.content, form) == canonical(source, media.TURTLE), address
        assert by_name.content == by_header.content
    assert client.get("/ns", params={"format": "ttl"}).content == content.core.read_bytes()


def test_versions_never_change_and_may_be_kept(client: httpx.Client, content: Content) -> None:
    assert content.versions()
    for path in content.versions():
        answer = client.get(f"/ns/{path.stem}", headers={"accept": "text/turtle"})
        assert answer.content == path.read_bytes()
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert '</ns>; rel="latest-version"' in answer.headers["link"]
        again = client.get(
            f"/ns/{path.stem}", headers={"accept": "text/turtle", "if-none-match": answer.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
    newest = client.get("/ns", headers={"accept": "text/turtle"})
    assert newest.headers["cache-control"] == "no-cache"


def test_the_present_version_has_an_address(client: httpx.Client, content: Content) -> None:
    triples = list(ox.parse(content.core.read_bytes(), format=ox.RdfFormat.TURTLE))
    (version,) = (
        q.object.value for q in triples if q.predicate == OWL.versionInfo and isinstance(q.object, ox.Literal)
    )
    answer = client.get(f"/ns/{version}", headers={"accept": "text/turtle"})
    assert answer.content == content.core.read_bytes()
    assert '</ns/0.1.0>; rel="predecessor-version"' in answer.headers["link"]
    problem(client.get("/ns/9.9.9"), 404)
    problem(client.get("/ns/..%2Fcore"), 404)
    problem(client.get("/ns/9.9.9/shapes"), 404)


def test_validators_differ_by_form(client: httpx.Client) -> None:
    tags = {
        form: client.get("/ns", params={"format": form}).headers["etag"]
        for form in ("html", "ttl", "nt", "jsonld", "rdf")
    }
    assert len(set(tags.values())) == 5


@pytest.mark.parametrize(
    ("address", "kind"),
    [("/ns/context.jsonld", "application/ld+json"), ("/ns/report.schema.json", "application/schema+json")],
)
def test_context_and_schema_are_published(address: str, kind: str, client: httpx.Client) -> None:
    answer = client.get(address)
    assert answer.headers["content-type"].startswith(kind)
    assert answer.content == (ROOT / "ontology" / address.rpartition("/")[2]).read_bytes()
    assert answer.headers["access-control-allow-origin"] == "*"
    assert client.get(address, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    problem(client.get(address, headers={"accept": "image/png"}), 406)


def test_schema_names_its_own_address(client: httpx.Client) -> None:
    assert client.get("/ns/report.schema.json").json()["$id"] == "https://w3id.org/communique/ns/report.schema.json"


def test_code_lists_for_people_are_on_the_page(client: httpx.Client) -> None:
    answer = client.get("/code/", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/ns#code-lists")


class Page(HTMLParser):
    """What a reader meets: ids, links, words by language; and whether every element is closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words: dict[str, str] = {}
        self.rtl: set[str] = set()
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(given)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if "href" in given else []
        if tag not in VOID:
            self.open.append((tag, given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, given in self.open:
            if identifier := given.get("id"):
                self.words[identifier] = self.words.get(identifier, "") + data
        language = next((given["lang"] for _, given in reversed(self.open) if "lang" in given), None)
        if language == "ar" and data.strip():
            self.rtl.add(str(next((given.get("dir") for _, given in reversed(self.open) if "lang" in given), None)))


@pytest.fixture(scope="module")
def page(server: Server) -> Page:
    answer = server.client.get("/ns", headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    assert SAFE in answer.headers["content-security-policy"]
    return Page(answer.text)


def declared(content: Content) -> list[str]:
    quads = ox.parse(content.core.read_bytes(), format=ox.RdfFormat.TURTLE)
    kinds = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
    found = {q.subject.value for q in quads if q.object in kinds and isinstance(q.subject, NamedNode)}
    return sorted(iri.removeprefix(CMQ.base) for iri in found if iri.startswith(CMQ.base))


def test_every_term_has_its_anchor_and_its_words(page: Page, content: Content) -> None:
    assert len(declared(content)) > 100
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    quads = list(ox.parse(content.core.read_bytes(), format=ox.RdfFormat.TURTLE))
    words = {label, SKOS.definition, SKOS.example}
    for name in declared(content):
        assert page.ids.count(name) == 1, name
        assert f"#{name}" in page.links
        texts = [
            q.object.value
            for q in quads
            if q.subject == CMQ[name] and q.predicate in words and isinstance(q.object, ox.Literal)
        ]
        assert len(texts) >= 3
        for text in texts:
            assert text in page.words[name], (name, text)


def test_no_anchor_is_missing_or_twice(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    anchors = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert anchors <= set(page.ids), anchors - set(page.ids)


def test_links_of_the_page_lead_somewhere(page: Page, client: httpx.Client) -> None:
    local = {link.partition("#")[0] for link in page.links if link.startswith(("/", "?")) and "/sparql" not in link}
    assert len(local) > 150
    for link in sorted(local):
        assert client.get(link if link.startswith("/") else f"/ns{link}").status_code == 200, link


def test_the_page_needs_no_script_and_no_style_of_its_own(page: Page) -> None:
    # A script only adds to what is there, and is a file of ours.
    assert not page.tags & {"style", "iframe", "img"}
    assert not [name for name in page.attributes if name == "style" or name.startswith("on")]
    assert page.rtl == {"rtl"}


def test_diagram_of_the_layers_can_be_heard(page: Page) -> None:
    assert {"svg", "title", "desc"} <= page.tags
    for identifier in ("layers-title", "layers-text"):
        assert page.words[identifier].strip()
    for name in (
        "Event",
        "Proposition",
        "Statement",
        "Passage",
        "Report",
        "aboutEvent",
        "expresses",
        "hasPassage",
        "inReport",
    ):
        assert page.links.count(f"#{name}") >= 3, name


def examples(text: str) -> dict[str, tuple[str, str]]:
    """Term -> the address that its example runs at, and the Turtle that is shown; empty where there is none."""
    found = {}
    for block in re.split(r'<section class="term" id="', text)[1:]:
        name = block.partition('"')[0]
        link = re.search(r'href="(/sparql\?query=[^"]+)"', block)
        assert link, name
        shown = re.search(r'in Turtle"><code>(.*?)</code>', block, re.DOTALL)
        found[name] = (link[1].replace("&amp;", "&"), unescape(shown[1]) if shown else "")
    return found


def test_examples_run_and_answer_what_is_shown(client: httpx.Client, content: Content) -> None:
    """Each is the answer of the running store to the query beside it; few terms have none in the curated graph."""
    found = examples(client.get("/ns", headers={"accept": "text/html"}).text)
    assert set(found) == set(declared(content))
    head = "".join(f"@prefix {name}: <{base}> .\n" for name, base in prefixes().items())
    for name, (address, turtle) in found.items():
        assert f"cmq:{name}" in unquote(address)
        answer = client.get(address, headers={"accept": "application/n-triples"})
        shown = {q.triple for q in ox.parse(head + turtle, format=ox.RdfFormat.TURTLE)}
        assert shown == {q.triple for q in ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)}, name
        predicate_or_class = {t.predicate for t in shown} | {t.object for t in shown if t.predicate == RDF.type}
        assert not shown or CMQ[name] in predicate_or_class, name
    assert len([name for name, (_, turtle) in found.items() if turtle]) > len(found) * 0.8


def test_what_leads_to_a_term_and_from_it(page: Page) -> None:
    assert "subclass of" in page.words["ResponsibilityDenial"]
    assert (
        "(cmq:stance value stance:denies and cmq:expresses some cmq:ResponsibilityProposition)"
        in page.words["ResponsibilityDenial"]
    )
    assert "sem:Event" in page.words["Event"]
    assert "disjoint with" in page.words["Event"]
    assert "EventIri" in page.words["Event"]
    assert "has-claimant" in page.words["hasClaimant"]
    assert "symmetric" in page.words["contradicts"]
    assert "attack-claims" in page.words["stance"]


def test_page_of_an_old_version_says_so(client: httpx.Client) -> None:
    text = client.get("/ns/0.1.0", headers={"accept": "text/html"}).text
    Page(text)
    assert "earlier version" in text
    assert "/sparql?query=" not in text


def test_page_is_made_once_for_each_version_of_the_data(client: httpx.Client) -> None:
    first = client.get("/ns", headers={"accept": "text/html"})
    again = client.get("/ns", headers={"accept": "text/html", "if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/ns", params={"format": "html"}).content == first.content


@pytest.mark.later
def test_page_tells_a_write(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("written")
    server = Server("--store", str(folder / "store"), "--content", str(TINY), COMMUNIQUE_TOKEN="secret")
    try:
        before = {form: server.client.get("/ns", params={"format": form}) for form in ("html", "ttl")}
        assert "urn:x-assessed" not in before["html"].text
        done = server.client.post(
            "/update", headers={"authorization": "Bearer secret"},
            data={"update": f"INSERT DATA {{ <urn:x-assessed> a {CMQ.Assessment} ; {CMQ.grade} <urn:x-grade> }}"},
        )  # fmt: skip
        assert done.is_success, done.text
        after = {form: server.client.get("/ns", params={"format": form}) for form in ("html", "ttl")}
        assert "urn:x-assessed" in after["html"].text
        assert before["html"].headers["etag"] != after["html"].headers["etag"]
        assert before["ttl"].headers["etag"] == after["ttl"].headers["etag"]
    finally:
        server.stop()


def test_context_can_be_fetched_by_its_address(client: httpx.Client) -> None:
    assert json.loads(client.get("/ns/context.jsonld").text)["@context"]["@version"] == 1.1


def test_a_deprecated_code_is_still_described(client: httpx.Client, content: Content) -> None:
    replaced = NamedNode("http://purl.org/dc/terms/isReplacedBy")
    quads = list(ox.parse(content.schemes.read_bytes(), format=ox.RdfFormat.TURTLE))
    old = [q.subject.value for q in quads if q.predicate == replaced and isinstance(q.subject, NamedNode)]
    assert old
    for iri in old:
        answer = client.get(
            iri.removeprefix("https://w3id.org/communique"), headers={"accept": "application/n-triples"}
        )
        assert answer.status_code == 200
        assert f"<{iri}> <{replaced.value}>" in answer.text


def test_competency_questions_are_on_the_page(page: Page) -> None:
    text = (ROOT / "ontology" / "competency.md").read_text("utf-8")
    asked = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert len(asked) > 10
    for question in asked:
        assert (
            question
            in page.words[
                "hasClaimant"
                if "claimed an attack, in what role" in question
                else "question-" + "-".join(re.findall(r"[a-z]+", question.lower())[:8])
            ]
        )
    assert "Who claimed an attack" in page.words["ClaimOfResponsibility"]


@pytest.mark.later
def test_words_are_told_while_the_store_is_away() -> None:
    """Of a store on another server that is down; once it answers, the examples come back."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        server = Server("--store", address)
        try:
            answer = server.client.get("/ns", headers={"accept": "text/html"})
            assert answer.status_code == 200, answer.text
            Page(answer.text)
            assert "does not answer now" in answer.text
            assert "/sparql?query=" not in answer.text
            assert server.client.get("/ns", headers={"accept": "text/turtle"}).status_code == 200
        finally:
            server.stop()
