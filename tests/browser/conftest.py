"""A real Chromium on a real server of the curated graph. Every test fails that makes a page complain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from browser import chromium
from browser.chromium import Visitor
from conftest import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser


# One for each file: what drives it holds an event loop, which tests of other files need to themselves.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if why := chromium.lacking():
        pytest.skip(why)
    with chromium.started() as started:
        yield started


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visitor]:
    """What opens pages, such as `visit("/attacks", scheme="dark", width=360)`."""
    visitor = Visitor(browser, str(server.client.base_url).rstrip("/"))
    yield visitor
    visitor.close()
    assert visitor.complaints == []
