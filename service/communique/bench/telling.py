"""A made report as it is told: what is said goes into the text, and becomes a statement that rests on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from communique.bench.attack import Attack
from communique.bench.cast import Cast
from communique.bench.dice import Dice
from communique.bench.page import Page
from communique.bench.phrases import SOURCES, UNSTATED, whole

Fields = dict[str, Any]
Texts = dict[str, str]
LANGUAGES = ("en", "es", "ar")
MEDIUM = {"statement": 5, "written-statement": 3, "tweet": 3, "briefing": 3, "press-conference": 2, "interview": 2,
          "social-media": 3, "video": 1}  # fmt: skip


@dataclass
class Telling:
    """One report in the making: its page, its statements, the unnamed actors that it words."""

    attack: Attack
    cast: Cast
    dice: Dice
    page: Page
    outlet: str
    issued: date
    statements: list[Fields] = field(default_factory=list)
    unnamed: dict[str, Fields] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def once(self, what: str) -> None:
        """Tell it, by the method of that name, unless the report has told it already."""
        if what not in self.done:
            self.done.add(what)
            getattr(self, what)()

    # -- words

    def called(self, name: str) -> Texts:
        """A named actor or place in each language."""
        return {language: self.cast.label(name, language) for language in LANGUAGES}

    def unstated(self) -> tuple[str, Texts]:
        return self.word("unstated", UNSTATED, unstated=True), UNSTATED

    def source(self) -> tuple[str, Texts]:
        """Who tells it: a body of the state, mostly; or somebody known by wording; or it is not stated who."""
        if self.dice.chance(0.6):
            part = self.dice.zipf(("army", "police", "ministry-of-defence", "ministry-of-health"))
            name = f"{self.attack.state}-{part}"
            return name, self.called(name)
        if self.dice.chance(0.15):
            return self.unstated()
        slug = self.dice.pick(tuple(SOURCES))
        return self.word(slug, SOURCES[slug]), SOURCES[slug]

    def word(self, slug: str, wording: Texts, *, unstated: bool = False) -> str:
        self.unnamed[slug] = {"wording": [wording[self.page.language]], "unstated": unstated}
        return slug

    def known_as(self, by: str) -> Texts:
        """Whoever speaks here: a named actor, or one known by wording."""
        return self.called(by) if by in self.cast.actors else SOURCES.get(by, UNSTATED)

    def day(self) -> Texts:
        return in_words(whole, self.issued)

    # -- statements

    def add(self, sentence: str, by: str, words: dict[str, Texts], **fields: object) -> Fields:
        """Say it; what is said has `aspect` and content among the fields, about the attack unless they tell otherwise."""
        about = {} if {"about_entity", "about_statement"} & set(fields) else {"about_event": self.attack.handle.name}
        site = self.called(self.attack.handle.site)
        passage = self.page.say(sentence, {"site": site, "day": self.day(), **words})
        voice = "narrator" if by == self.outlet else "indirect-speech"
        said: Fields = {"by": by, "stance": "affirms", "voice": voice, **about, **passage, **self._when(by), **fields}
        self.statements.append(said)
        return said

    def _when(self, by: str) -> Fields:
        """An official says it on a day, in some medium, more often than others do."""
        if by == self.outlet or by in self.unnamed or not self.dice.chance(0.5):
            return {}
        latest = min(self.issued, self.attack.handle.day + timedelta(days=2))
        return {"medium": self.dice.weighted(MEDIUM), "stated_at": latest.isoformat()}

    def held(self, actor: str, role: str = "perpetrator") -> Fields:
        return {"aspect": "responsibility", "responsible_actor": actor, "role": role}


def in_words(wording: Callable[[date, str], str], day: date, around: Texts | None = None) -> Texts:
    """A date in words in each language, with what stands around it."""
    forms = around or dict.fromkeys(LANGUAGES, "{}")
    return {language: forms[language].format(wording(day, language)) for language in LANGUAGES}
