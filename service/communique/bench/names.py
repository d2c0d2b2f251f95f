"""Names that nobody bears: syllables put together, in Latin and Arabic letters; no made report accuses anyone real."""

from __future__ import annotations

import re

from communique.bench.dice import Dice

SYLLABLES = {
    "ba": "با", "dur": "دور", "fa": "فا", "gan": "غان", "har": "هار", "ja": "جا", "kar": "كار", "la": "لا",
    "mar": "مار", "na": "نا", "qad": "قاد", "ra": "را", "sin": "سين", "ta": "تا", "um": "وم", "wal": "وال",
    "ya": "يا", "zir": "زير", "bel": "بل", "don": "دون", "kez": "كيز", "lim": "ليم", "mos": "موس", "nir": "نير",
    "rud": "رود", "sul": "سول", "tal": "تال", "ven": "فين",
}  # fmt: skip
# What stands around a stem, by language; a group is also known by its other names.
GROUPS = (
    {"en": "{} Brigade", "es": "Brigada {}", "ar": "لواء {}"},
    {"en": "{} Front", "es": "Frente {}", "ar": "جبهة {}"},
    {"en": "Companies of {}", "es": "Compañías de {}", "ar": "سرايا {}"},
    {"en": "{} Battalions", "es": "Batallones {}", "ar": "كتائب {}"},
    {"en": "Guardians of {}", "es": "Guardianes de {}", "ar": "حراس {}"},
    {"en": "League of {}", "es": "Liga de {}", "ar": "عصبة {}"},
)
BODIES = {
    "army": ("StateForce", {"en": "{} army", "es": "Ejército de {}", "ar": "جيش {}"}),
    "police": ("StateForce", {"en": "{} police", "es": "Policía de {}", "ar": "شرطة {}"}),
    "ministry-of-defence": ("GovernmentBody", {"en": "{} Ministry of Defence", "es": "Ministerio de Defensa de {}", "ar": "وزارة دفاع {}"}),
    "ministry-of-health": ("GovernmentBody", {"en": "{} Ministry of Health", "es": "Ministerio de Sanidad de {}", "ar": "وزارة صحة {}"}),
    "foreign-ministry": ("GovernmentBody", {"en": "{} Foreign Ministry", "es": "Exteriores de {}", "ar": "خارجية {}"}),
}  # fmt: skip
OUTLETS = (
    {"en": "{} Daily", "es": "Diario {}", "ar": "يومية {}"},
    {"en": "{} News Agency", "es": "Agencia {}", "ar": "وكالة {}"},
    {"en": "Voice of {}", "es": "Voz de {}", "ar": "صوت {}"},
)
CONTRACTORS = ({"en": "{} Global"}, {"en": "{} Logistics"}, {"en": "{} Aero Services"})
SITES = (
    {"en": "{} air base", "es": "base aérea de {}", "ar": "قاعدة {} الجوية"},
    {"en": "Camp {}", "es": "Campamento {}", "ar": "معسكر {}"},
    {"en": "{} logistics base", "es": "base logística de {}", "ar": "قاعدة {} اللوجستية"},
)
EMBASSIES = ({"en": "embassy quarter of {}", "es": "barrio de embajadas de {}", "ar": "حي سفارات {}"},)

Labels = dict[str, str]


class Names:
    """Stems and slugs, none of them twice."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.taken: set[str] = set()

    def stem(self) -> Labels:
        """A new stem in three languages."""
        parts: list[str] = []
        while not parts or "".join(parts) in self.taken:
            parts = [self.dice.pick(list(SYLLABLES)) for _ in range(self.dice.between(2, 4))]
        word = "".join(parts)
        self.taken.add(word)
        return {"en": word.capitalize(), "es": word.capitalize(), "ar": "".join(SYLLABLES[part] for part in parts)}


def around(form: Labels, stem: Labels) -> Labels:
    return {language: pattern.format(stem[language]) for language, pattern in form.items()}


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
