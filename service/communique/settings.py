"""Settings: read once from the environment and the command line; each has a default that works and a line of help."""

from __future__ import annotations

import argparse
import math
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


def _setting(default: Any, text: str, *, secret: bool = False) -> Any:
    kind = {"default_factory": default} if callable(default) else {"default": default}
    return field(metadata={"help": text}, repr=not secret, **kind)


@dataclass(frozen=True)
class Settings:
    """Every setting; `COMMUNIQUE_NAME` in the environment, `--name` on the command line where a verb takes it."""

    store: str = _setting(_data_home, "the store's folder, or the address of a SPARQL 1.1 store's query endpoint")
    store_update: str = _setting(
        "", "address of that store's update endpoint; empty: the query endpoint's, `/update` in place of `/query`"
    )
    store_graphs: str = _setting(
        "", "address of that store's Graph Store Protocol; empty: its unnamed graph is read by a query"
    )
    store_user: str = _setting("", "user name for that store (Basic or Digest, as it asks)")
    store_password: str = _setting("", "password for that store", secret=True)
    store_token: str = _setting("", "bearer token for that store, in place of a user and password", secret=True)
    store_seconds: float = _setting(5.0, "longest time that reaching that store may take, or hearing that it lives")
    store_tries: int = _setting(4, "how often that store is asked before it counts as away")
    store_rules: str = _setting(
        "there",
        "where rules run: `there`, in that store, or `here`, over a copy, where its property paths go wrong (Virtuoso 7)",
    )
    store_connections: int = _setting(32, "most connections to that store")
    content: str = _setting("", "a folder with ontology/, graph/ and queries/; empty: the bundled one")
    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(8000, "port to listen on; 0 takes a free one")
    default_graph: str = _setting(
        "union", "what a query without a dataset sees: `union` of all graphs, or the store's `unnamed` graph"
    )
    token: str = _setting("", "one token that may read and write, for development and tests", secret=True)
    token_file: str = _setting(
        "", "a file of token hashes, written by `communique token` and read again when it changes"
    )
    service_allow: str = _setting("", "addresses that SERVICE may name, separated by commas; empty: SERVICE is off")
    query_bytes: int = _setting(65536, "longest query, in bytes of UTF-8")
    update_bytes: int = _setting(1048576, "longest update, in bytes of UTF-8")
    query_nesting: int = _setting(64, "deepest nesting of brackets in a query or an update")
    query_patterns: int = _setting(200, "most triple patterns in a query or an update")
    query_paths: int = _setting(200, "most property path operators in a query or an update")
    query_operators: int = _setting(1000, "most operators, filters and joined groups in a query or an update")
    rdf_nesting: int = _setting(64, "deepest nesting of RDF that is sent here")
    rate_limit: int = _setting(
        100, "requests a second for each client, in bursts of ten times as many; 0 turns the limit off"
    )
    client_requests: int = _setting(32, "requests of one client at one time; 0 turns the limit off")
    trusted_proxies: str = _setting(
        "", "addresses or networks of proxies whose X-Forwarded-For is believed, separated by commas"
    )
    body_bytes: int = _setting(67108864, "largest request body as sent, in bytes")
    inflated_bytes: int = _setting(268435456, "largest request body when inflated, in bytes")
    body_seconds: float = _setting(
        30.0, "longest time that a request's body may take to arrive, or an answer to be taken"
    )
    header_seconds: float = _setting(10.0, "longest time that a request's headers may take to arrive")
    connections: int = _setting(
        4096, "most open connections; over that, those waiting longest for a request are closed"
    )
    audit_log: str = _setting("", "the file for a JSON line of each write and each refusal; empty: standard error")
    access_log: str = _setting("", "the file for a JSON line of each request, `-` for standard error; empty: none")
    query_seconds: float = _setting(10.0, "longest time that a query may take")
    query_memory: int = _setting(1024, "memory that one query may take, in megabytes")
    query_workers: int = _setting(2, "queries from outside that are worked on at one time")
    named_workers: int = _setting(2, "named queries that are worked on at one time")
    export_seconds: float = _setting(600.0, "longest time that making a profile of all data may take")
    queue_seconds: float = _setting(5.0, "longest time that a query waits for a worker")
    cache_bytes: int = _setting(67108864, "memory for answers that are kept until the data changes, in bytes; 0: none")
    result_bytes: int = _setting(268435456, "largest answer to a query, in bytes")
    write_seconds: float = _setting(60.0, "longest time that a write may take")
    write_memory: int = _setting(4096, "memory that the writer may take, in megabytes")
    dump_seconds: float = _setting(3600.0, "longest time that making a dump may take")
    dumps_kept: int = _setting(3, "versions whose dumps are kept, in the store's folder `dumps`")
    durability: str = _setting(
        "power-cut",
        "what an acknowledged write survives: `power-cut` (synced to disk), or only a `crash` of the service",
    )

    def __post_init__(self) -> None:
        if self.default_graph not in ("union", "unnamed"):
            raise Usage(f"{PREFIX}DEFAULT_GRAPH is {self.default_graph!r}; it may be union or unnamed")
        if self.durability not in ("power-cut", "crash"):
            raise Usage(f"{PREFIX}DURABILITY is {self.durability!r}; it may be power-cut or crash")
        if self.store_rules not in ("there", "here"):
            raise Usage(f"{PREFIX}STORE_RULES is {self.store_rules!r}; it may be there or here")
        if not 0 <= self.port <= 65535:
            raise Usage(f"{PREFIX}PORT is {self.port}; it may be 0 to 65535")
        for name in ("store", "store_update", "store_graphs"):
            # Whatever names an address is printed and logged.
            if is_address(address := getattr(self, name)) and "@" in address.split("/", 3)[2]:
                raise Usage(
                    f"{PREFIX}{name.upper()} has a user in it; give {PREFIX}STORE_USER and {PREFIX}STORE_PASSWORD"
                )
        if self.store_tries < 1 or self.store_connections < 1:
            raise Usage(f"{PREFIX}STORE_TRIES and {PREFIX}STORE_CONNECTIONS must be 1 or more")

    @property
    def remote(self) -> bool:
        """Whether the store is another server."""
        return is_address(self.store)


def is_address(store: str) -> bool:
    """Whether this is the address of a store, and not a folder."""
    return store.startswith(("http://", "https://"))


def folder_of(settings: Settings) -> Path:
    """The store's folder. Raises Usage when the store is another server."""
    if settings.remote:
        raise Usage(f"this is for a store in a folder; {settings.store} is kept by its own server and its own tools")
    return Path(settings.store)


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
    """A setting's value. A number is finite and not negative, so that no limit is off by accident."""
    if kind not in ("int", "float"):
        return text
    try:
        number = int(text) if kind == "int" else float(text)
    except ValueError:
        number = -1
    if not 0 <= number < math.inf:
        raise Usage(f"{PREFIX}{name.upper()} is {text!r}; it must be a {'whole ' if kind == 'int' else ''}number")
    return number


def program() -> str:
    """The version of the program that is installed; "0" when it runs from a folder that was never installed."""
    # It reads mail headers, for which it imports much that few verbs need.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("communique")
    except PackageNotFoundError:
        return "0"


def settings_of(given: argparse.Namespace) -> Settings:
    """The settings of a command line: what it gives, else the environment, else the defaults. Raises Usage."""
    return read(os.environ, **{setting.name: getattr(given, setting.name, None) for setting in fields(Settings)})
