"""The pages on the service itself: its API as its OpenAPI document has it, and what it is about."""

from __future__ import annotations

import re

import httpx
import pytest

from communique.catalog import Catalog
from communique.pages import manual
from test_ns import Page


@pytest.fixture
def api(client: httpx.Client) -> str:
    return client.get("/api").text


def test_every_operation_is_described(client: httpx.Client, api: str) -> None:
    Page(api)
    document = client.get("/openapi.json").json()
    found = set(re.findall(r'<span class="method">(\w+)</span> <code>([^<]+)</code>', api))
    assert found == {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}


def test_every_anchor_is_there_once(api: str) -> None:
    page = Page(api)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_every_example_runs(client: httpx.Client, api: str) -> None:
    examples = [link.replace("&amp;", "&") for link in re.findall(r'Example: <a href="([^"]+)"', api)]
    assert len(examples) > 40
    for address in examples:
        assert client.get(address).status_code == 200, address


def test_a_question_has_its_parameters_and_columns(api: str) -> None:
    part = api[api.index('<div id="attack-claims">') :]
    part = part[: part.index("</details>")]
    assert "<code>as_of</code>" in part
    assert "Who claims it" in part
    assert 'href="/queries/attack-claims"' in part


def test_what_only_the_document_knows_is_shown() -> None:
    told = {
        "paths": {"/x/{y}": {"put": {"summary": "Put it", "responses": {}, "requestBody": {"content": {"a/b": {}}}}}}
    }
    (part,) = manual.parts(told, Catalog([]))
    assert (part.title, part.operations[0].anchor, part.operations[0].takes) == ("Operation", "put-x-y", ["a/b"])


def test_every_status_is_told(client: httpx.Client, api: str) -> None:
    document = client.get("/openapi.json").json()
    known = {
        status for methods in document["paths"].values() for told in methods.values() for status in told["responses"]
    }
    for status in known - {"200", "304", "422"}:
        assert f"<b>{status}</b>" in api, status


def test_what_it_is_about_is_told(client: httpx.Client) -> None:
    answer = client.get("/about")
    page = Page(answer.text)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    for words in (
        "An event asserts nothing",
        "Creative Commons Attribution 4.0",
        "Reporting an error",
        "no claim is recorded",
    ):
        assert words in answer.text
    assert client.get("/readyz").headers.get("communique-version", "") in answer.text


def test_every_page_leads_there(client: httpx.Client) -> None:
    for address in (
        "/",
        "/queries",
        "/workbench",
        "/api",
        "/about",
        "/ns",
        "/dumps/?format=html",
        "/id/actor/communique",
    ):
        assert 'href="/about"' in client.get(address).text, address


def test_no_page_of_ours_has_a_script_or_a_style_of_its_own(client: httpx.Client) -> None:
    for address in ("/queries", "/queries/attacks", "/workbench", "/api", "/about"):
        page = Page(client.get(address).text)
        assert not {name for name in page.attributes if name == "style" or name.startswith("on")}
        assert "style" not in page.tags
