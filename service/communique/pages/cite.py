"""How a page is cited: as text, BibTeX, RIS and CSL-JSON, with the version of the data and the permanent address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from communique.media import Media
from communique.pages.text import INVISIBLE, name

CONTAINER = "Communiqué"
YEAR = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?P<doubt>[?~%])?")
# What TeX reads as a command, and the command that writes it.
TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


@dataclass(frozen=True)
class Citation:
    """What is cited: an IRI of ours. `date` is EDTF, as precise as it is known; `told` says what it is the date of."""

    iri: str
    title: str
    version: str
    date: str | None = None
    told: str = ""

    @property
    def key(self) -> str:
        kind, found = self.iri.rsplit("/", 2)[1:]
        return f"communique-{kind}-{re.sub('[^A-Za-z0-9.-]', '-', found)[:60]}"

    @property
    def note(self) -> str:
        return f"dataset version {self.version}" + (f", {self.told} {self.date}" if self.date else "")


@dataclass(frozen=True)
class Form(Media):
    """A form that citations are written in."""

    write: Callable[[Citation], str]


def text(cited: Citation) -> str:
    """A reference in words."""
    return f"“{plain(cited.title)}”. {CONTAINER}, {cited.note}. {cited.iri}"


def bibtex(cited: Citation) -> str:
    """An entry for BibTeX and BibLaTeX; the latter reads EDTF."""
    fields = {
        "title": f"{{{_tex(cited.title)}}}", "howpublished": _tex(CONTAINER), "version": _tex(cited.version),
        "year": _parts(cited.date)[0] if _parts(cited.date) else None, "date": _tex(cited.date) if _parts(cited.date) else None,
        "note": _tex(cited.note), "url": _address(cited.iri),
    }  # fmt: skip
    lines = [f"  {key} = {{{value}}}" for key, value in fields.items() if value is not None]
    return f"@misc{{{cited.key},\n" + ",\n".join(lines) + "\n}\n"


def ris(cited: Citation) -> str:
    """A record of type DATA; no line of it can be forged, since none of its values has a line break."""
    parts = _parts(cited.date)
    fields = [
        ("TY", "DATA"), ("TI", cited.title), ("PB", CONTAINER), ("ET", cited.version), ("N1", cited.note), ("UR", cited.iri),
        ("ID", cited.key),
    ]  # fmt: skip
    if parts:
        day = "/".join((*(f"{n:0{2 if i else 4}}" for i, n in enumerate(parts)), "", "", "")[:3])
        fields[2:2] = [("PY", f"{parts[0]:04}"), ("DA", f"{day}/")]
    return "".join(f"{tag}  - {plain(value)}\r\n" for tag, value in (*fields, ("ER", "")))


def csl(cited: Citation) -> str:
    """CSL-JSON (schema 1.0): a list of one item."""
    item: dict[str, Any] = {
        "id": cited.key, "type": "dataset", "title": plain(cited.title), "container-title": CONTAINER, "publisher": CONTAINER,
        "version": cited.version, "note": plain(cited.note), "URL": cited.iri,
    }  # fmt: skip
    if parts := _parts(cited.date):
        item["issued"] = {"date-parts": [list(parts)], **({"circa": True} if _doubted(cited.date) else {})}
    return json.dumps([item], ensure_ascii=False, indent=1) + "\n"


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form("bib", "application/x-bibtex", bibtex),
        Form("ris", "application/x-research-info-systems", ris),
        Form("csl.json", "application/vnd.citationstyles.csl+json", csl),
    )
}


def plain(words: object) -> str:
    """Words on one line, without what cannot be seen."""
    return " ".join(INVISIBLE.sub("", str(words)).split())


def _tex(words: object) -> str:
    return "".join(TEX.get(letter, letter) for letter in plain(words))


def _address(iri: str) -> str:
    # An address is read letter by letter, but for what ends the field.
    return iri.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


def _parts(date: str | None) -> tuple[int, ...]:
    """Year, month and day, as many as an EDTF date tells at its beginning."""
    found = YEAR.match(date or "")
    return tuple(int(part) for part in found.groups()[:3] if part) if found else ()


def _doubted(date: str | None) -> bool:
    return bool(re.search("[?~%/X]", date or ""))


def cite(iri: str, title: str, version: str, *, date: str | None = None, told: str = "") -> Citation:
    """The citation of a node; its name where it has no title."""
    return Citation(iri, plain(title) or name(iri), version, date, told)
