"""Screenshots of pages, in both schemes, wide and narrow: `make screenshots`, or `python -m browser.shots FOLDER [PATH ...]`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from browser import chromium
from browser.chromium import SCHEMES, Visitor
from browser.pages import pages
from conftest import Server

WIDTHS = (1280, 360)
# Of pages that go on and on, the beginning.
TALLEST = 6000


def shoot(visitor: Visitor, folder: Path, path: str) -> None:
    """PNGs of a page, whole, each named for what it shows."""
    name = re.sub(r"\W+", "-", path).strip("-") or "home"
    for scheme in SCHEMES:
        for width in WIDTHS:
            page = visitor(path, scheme=scheme, width=width)
            page.wait_for_load_state("networkidle")
            # Maps draw when they come into sight.
            for drawing in page.locator("cq-map").all():
                drawing.scroll_into_view_if_needed()
            page.wait_for_timeout(300)
            page.evaluate("scrollTo(0, 0)")
            height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", timeout=90_000)
            page.context.close()
    visitor.contexts.clear()


def main(folder: Path, paths: list[str]) -> int:
    if why := chromium.lacking():
        print(why, file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as store, chromium.started() as browser:
        server = Server("--store", f"{store}/store")
        try:
            visitor = Visitor(browser, str(server.client.base_url).rstrip("/"))
            for path in paths or pages(server.client).values():
                shoot(visitor, folder, path)
        finally:
            server.stop()
    print(*visitor.complaints, sep="\n", end="\n" * bool(visitor.complaints))
    return int(bool(visitor.complaints))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
