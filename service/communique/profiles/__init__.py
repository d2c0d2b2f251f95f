"""Interchange profiles: each a query file that tells our data in the terms of another standard, one way, with losses it states."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from communique import media
from communique.answer import CLASSES
from communique.binding import Query
from communique.catalog import HEADER
from communique.content import Content
from communique.errors import Fault, Faulty, NotFound
from communique.jsonld import Context
from communique.media import Media

PREFIX = re.compile(r"^PREFIX (\w*): <([^>]*)>", re.MULTILINE)
REQUIRED = ("title", "standard", "formats", "nodes", "map", "lost")


@dataclass(frozen=True)
class Versioned(Media):
    """A media type that is told with its version."""

    version: str

    @property
    def content_type(self) -> str:
        return f"{self.type};version={self.version}"


STIX = Versioned("stix", "application/stix+json", "2.1")  # STIX 2.1 section 11, TAXII 2.1 section 1.6.8
FORMS: dict[str, Media] = {
    form.name: form for form in (*media.GRAPHS, media.TRIG, media.NQUADS, media.CSV, STIX, media.JSON)
}


@dataclass(frozen=True)
class Profile:
    """A profile; its query asks of `?node`, of the kinds in `nodes`, and what it says of one node no other node changes."""

    query: Query
    standard: str
    formats: tuple[Media, ...]
    nodes: tuple[str, ...]
    maps: tuple[str, ...]
    lost: tuple[str, ...]
    prefixes: dict[str, str]
    context: Context | None = None
    address: str | None = None  # of the context, where its readers want that instead of the context itself
    date: str | None = None

    @property
    def name(self) -> str:
        return self.query.name

    def form(self, accept: str | None, wanted: str | None) -> Media:
        """The format that is asked for, by name or by an Accept header. Raises BadRequest, NotAcceptable."""
        return media.choose(accept, self.formats, wanted)


def load(content: Content) -> dict[str, Profile]:
    """The profiles of a content folder, by name; Faulty when a file is not well formed."""
    return {path.stem: read(path) for path in content.profiles()}


def find(profiles: dict[str, Profile], name: str) -> Profile:
    """The profile of that name. Raises NotFound, telling which there are."""
    if name not in profiles:
        raise NotFound(f"there is no profile {name!r}; there are {', '.join(profiles)}")
    return profiles[name]


def read(path: Path) -> Profile:
    """One .rq file, and the JSON-LD context beside it. Raises Faulty when its header lacks or mistakes something."""
    text = path.read_text("utf-8")
    said: dict[str, list[str]] = {}
    for line in text.splitlines():
        if found := HEADER.match(line):
            said.setdefault(found["key"], []).append(found["value"])
    if faults := [Fault(str(path), 1, "profile", message) for message in _lacking(said)]:
        raise Faulty(faults)
    context = path.with_suffix(".jsonld")
    return Profile(
        query=Query(path.stem, said["title"][0], text),
        standard=said["standard"][0],
        formats=tuple(FORMS[name] for name in said["formats"][0].split()),
        nodes=tuple(said["nodes"][0].split()),
        maps=tuple(said["map"]),
        lost=tuple(said["lost"]),
        prefixes={name: iri for name, iri in PREFIX.findall(text) if f" {name}:" in _template(text)},
        context=Context.read(context.read_bytes()) if context.is_file() else None,
        address=said.get("context", [None])[0],
        date=said.get("date", [None])[0],
    )


def _template(text: str) -> str:
    """What a CONSTRUCT makes, whose prefixes its answers need."""
    return text.partition("CONSTRUCT")[2].partition("\n}")[0]


def _lacking(said: dict[str, list[str]]) -> list[str]:
    """What a header lacks, or says that is not known."""
    found = [f"the header does not say {key!r}" for key in REQUIRED if key not in said]
    for key, known in (("formats", FORMS), ("nodes", CLASSES)):
        told = " ".join(said.get(key, [])).split()
        found += [f"{name!r} in {key!r} is unknown" for name in told if name not in known]
    return found
