"""The browser is real, and sees what pages do wrong."""

from __future__ import annotations

import pytest

from browser.chromium import Visitor, barriers, overflow


def test_the_first_page_loads(visit: Visitor) -> None:
    page = visit("/")
    assert "Communiqué" in page.title()
    assert page.evaluate("document.fonts.ready.then(() => [...document.fonts].some(f => f.status == 'loaded'))")
    assert barriers(page) == []
    assert overflow(page) == 0


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('broken')", "broken"),
        ("document.body.setAttribute('onclick', 'x()'); document.body.insertAdjacentHTML('beforeend', '<b style=\"color:red\">')", "Content Security Policy"),
        ("fetch('http://127.0.0.1:1/').catch(() => {})", "http://127.0.0.1:1/"),
        ("setTimeout(() => { throw new Error('thrown') })", "thrown"),
    ],
)  # fmt: skip
def test_a_page_that_does_wrong_is_found_out(visit: Visitor, script: str, complaint: str) -> None:
    page = visit("/")
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_timeout(200)
    visit.forgive(complaint)
    visit.complaints.clear()


def test_a_barrier_is_found(visit: Visitor) -> None:
    page = visit("/")
    page.evaluate("document.body.append(document.createElement('button'))")
    assert any(found.startswith("button-name: ") for found in barriers(page))
    assert [found for found in barriers(page, without=("body > button",)) if found.startswith("button-name")] == []


def test_what_is_too_wide_is_found(visit: Visitor) -> None:
    page = visit("/", width=360)
    page.evaluate("document.body.append(Object.assign(document.createElement('pre'), {textContent: 'x'.repeat(300)}))")
    page.evaluate("document.body.lastChild.style.overflow = 'visible'")
    assert overflow(page) > 0
