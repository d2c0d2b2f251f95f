"""What a made report can tell: each method says one thing that reports of attacks say."""

from __future__ import annotations

from datetime import date, timedelta

from communique.bench.cast import OURSELVES
from communique.bench.phrases import (
    ATTACK,
    CULPRITS,
    DEGREES,
    HEDGES,
    IN,
    ON,
    OR,
    QUALIFIERS,
    RANGE,
    REASON,
    SOLDIERS,
    SOURCES,
    UNITS,
    birthday,
    monthly,
    whole,
)  # fmt: skip
from communique.bench.telling import LANGUAGES, Fields, Telling, Texts, in_words
from communique.report import Statement


class Account(Telling):
    """A report on an attack."""

    def claim(self, group: str) -> None:
        words = {"actor": self.called(group)}
        self.add("claim", group, words, stance="claims", **self.held(group, "involved"))
        if self.attack.retracts:
            self.add("retract", group, words, stance="retracts", **self.held(group, "involved"))

    def blame(self) -> None:
        by, speaker = self.source()
        code = self.dice.pick(tuple(HEDGES))
        accused, called = self.attack.accused, self.called(self.attack.accused)
        if self.dice.chance(0.2):
            accused = self.dice.pick(tuple(CULPRITS))
            called = CULPRITS[self.word(accused, CULPRITS[accused])]
        words = {"speaker": speaker, "actor": called, "hedge": HEDGES[code]}
        hedge = {"hedge": code, "hedge_text": HEDGES[code][self.page.language]}
        self.add("blame", by, words, stance="blames", **hedge, **self.held(accused))

    def deny(self) -> None:
        actor = self.attack.accused
        speaks = f"{actor}-foreign-ministry"
        by, behalf = (speaks, {"on_behalf_of": actor}) if speaks in self.cast.actors else (actor, {})
        self.add("deny", by, {"actor": self.called(actor)}, stance="denies", **behalf, **self.held(actor))

    def decline(self) -> None:
        by = self.dice.pick(self.cast.officials)
        asked = {"proposition": "Question", "aspect": "responsibility"}
        self.add("decline", by, {"actor": self.called(by)}, stance=self.dice.pick(("declines", "unsure")), **asked)

    def silence(self) -> None:
        absent = {"proposition": "Absence", "aspect": "responsibility", "as_of": self.issued.isoformat()}
        self.add("silence", self.outlet, {}, **absent)

    def count(self, aspect: str, sentence: str, true: int, **fields: object) -> Fields:
        """A number near the true one: each source has its own."""
        by, speaker = self.source()
        given, amount = self._amount(max(0, true + self.dice.pick((0, 0, 0, 0, -1, 1, 2, -2))))
        unit = UNITS.get(str(fields.get("unit")), {"en": ""})
        words = {"speaker": speaker, "amount": amount, "unit": unit}
        return self.add(sentence, by, words, aspect=aspect, **given, **fields)

    def landed(self) -> None:
        where = {"perimeter": self.attack.handle.site, "perimeter_side": self.dice.pick(("inside", "outside"))}
        part = where if self.dice.chance(0.3) else {}
        self.count("munitions-landed", "landed", self.attack.munitions, unit=self.attack.unit, **part)

    def intercepted(self) -> None:
        self.count("munitions-intercepted", "intercepted", self.attack.munitions // 2, unit=self.attack.unit)

    def hurt(self, aspect: str) -> Fields:
        true = self.attack.killed if aspect == "killed" else self.attack.wounded
        who = self.dice.pick(([], [], ["military"], ["civilian"]))
        return self.count(aspect, aspect, true, unit="person", category=who)

    def killed(self) -> None:
        self.hurt("killed")

    def wounded(self) -> None:
        self.hurt("wounded")

    def correct(self, said: Statement, replaced: str) -> None:
        """Who gave a count in another report gives a higher one; `replaced` is that statement's address."""
        value = int(said.value or 0) + self.dice.between(1, 3)
        sentence = {"munitions-landed": "landed", "munitions-intercepted": "intercepted"}.get(said.aspect, said.aspect)
        unit = UNITS.get(str(said.unit), {"en": ""})
        words = {"speaker": self.called(said.by), "unit": unit, "amount": dict.fromkeys(LANGUAGES, str(value))}
        counted = {"aspect": said.aspect, "unit": said.unit, "category": said.category, "value": value}
        self.add(sentence, said.by, words, supersedes=replaced, **counted)

    def _amount(self, value: int) -> tuple[Fields, Texts]:
        if self.dice.chance(0.1):
            high = value + self.dice.between(1, 4)
            return {"value_low": value, "value_high": high}, {k: form.format(value, high) for k, form in RANGE.items()}
        code = self.dice.weighted({"exactly": 6, "at-least": 2, "up-to": 1, "about": 1})
        words = {language: form.format(value) for language, form in QUALIFIERS[code].items()}
        return {"value": value, "qualifier": code}, words

    def dated(self) -> None:
        by, speaker = self.source()
        edtf, when = self._worded()
        said = self.add("date", by, {"speaker": speaker, "when": when}, aspect="date", edtf=edtf)
        if edtf.startswith("XXXX") and self.dice.chance(0.5):
            self._infer(said, self.attack.handle.day)

    def _infer(self, said: Fields, day: date) -> None:
        """We take the year from the report's own date, and say so ourselves."""
        basis = f"The text names no year; the report is of {self.issued.year}."
        passage: Fields = {name: said[name] for name in ("quote", "start", "end", "translation") if name in said}
        about: Fields = {"about_event": said["about_event"], "aspect": "date", "edtf": day.isoformat()}
        ours: Fields = {"by": OURSELVES, "stance": "affirms", "voice": "inference", "basis": basis}
        self.statements.append({**ours, **about, **passage})

    def _worded(self) -> tuple[str, Texts]:
        day = self.attack.handle.day
        # Now and then an account is a day off.
        day += timedelta(days=1) if self.dice.chance(0.1) else timedelta()
        match self.attack.dated:
            case "yearless":
                return f"XXXX-{day:%m-%d}", in_words(birthday, day, ON)
            case "month":
                return f"{day:%Y-%m}", in_words(monthly, day, IN)
            case "span":
                after = day + timedelta(days=1)
                either = {k: f"{whole(day, k)}{OR[k]}{whole(after, k)}" for k in LANGUAGES}
                return f"{day}/{after}", {k: ON[k].format(text) for k, text in either.items()}
            case "unsure":
                return f"{day}?", in_words(whole, day, ON)
            case _:
                return day.isoformat(), in_words(whole, day, ON)

    def place(self) -> None:
        """Most name the site; some only its town or region, some another site."""
        site = self.attack.handle.site
        wider = {site: 12, self.cast.town(site): 4, self.cast.region(site): 3, self.dice.zipf(self.cast.sites): 1}
        where = self.dice.weighted(wider)
        by = self.word("local-residents", SOURCES["local-residents"])
        self.add("place", by, {"place": self.called(where)}, aspect="place", rel_object=f"place:{where}")

    def damage(self) -> None:
        by, speaker = self.source()
        code = self.dice.pick(tuple(DEGREES))
        stance = "denies" if self.dice.chance(0.15) else "affirms"
        self.add(
            "damage", by, {"speaker": speaker, "degree": DEGREES[code]}, stance=stance, aspect="damage", category=[code]
        )

    def presence(self) -> None:
        """Who was there at the time; or, now and then, who is there as a rule."""
        site = self.attack.handle.site
        actor = self.dice.zipf(self.cast.contractors if self.dice.chance(0.7) else self.cast.states)
        about = {"about_entity": f"place:{site}"} if self.dice.chance(0.2) else {}
        self.add(
            "presence",
            self.outlet,
            {"actor": self.called(actor)},
            aspect="presence",
            rel_object=f"actor:{actor}",
            **about,
        )

    def strength(self) -> None:
        actor = self.dice.zipf(self.cast.contractors)
        given, amount = self._amount(self.dice.between(3, 400))
        where = {"perimeter": self.attack.handle.site, "perimeter_side": "inside", "unit": "employee"}
        words = {"actor": self.called(actor), "amount": amount}
        self.add("strength", actor, words, about_entity=f"actor:{actor}", aspect="strength", **given, **where)

    def response(self) -> None:
        by, speaker = self.source()
        words = {"speaker": speaker}
        if (earlier := self.attack.earlier) is None:
            site = self.cast.label(self.attack.handle.site, self.page.language)
            stated = REASON[self.page.language].format(site)
            self.add("reason", by, words, aspect="response", stated_reason=stated)
            return
        words["earlier"] = in_words(whole, earlier.day)
        stance = "denies" if self.dice.chance(0.1) else "affirms"
        self.add("response", by, words, stance=stance, aspect="response", responds_to_event=earlier.name)

    def deed(self) -> None:
        actor = self.attack.accused
        self.add("deed", self.outlet, {"actor": self.called(actor)}, **self.held(actor, "carried-out"))

    def react(self) -> None:
        stance, sentence, who = self.dice.pick((
            ("condemns", "condemn", self.cast.states), ("condemns", "condemn", self.cast.officials),
            ("condoles", "condole", self.cast.states), ("endorses", "endorse", self.cast.groups),
        ))  # fmt: skip
        by = self.dice.zipf(who)
        text = ATTACK[self.page.language]
        self.add(sentence, by, {"actor": self.called(by)}, stance=stance, aspect="description", content_text=text)

    def press(self) -> None:
        """A demand, a threat or an assurance."""
        stance, sentence, act = self.dice.pick(
            (("demands", "demand", "leave"), ("threatens", "threaten", "attack"), ("assures", "assure", "secure"))
        )
        official = stance == "assures"
        by = self.dice.zipf(self.cast.officials if official else self.cast.groups)
        other = self.dice.zipf(self.cast.contractors if official or self.dice.chance(0.5) else self.cast.states)
        site = self.attack.handle.site
        target = f"actor:{other}" if stance == "threatens" else f"place:{site}"
        does = {"act_by": other if stance == "demands" else by, "act_type": act, "act_target": target}
        words = {"actor": self.called(by), "other": self.called(other)}
        about = {"about_entity": f"place:{site}", "aspect": "act", "addressee": [other]}
        self.add(sentence, by, words, stance=stance, **about, **does)

    def relay(self) -> None:
        """The outlet passes on what somebody told another outlet."""
        other = self.dice.zipf(self.cast.outlets)
        told = self.hurt("killed")
        told["key"] = "told"
        content = {
            k: told[k]
            for k in ("aspect", "value", "value_low", "value_high", "qualifier", "category", "unit")
            if k in told
        }
        words = {"outlet": self.called(other), "actor": self.known_as(told["by"])}
        self.add("relay", other, words, stance="relays", relay_of="told", **content)

    def facade(self) -> None:
        one, other = self.dice.zipf(self.cast.groups), self.dice.zipf(self.cast.groups)
        if one != other:
            by, _ = self.unstated()
            words = {"actor": self.called(one), "other": self.called(other)}
            link = {"about_entity": f"actor:{one}", "rel_object": f"actor:{other}"}
            self.add("facade", by, words, aspect=self.dice.pick(("facade-of", "backed-by", "member-of")), **link)

    def caption(self) -> None:
        """A picture of another day: about the place, never about the attack."""
        taken = self.attack.handle.day - timedelta(days=self.dice.between(20, 400))
        words, language = {"month": in_words(monthly, taken)}, self.page.language
        text = f"{SOLDIERS[language]}, {monthly(taken, language)}"
        about = {"about_entity": f"place:{self.attack.handle.site}", "aspect": "description", "content_text": text}
        self.add("caption", self.outlet, words, voice="caption", **about)

    def same(self) -> None:
        if (earlier := self.attack.earlier) is not None:
            words = {"earlier": in_words(whole, earlier.day)}
            self.add("same", self.outlet, words, aspect="same-event", rel_object=f"event:{earlier.name}")
