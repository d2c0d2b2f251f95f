"""What no query may do, told before it runs."""

from __future__ import annotations

from communique.errors import Forbidden
from communique.tokens import has_word


def refuse_federation(text: str) -> None:
    """Raise Forbidden for a query with SERVICE: this service fetches nothing for anybody."""
    if has_word(text, "SERVICE"):
        raise Forbidden("SERVICE is off: this service sends no requests to other servers")
