"""Settings: read once from the environment and the command line; each has a default that works and a line of help."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from communique.errors import Usage

PREFIX = "COMMUNIQUE_"


def _data_home() -> str:
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return str(Path(home) / "communique" / "store")


def _setting(default: Any, text: str) -> Any:
    kind = {"default_factory": default} if callable(default) else {"default": default}
    return field(metadata={"help": text}, **kind)


@dataclass(frozen=True)
class Settings:
    """Every setting; `COMMUNIQUE_NAME` in the environment, `--name` on the command line where a verb takes it."""

    store: str = _setting(_data_home, "the store's folder")
    content: str = _setting("", "a folder with ontology/, graph/ and queries/; empty: the bundled one")
    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(8000, "port to listen on; 0 takes a free one")
    default_graph: str = _setting(
        "union", "what a query without a dataset sees: `union` of all graphs, or the store's `unnamed` graph"
    )

    def __post_init__(self) -> None:
        if self.default_graph not in ("union", "unnamed"):
            raise Usage(f"{PREFIX}DEFAULT_GRAPH is {self.default_graph!r}; it may be union or unnamed")
        if not 0 <= self.port <= 65535:
            raise Usage(f"{PREFIX}PORT is {self.port}; it may be 0 to 65535")


def read(environ: Mapping[str, str], **given: object) -> Settings:
    """The settings: defaults, then the environment, then what was `given` and is not None. Raises Usage."""
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        text = environ.get(PREFIX + setting.name.upper())
        value = given.get(setting.name)
        if value is None and text is not None:
            value = _typed(setting.name, text, setting.type)
        if value is not None:
            values[setting.name] = value
    return Settings(**values)


def _typed(name: str, text: str, kind: object) -> object:
    if kind != "int":
        return text
    try:
        return int(text)
    except ValueError:
        raise Usage(f"{PREFIX}{name.upper()} is {text!r}; it must be a whole number") from None
