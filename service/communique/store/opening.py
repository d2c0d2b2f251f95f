"""Which store the settings name: one in a folder, or another server."""

from __future__ import annotations

from pathlib import Path

from communique.errors import NotFound
from communique.settings import Settings
from communique.store import EMPTY, Store
from communique.store.embedded import Embedded


def reading(settings: Settings) -> Store:
    """The store to be read: a folder's newest snapshot, or the other server. NotFound when it holds nothing of ours."""
    if not settings.remote:
        return Embedded.snapshot(Path(settings.store))
    return writing(settings)


def writing(settings: Settings, *, create: bool = False) -> Store:
    """The store to be written, what was cut short finished. `create` makes a folder that does not exist yet; another
    server's data begins with its first commit.
    """
    if not settings.remote:
        return Embedded.open(Path(settings.store), create=create)
    # HTTP is of no use to a store in a folder, and takes a while to import.
    from communique.store.remote import Remote
    from communique.store.wire import Wire

    store = Remote(Wire(settings))
    store.recover()
    if store.version == EMPTY and not create:
        raise NotFound(f"there is no data of this service in the store at {settings.store}")
    return store


def publish(store: Store) -> None:
    """Let reading verbs see what was written; another server's readers do already."""
    if isinstance(store, Embedded):
        store.publish()
