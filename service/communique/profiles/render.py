"""A profile of all data, or of one attack, written in one of its formats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pyoxigraph import NamedNode

from communique import media, profiles
from communique.content import Content, open_content
from communique.media import Media
from communique.profiles import FORMS, STIX, Profile, graph, nanopub, stix, table, walk
from communique.store import Store

Writer = Callable[[Profile, Iterable[list[Any]], Media, IO[bytes]], None]

WRITERS: dict[Media, Writer] = {
    **dict.fromkeys(media.GRAPHS, graph.write),
    media.JSONLD: graph.write_jsonld,
    media.TRIG: nanopub.write, media.NQUADS: nanopub.write,
    media.CSV: table.write,
    STIX: stix.write, media.JSON: stix.write,
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A profile in one of its formats, of one attack if given."""

    profile: Profile
    form: Media
    attack: NamedNode | None = None

    def told(self, content: Content) -> dict[str, Any]:
        """The same as data, for another process."""
        attack = self.attack.value if self.attack else None
        return {"content": str(content.root), "profile": self.profile.name, "form": self.form.name, "attack": attack}


def write(store: Store, content: Content, asked: Asked, out: IO[bytes]) -> None:
    """Write what was asked, batch by batch. Raises NotFound, before the first byte, for an attack that nobody knows."""
    nodes = walk.scope(store, content, asked.profile, asked.attack)
    WRITERS[asked.form](asked.profile, walk.told(store, asked.profile, nodes), asked.form, out)


def carry_out(store: Store, told: Mapping[str, Any], out: IO[bytes]) -> None:
    """Write what `Asked.told` told."""
    content = open_content(Path(told["content"]))
    profile = profiles.find(profiles.load(content), told["profile"])
    attack = NamedNode(told["attack"]) if told["attack"] else None
    write(store, content, Asked(profile, FORMS[told["form"]], attack), out)
