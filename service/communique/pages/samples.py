"""A question as code that can be pasted: for a shell, and for Python with nothing but its library."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from communique.pages.text import INVISIBLE

Pairs = Sequence[tuple[str, str]]
PYTHON = """\
import json
from urllib.parse import urlencode
from urllib.request import urlopen

address = {address!r}
parameters = {parameters}
with urlopen(f"{{address}}?{{urlencode(parameters)}}") as answer:
    found = json.load(answer)
for row in found["rows"]:
    print(row)
"""


@dataclass(frozen=True)
class Sample:
    """Code, and what it is for."""

    name: str
    text: str


def samples(address: str, given: Pairs) -> tuple[Sample, ...]:
    """How the address is asked with these parameters."""
    return Sample("curl", curl(address, [*given, ("format", "csv")])), Sample("Python", python(address, given))


def curl(address: str, given: Pairs) -> str:
    return "curl --get " + " \\\n  ".join([shlex.quote(address), *(_data(*pair) for pair in given)]) + "\n"


def _data(name: str, value: str) -> str:
    """A parameter; what could not be seen in it is written so that it can."""
    if INVISIBLE.search(value):
        return f"--data {quote(name)}={quote(value, safe='')}"
    return f"--data-urlencode {shlex.quote(f'{name}={value}')}"


def python(address: str, given: Pairs) -> str:
    if not given:
        return PYTHON.format(address=address, parameters="[]")
    lines = "".join(f"    ({name!r}, {value!r}),\n" for name, value in given)
    return PYTHON.format(address=address, parameters=f"[\n{lines}]")
