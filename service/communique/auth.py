"""Who may write: bearer tokens (RFC 6750), of which only hashes are kept.

A token is 256 random bits (`secrets.token_urlsafe`), not a password: no dictionary holds it and no guessing finds it,
so one SHA-256 is as safe at rest as a slow hash, and costs a request microseconds where scrypt would let anyone
spend the server's time by sending wrong tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request

from communique.errors import Forbidden, Unauthorized, Usage
from communique.settings import Settings

SCOPES = ("read", "write")
READ_ONLY = "this service is read-only: no token is configured"
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}", re.ASCII)
HASH = re.compile(r"[0-9a-f]{64}")
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Token:
    """A token as it is kept: the name for the audit line, what it may do, its hash, the day it was made."""

    name: str
    scopes: frozenset[str]
    hash: str
    created: str

    def line(self) -> str:
        return f"{self.name} {','.join(sorted(self.scopes))} {self.hash} {self.created}\n"


@dataclass
class Authority:
    """The tokens of a service: one from its settings, the others from a file that is read again when it changes."""

    fixed: tuple[Token, ...] = ()
    file: Path | None = None
    seen: tuple[int, int, int] | None = None
    held: tuple[Token, ...] = field(default=())

    @classmethod
    def of(cls, settings: Settings) -> Authority:
        """The authority that the settings name. Usage for a token file that is missing or has a bad line."""
        fixed = () if not settings.token else (Token("setting", frozenset(SCOPES), digest(settings.token), ""),)
        if not settings.token_file:
            return cls(fixed)
        file = Path(settings.token_file)
        try:
            held, bad = _read(file)
        except OSError as error:
            raise Usage(f"the token file {file}: {error.strerror or error}") from error
        if bad:
            raise Usage(f"the token file {file}, line {bad[0]}: not NAME SCOPES HASH CREATED")
        return cls(fixed, file, _state(file), held)

    def opens(self) -> bool:
        """Whether anybody may write."""
        return any("write" in token.scopes for token in (*self.fixed, *self._current()))

    def require(self, authorization: str | None, scope: str) -> str:
        """The name of the token in an Authorization header that has this scope ("read" or "write").

        Unauthorized without a token or with an unknown one; Forbidden when it lacks the scope, or when there is no
        token at all.
        """
        known = (*self.fixed, *self._current())
        if not known:
            raise Forbidden(READ_ONLY)
        kind, _, given = (authorization or "").strip().partition(" ")
        if kind.lower() != "bearer" or not given.strip():
            raise Unauthorized("a token is needed: Authorization: Bearer TOKEN")
        hashed = digest(given.strip())
        # Every hash is compared, each in constant time, so that nothing tells which one was near.
        found = [token for token in known if hmac.compare_digest(token.hash, hashed)]
        if not found:
            raise Unauthorized("the token is not known here")
        for token in found:
            if scope in token.scopes:
                return token.name
        raise Forbidden(f"the token {found[0].name!r} has no {scope!r} scope")

    def admit(self, request: Request, scope: str) -> None:
        """Require the scope of a request, and leave the token's name for the audit line."""
        request.state.token = self.require(request.headers.get("authorization"), scope)

    def _current(self) -> tuple[Token, ...]:
        """The file's tokens now. One that cannot be read any more grants nothing; nor does a bad line."""
        if self.file is None:
            return ()
        state = _state(self.file)
        if state != self.seen:
            try:
                self.held, bad = _read(self.file) if state else ((), [])
            except OSError:
                self.held, bad = (), []
            self.seen = state
            for number in bad:
                LOG.warning("%s, line %d: not NAME SCOPES HASH CREATED; it grants nothing", self.file, number)
            if not state:
                LOG.warning("%s cannot be read; its tokens grant nothing", self.file)
        return self.held


def digest(token: str) -> str:
    """The SHA-256 of a token, in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def issue(file: Path, name: str, scopes: frozenset[str]) -> str:
    """A new random token, whose hash is added to the file; the only time that it is seen. Usage for a bad name."""
    if not NAME.fullmatch(name):
        raise Usage(f"{name!r} is no name for a token: use letters, digits, dots and hyphens")
    if not scopes or not scopes <= set(SCOPES):
        raise Usage(f"the scopes of a token are {' and '.join(SCOPES)}")
    if file.exists() and any(token.name == name for token in _read(file)[0]):
        raise Usage(f"{file} has a token {name!r} already; give the new one a name of its own, then remove the old")
    token = secrets.token_urlsafe(32)
    made = Token(name, scopes, digest(token), datetime.now(UTC).date().isoformat())
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a+", encoding="utf-8") as out:
        out.seek(0)
        out.write(made.line() if out.read()[-1:] in ("", "\n") else "\n" + made.line())
    return token


def _read(file: Path) -> tuple[tuple[Token, ...], list[int]]:
    """The tokens of a file, and the numbers of the lines that are none; empty lines and # are passed over."""
    held, bad = [], []
    for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = line.split()
        scopes = frozenset(parts[1].split(",")) if len(parts) == 4 else frozenset()
        if scopes and scopes <= set(SCOPES) and NAME.fullmatch(parts[0]) and HASH.fullmatch(parts[2]):
            held.append(Token(parts[0], scopes, parts[2], parts[3]))
        else:
            bad.append(number)
    return tuple(held), bad


def _state(file: Path) -> tuple[int, int, int] | None:
    """What changes when the file does: written in place or put in its place."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
