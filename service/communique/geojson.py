"""Places as GeoJSON (RFC 7946): WGS 84, longitude first; a place without sourced coordinates has no geometry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from communique.answer import to_json
from communique.media import Media

MEDIA = Media("geojson", "application/geo+json")


def places(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A feature for each place at which attacks are said to have been (rows of `attacks-by-place`)."""
    return to_json({"type": "FeatureCollection", "features": [_feature(row) for row in rows if row["here"]]})


def _feature(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {"label": row["place"].get("label"), "precision": row["precision"], "attacks": row["here"]}
    return {"type": "Feature", "id": row["place"]["id"], "geometry": _geometry(row), "properties": told}


def _geometry(row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["lat"] is None or row["long"] is None:
        return None
    return {"type": "Point", "coordinates": [row["long"], row["lat"]]}
