"""The verb `export`: the data in the terms of another standard, in a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import IO, cast

from pyoxigraph import NamedNode

from communique import profiles
from communique.compress import GZIP, PLAIN, packed
from communique.content import content_of
from communique.draft import drafted
from communique.keep import Add
from communique.param import ATTACK, typed
from communique.profiles import render
from communique.settings import settings_of
from communique.store import opening


def register(add: Add) -> None:
    """Add the verb to the command line."""
    made = add("export", _export, "write the data in the terms of another standard", ("store", "content"))
    made.add_argument("profile", help="schema, sem, prov, oa, nanopub, stix or flat")
    made.add_argument("file")
    made.add_argument("--attack", metavar="NAME", help="one attack and what is said about it; else everything")
    made.add_argument("--format", help="one of the profile's formats; else its first")
    made.add_argument("--gzip", action="store_true")


def _export(given: argparse.Namespace) -> int:
    settings = settings_of(given)
    content = content_of(settings)
    profile = profiles.find(profiles.load(content), given.profile)
    attack = cast("NamedNode", typed(ATTACK, given.attack)) if given.attack is not None else None
    asked = render.Asked(profile, profile.form(None, given.format), attack)
    store = opening.reading(settings).pinned()
    with drafted(Path(given.file)) as (draft,), packed(cast("IO[bytes]", draft), GZIP if given.gzip else PLAIN) as out:
        render.write(store, content, asked, out)
    print(f"{given.file}: {profile.query.title}, version {store.version}")
    return 0
