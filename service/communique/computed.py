"""What rules make: the derived graph has nothing else, and none of it is ever loaded from outside."""

from __future__ import annotations

from pyoxigraph import Triple

from communique.vocab import CMQ, ID, RDF

COUNT = f"{ID}count/"
# Everything by rules; a dump that is loaded leaves these out and derives them again.
COMPUTED = frozenset({
    CMQ.hasClaimant, CMQ.hasAccused, CMQ.hasDenier, CMQ.respondsTo, CMQ.hasRespondent, CMQ.candidateSameAs,
    CMQ.indexedAt, CMQ.indexedEarliest, CMQ.indexedLatest, CMQ.contradicts, CMQ.differsFrom, CMQ.corroborates,
})  # fmt: skip


def is_computed(triple: Triple) -> bool:
    """Whether a rule makes it."""
    return (
        triple.predicate in COMPUTED
        or (triple.predicate == RDF.type and triple.object == CMQ.Response)
        or str(triple.subject).startswith(f"<{COUNT}")
    )
