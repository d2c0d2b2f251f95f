"""A real Chromium, which tells of everything that a page does wrong, and axe, which tells of what keeps people out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PROGRAM = Path(os.environ.get("COMMUNIQUE_CHROMIUM") or "/usr/bin/chromium")
# WCAG 2.2, levels A and AA, and what axe calls best practice.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def lacking() -> str:
    """What keeps a browser from being started, if anything does."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "the package playwright is not installed: make install"
    return "" if PROGRAM.exists() else f"{PROGRAM} is not here: apt-get install chromium, or set COMMUNIQUE_CHROMIUM"


@contextmanager
def started() -> Iterator[Browser]:
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@dataclass
class Visitor:
    """Opens pages of a server, each in a context of its own, and keeps what they complain of.

    A complaint is an error in the console (a breach of the security policy is one), an error that no script caught, and
    a request that leaves the server.
    """

    browser: Browser
    root: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(
        self, path: str, *, scheme: Scheme = "light", width: int = 1280, height: int = 900, **options: Any
    ) -> Page:
        """A page, loaded; `options` are those of a browser context, such as java_script_enabled."""
        context = self.browser.new_context(
            base_url=self.root, color_scheme=scheme, viewport={"width": width, "height": height}, **options
        )
        context.set_default_timeout(20_000)
        self.watch(context)
        self.contexts.append(context)
        page = context.new_page()
        page.goto(path, wait_until="load")
        return page

    def each(self, paths: Iterable[str], **options: Any) -> Iterator[tuple[str, Page]]:
        """Each of these pages in one window after another, so that what they share is loaded once."""
        first, *others = paths
        page = self(first, **options)
        yield first, page
        for path in others:
            page.goto(path, wait_until="load")
            yield path, page

    def watch(self, context: BrowserContext) -> None:
        def heard(message: Any) -> None:
            if message.type in ("error", "warning"):
                self.complaints.append(f"{message.page.url if message.page else ''}: {message.text}")

        def asked(request: Any) -> None:
            if not request.url.startswith((self.root, "data:", "blob:")):
                self.complaints.append(f"a request to {request.url}")

        context.on("console", heard)
        context.on("request", asked)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))

    def forgive(self, words: str) -> None:
        """What a test brings about on purpose: at least one complaint has these words, and those are let go."""
        kept = [complaint for complaint in self.complaints if words not in complaint]
        assert len(kept) < len(self.complaints), (words, self.complaints)
        self.complaints[:] = kept

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def barriers(page: Page, *, without: tuple[str, ...] = ()) -> list[str]:
    """What axe finds in a page as it stands, but in the elements `without`: each rule with the elements that break it."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"], "runOnly": list(RULES)}
    context: Any = {"exclude": [[selector] for selector in without]} if without else None
    found = Axe().run(page, context=context, options=options).response["violations"]
    return [
        f"{broken['id']}: {node['html'][:300]} ({node['failureSummary']})"
        for broken in found
        for node in broken["nodes"]
    ]


def overflow(page: Page) -> int:
    """How many pixels a page can be scrolled sideways."""
    return int(page.evaluate("scrollTo(9999, scrollY), scrollX"))
