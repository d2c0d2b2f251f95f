"""One family of errors, each with the HTTP status it answers with, and the faults found in content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast


class CommuniqueError(Exception):
    """An error that is told to the caller; `status` is its HTTP status (RFC 9110 section 15)."""

    status = 500
    title = "Internal error"
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class BadRequest(CommuniqueError):
    status = 400
    title = "Bad request"


class Unauthorized(CommuniqueError):
    status = 401
    title = "Unauthorized"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="communique"'}


class Forbidden(CommuniqueError):
    status = 403
    title = "Forbidden"


class NotFound(CommuniqueError):
    status = 404
    title = "Not found"


class NotAcceptable(CommuniqueError):
    status = 406
    title = "Not acceptable"
    headers: ClassVar[dict[str, str]] = {"Vary": "Accept"}


class RequestTimeout(CommuniqueError):
    """What the client owes did not come in time; the rest of it is not waited for."""

    status = 408
    title = "Request timeout"
    headers: ClassVar[dict[str, str]] = {"Connection": "close"}


class Gone(CommuniqueError):
    status = 410
    title = "Gone"


class Superseded(Gone):
    """A snapshot was taken away before it was opened; there is a newer one."""


class TooLarge(CommuniqueError):
    status = 413
    title = "Content too large"
    headers: ClassVar[dict[str, str]] = {"Connection": "close"}


class TooManyRequests(CommuniqueError):
    status = 429
    title = "Too many requests"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class Unavailable(CommuniqueError):
    """The service cannot answer now: over a deadline, too busy, or its store is away."""

    status = 503
    title = "Service unavailable"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class Conflict(Unavailable):
    """Somebody else has written to the store meanwhile; what was to be written must be looked at anew."""


class BadGateway(CommuniqueError):
    """The store that this service stands before answers what cannot be used."""

    status = 502
    title = "Bad gateway"


class GatewayTimeout(CommuniqueError):
    """The store that this service stands before does not answer in time."""

    status = 504
    title = "Gateway timeout"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class OverCap(CommuniqueError):
    """An answer or a write would be larger than this service allows, or there is no space left."""

    status = 507
    title = "Insufficient storage"


class TooLong(OverCap):
    """An answer has more bytes than it may have."""


class UnsupportedMediaType(CommuniqueError):
    status = 415
    title = "Unsupported media type"


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with some content: where it is, the rule it breaks and what to do."""

    file: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.message}"


class Faulty(CommuniqueError):
    """Content was refused; nothing of it was loaded. `faults` says why (RFC 9110 section 15.5.21)."""

    status = 422
    title = "Faults in the content"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} fault(s); nothing was loaded", faults=[str(f) for f in faults])
        self.faults = faults

    @property
    def lines(self) -> list[str]:
        """Each fault as a line."""
        return [str(line) for line in cast("list[object]", self.extra["faults"])]

    @classmethod
    def told(cls, lines: list[str]) -> Faulty:
        """Faults that are already worded, of content that is no file."""
        error = cls([])
        CommuniqueError.__init__(error, f"{len(lines)} fault(s); nothing was loaded", faults=lines)
        return error


class Usage(CommuniqueError):
    """A command line that cannot be carried out; exit code 2."""

    status = 400
    title = "Wrong usage"
