"""Citations: each form escapes what it must, and a date is as precise as it is known."""

from __future__ import annotations

import json
import re

import pytest

from communique.pages import cite
from communique.vocab import ID

HOSTILE = 'He said "100 % of {A_B} & C#1\\D~E^F$"\r\nER  - \r\nTY  - BOOK\u202e'


def cited(title: str = "Title", date: str | None = "2021-03-15") -> cite.Citation:
    return cite.cite(f"{ID}statement/0a1b", title, "7-abc", date=date, told="issued")


def test_the_words_of_a_reference() -> None:
    assert cite.text(cited()) == (f"“Title”. Communiqué, dataset version 7-abc, issued 2021-03-15. {ID}statement/0a1b")


def test_what_has_no_title_is_cited_by_its_name() -> None:
    assert cite.cite(f"{ID}statement/0a1b", "", "1").title == "0a1b"


def test_bibtex_reads_no_command_in_a_title() -> None:
    found = cite.bibtex(cited(HOSTILE))
    title = next(line for line in found.splitlines() if line.startswith("  title"))
    inner = title.removeprefix("  title = {{").removesuffix("}},")
    for command in (r"\textbackslash{}", r"\{", r"\}", r"\$", r"\&", r"\#", r"\_", r"\%", r"\textasciitilde{}", r"\textasciicircum{}"):  # fmt: skip
        assert command in inner
        inner = inner.replace(command, "")
    assert not re.search(r"[\\{}$&#_%~^]", inner)
    assert found.count("\n@") == 0
    assert found.endswith("\n}\n")


def test_ris_lines_cannot_be_forged() -> None:
    found = cite.ris(cited(HOSTILE)).split("\r\n")
    assert [line[:2] for line in found if line] == ["TY", "TI", "PY", "DA", "PB", "ET", "N1", "UR", "ID", "ER"]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - [^\r\n\u202e]*", line) for line in found if line)


def test_csl_is_json_of_one_item() -> None:
    item = json.loads(cite.csl(cited(HOSTILE)))[0]
    assert item["type"] == "dataset"
    assert item["title"] == 'He said "100 % of {A_B} & C#1\\D~E^F$" ER - TY - BOOK'
    assert item["URL"] == f"{ID}statement/0a1b"


@pytest.mark.parametrize(
    ("date", "parts", "circa", "ris"),
    [
        ("2021-03-15", [2021, 3, 15], False, "2021/03/15/"),
        ("2021-03?", [2021, 3], True, "2021/03//"),
        ("2021", [2021], False, "2021///"),
        ("2021-03/2021-04", [2021, 3], True, "2021/03//"),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(date: str, parts: list[int], circa: bool, ris: str) -> None:
    issued = json.loads(cite.csl(cited(date=date)))[0]["issued"]
    assert issued == {"date-parts": [parts], **({"circa": True} if circa else {})}
    assert f"DA  - {ris}\r\n" in cite.ris(cited(date=date))
    assert f"  year = {{{parts[0]}}}," in cite.bibtex(cited(date=date))


@pytest.mark.parametrize("date", [None, "XXXX-02-20", ".."])
def test_a_date_without_a_year_dates_no_citation(date: str | None) -> None:
    assert "issued" not in json.loads(cite.csl(cited(date=date)))[0]
    assert "PY  -" not in cite.ris(cited(date=date))
    assert "year" not in cite.bibtex(cited(date=date))
