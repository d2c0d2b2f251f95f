"""Attacks as GeoJSON (RFC 7946): a feature each, with a point only where a source gives the coordinates of its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from communique.jsontext import written
from communique.media import Media
from communique.pages.attacks import Spot
from communique.pages.entries import Entry, Told
from communique.pages.text import label, name

MEDIA = Media("geojson", "application/geo+json")


def collection(entries: Iterable[Entry], spots: Iterable[Spot], next_page: str | None) -> bytes:
    """A FeatureCollection of attacks; `spots` are their places, `next_page` the address where the list goes on."""
    places = {spot.place["id"]: spot for spot in spots}
    document: dict[str, Any] = {"type": "FeatureCollection", "features": [_feature(e, places) for e in entries]}
    return written({**document, "next": next_page} if next_page else document)


def _feature(entry: Entry, places: Mapping[str, Spot]) -> dict[str, Any]:
    spot = places.get(entry.at["id"]) if entry.at else None
    drawn = spot is not None and spot.drawn
    return {
        "type": "Feature", "id": entry.node["id"],
        "geometry": {"type": "Point", "coordinates": [spot.long, spot.lat]} if spot and drawn else None,
        "properties": {
            "label": label(entry.node), "eventType": _name(entry.kind), "place": entry.at,
            "precision": _name(spot.precision) if spot else None, "earliest": entry.earliest, "latest": entry.latest,
            "undated": entry.undated, "inferred": entry.inferred,
            "dates": [_told(told) for told in entry.when], "places": [_told(told) for told in entry.where],
            "said": [_told(told) for told in entry.who],
        },
    }  # fmt: skip


def _told(told: Told) -> dict[str, Any]:
    """A thing that is said, with who says it; nothing here is the service's own."""
    by = [{"asserter": by.speaker, "statement": by.statement, "hedged": by.hedged} for by in told.by]
    what = {"about": told.node} if told.node else {"text": told.words}
    return {"kind": told.kind, **what, "denied": told.denied, "inferred": told.inferred, "by": by}


def _name(node: Mapping[str, Any] | None) -> str | None:
    return name(node["id"]) if node else None
