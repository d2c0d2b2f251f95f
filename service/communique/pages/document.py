"""A report as a document: where words stand in a text that is not kept here, and how long that may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from communique.pages.card import Words
from communique.pages.sources import Source

# Letters to a word, its space among them: a text is not kept, but its words are counted.
LETTERS = 6.2


@dataclass(frozen=True)
class Stretch:
    """Where a passage stands, in thousandths of the text."""

    words: Words
    start: int
    width: int


@dataclass(frozen=True)
class Extent:
    """About how long a text is, in characters."""

    length: int

    def stretch(self, words: Words) -> Stretch:
        start = 1000 * words.start // self.length
        return Stretch(words, start, max(4, 1000 * words.end // self.length - start))


def extent(source: Source | None, passages: Iterable[Words]) -> Extent:
    """By the words of a text, and not shorter than what is quoted of it."""
    last = max((words.end for words in passages), default=1)
    return Extent(max(last, round((source.words or 0) * LETTERS) if source else 0, 1))
