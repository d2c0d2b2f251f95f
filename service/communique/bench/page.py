"""The text of a made report as it is written: each quote knows where it stands."""

from __future__ import annotations

import hashlib
import re

from communique.bench.dice import Dice
from communique.bench.phrases import FILLERS, SENTENCES
from communique.rules import MAX_QUOTE_WORDS

QUOTED = re.compile(r"(.*)\[(.*)\](.*)", re.DOTALL)
Words = dict[str, dict[str, str]]


class Page:
    """A text that grows by sentences. Words are given by placeholder and language: {"site": {"en": …, "es": …}}."""

    def __init__(self, language: str, title: str) -> None:
        self.language = language
        self.text = f"{title}\n\n"
        self.quoted = 0

    def say(self, sentence: str, words: Words) -> dict[str, object]:
        """Write a sentence; the fields `quote`, `start`, `end` and `translation` of what it says."""
        before, quote, after = self._parts(sentence, words, self.language)
        start = len(self.text) + len(before)
        self.text += f"{before}{quote}{after}\n"
        self.quoted += len(quote.split())
        found: dict[str, object] = {"quote": quote, "start": start, "end": start + len(quote)}
        if self.language != "en":
            found["translation"] = self._parts(sentence, words, "en")[1]
        return found

    def fill(self, dice: Dice) -> None:
        """Add sentences that say nothing until the quotes are at most half of the words."""
        words = len(self.text.split())
        while words < 2 * self.quoted + 12:
            sentence = dice.pick(FILLERS[self.language])
            words += len(sentence.split())
            self.text += f"{sentence}\n"

    def measures(self) -> dict[str, object]:
        """The report's fields that its text gives."""
        return {
            "text_sha256": hashlib.sha256(self.text.encode()).hexdigest(),
            "word_count": len(self.text.split()),
        }

    def _parts(self, sentence: str, words: Words, language: str) -> tuple[str, str, str]:
        found = QUOTED.fullmatch(SENTENCES[sentence][language])
        if found is None:
            raise ValueError(f"the sentence {sentence!r} quotes nothing")
        given = {name: texts.get(language) or texts["en"] for name, texts in words.items()}
        before, quote, after = (part.format(**given) for part in found.groups())
        if len(quote.split()) > MAX_QUOTE_WORDS:
            raise ValueError(f"the sentence {sentence!r} quotes more than {MAX_QUOTE_WORDS} words")
        return before, quote, after
