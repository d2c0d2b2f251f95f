"""Who a client is, behind which proxies, and how much of the service it has taken."""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

from communique.errors import TooManyRequests, Usage

Network = IPv4Network | IPv6Network
BURST = 10
REMEMBERED = 10_000  # clients; the one longest away is forgotten, which gives it a full bucket


def networks(text: str) -> tuple[Network, ...]:
    """The networks of a list with commas; Usage for what is none."""
    try:
        return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise Usage(f"COMMUNIQUE_TRUSTED_PROXIES: {error}") from error


@dataclass(frozen=True)
class Proxies:
    """The proxies whose word is taken for who the client is."""

    trusted: tuple[Network, ...]

    def place(self, scope: Scope) -> str:
        """The client's address, put into the scope with the scheme it used, when a trusted proxy tells them."""
        peer = scope["client"][0] if scope.get("client") else ""
        if not self.trusted or not self._trusts(peer):
            return str(peer)
        headers = Headers(scope=scope)
        said = [part.strip() for part in ",".join(headers.getlist("x-forwarded-for")).split(",") if part.strip()]
        # From the nearest outwards: the first that no trusted proxy vouches for is the client, whoever it says it is.
        address = next((part for part in reversed(said) if not self._trusts(part)), said[0] if said else peer)
        if _address(address) is None:
            address = peer
        scope["client"] = (address, 0)
        if headers.get("x-forwarded-proto") in ("http", "https"):
            scope["scheme"] = headers["x-forwarded-proto"]
        return str(address)

    def _trusts(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self.trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def key(address: str) -> str:
    """What is counted as one client: an IPv4 address, or the /64 that an IPv6 host may choose from."""
    if ":" not in address:
        return address
    found = _address(address)
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else address


@dataclass
class Rate:
    """A bucket of tokens for each client, `rate` new ones a second and at most ten times as many."""

    rate: int
    clock: Callable[[], float] = time.monotonic
    buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, client: str) -> None:
        """Take a token. TooManyRequests, with the seconds until there is one."""
        if not self.rate:
            return
        now, most = self.clock(), float(self.rate * BURST)
        left, last = self.buckets.pop(client, (most, now))
        left = min(most, left + (now - last) * self.rate)
        self.buckets[client] = (left - 1 if left >= 1 else left, now)
        if len(self.buckets) > REMEMBERED:
            self.buckets.popitem(last=False)
        if left < 1:
            error = TooManyRequests(f"more than {self.rate} requests a second", limit="rate")
            error.headers = {"Retry-After": str(max(1, math.ceil((1 - left) / self.rate)))}  # type: ignore[misc]
            raise error


@dataclass
class Concurrency:
    """How many requests of each client are running."""

    most: int
    running: Counter[str] = field(default_factory=Counter)

    def enter(self, client: str) -> None:
        """Count one more. TooManyRequests, which counts nothing."""
        if self.most and self.running[client] >= self.most:
            raise TooManyRequests(f"more than {self.most} requests at one time", limit="concurrency")
        self.running[client] += 1

    def leave(self, client: str) -> None:
        self.running[client] -= 1
        if self.running[client] <= 0:
            del self.running[client]
