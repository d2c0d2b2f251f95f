"""A ledger in two shares, asked beside each other, and put together to the same bytes that one job would have written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from communique import jsontext
from communique.binding import Query

HEAD = "attack"
SHARES = 2


def parted(parts: Mapping[str, Query]) -> list[list[str]]:
    """The parts of a ledger in shares, each of which takes about as long."""
    found: list[dict[str, int]] = [{} for _ in range(SHARES)]
    for weight, part in sorted(((_weight(query), part) for part, query in parts.items()), reverse=True):
        min(found, key=lambda share: sum(share.values()))[part] = weight
    return [list(share) for share in found]


def written(document: Mapping[str, Any]) -> bytes:
    """The parts of a share: name and note, a tab, and the whole, which has no tab and no end of a line in JSON."""
    return b"\n".join(
        jsontext.written([part, part != HEAD and held["note"]]) + b"\t" + jsontext.written(held)
        for part, held in document.items()
    )


def joined(shares: Sequence[bytes], version: str) -> tuple[bytes, str, str | None]:
    """The ledger that they are of, all of this version, and its note."""
    parts = {name: (note, held) for share in shares for name, note, held in _read(share)}
    order = [HEAD, *sorted(parts.keys() - {HEAD})]
    members = [jsontext.written(name) + b":" + parts[name][1] for name in order]
    notes = [f"{name}: {note}" for name in order if (note := parts[name][0])]
    return b'{%s,"version":%s}' % (b",".join(members), jsontext.written(version)), version, "; ".join(notes) or None


def _read(share: bytes) -> Iterator[tuple[str, str | None, bytes]]:
    for line in share.split(b"\n"):
        head, _, held = line.partition(b"\t")
        name, note = jsontext.read(head)
        yield name, note, held


def _weight(query: Query) -> int:
    """About how long a query takes: the engine plans in more than linear time what may be there or not."""
    return (1 + query.text.count("OPTIONAL")) ** 2
