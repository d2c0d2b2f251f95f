"""JSON as bytes: compact, UTF-8, every integer with all its digits (RFC 8259)."""

from __future__ import annotations

from typing import Any

import orjson


def written(document: Any) -> bytes:
    """A document of dicts with text keys, lists, text, numbers, booleans and None."""
    try:
        return orjson.dumps(document)
    except TypeError:
        # It takes no integer of more than 64 bits, which our data may have.
        return orjson.dumps(_spelled(document))


def read(data: bytes) -> Any:
    """A document that this program wrote. Beyond 64 bits an integer loses digits."""
    return orjson.loads(data)


def _spelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spelled(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(held) for held in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return orjson.Fragment(str(value))
    return value
