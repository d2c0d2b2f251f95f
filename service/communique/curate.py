"""Writing report files: the verbs new, locate, verify."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from communique import reader
from communique.content import Content, content_of
from communique.errors import Fault, Usage
from communique.settings import settings_of
from communique.vocab import SLUG

# name, what it does, its help, the settings it takes -> its parser
Add = Callable[[str, Callable[[argparse.Namespace], int], str, tuple[str, ...]], argparse.ArgumentParser]


def register(add: Add) -> None:
    """Add these verbs to the command line."""
    found = add("verify", _verify, "prove that each quote stands in the text where it says", ("content",))
    found.add_argument("paths", nargs="*", help="report files; all of the content if none is given")
    found.add_argument("--texts", required=True, help="a folder with NAME.txt for each report NAME")
    for name, verb, text in (("new", _new, "begin a report file"), ("locate", _locate, "fill in offsets and hashes")):
        found = add(name, verb, text, ("content",))
        found.add_argument("name", help="the report's name, such as seven-rockets")
        found.add_argument("--text", required=True, help="a file with the document's text, UTF-8")


def _verify(given: argparse.Namespace) -> int:
    content = content_of(settings_of(given))
    texts, faults = Path(given.texts), []
    files = [Path(p) for p in given.paths] or content.reports()
    for file in files:
        text = texts / f"{file.stem}.txt"
        if not text.is_file():
            faults.append(Fault(str(file), 1, "text", f"there is no {text}"))
            continue
        found = reader.verify(file, reader.read(file), text.read_bytes())
        faults += found
        print(f"{file}: {'faults' if found else 'every quote stands where it says'}")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def _new(given: argparse.Namespace) -> int:
    file = _report_file(content_of(settings_of(given)), given.name)
    if file.exists():
        raise Usage(f"{file} exists already")
    text = Path(given.text).read_bytes()
    file.write_text(reader.skeleton(given.name.replace("-", " ").capitalize(), text), "utf-8")
    print(f"{file}: fill in, then `communique locate {given.name} --text {given.text}`")
    return 0


def _locate(given: argparse.Namespace) -> int:
    file = _report_file(content_of(settings_of(given)), given.name)
    placed = reader.locate(file, Path(given.text).read_bytes())
    print(f"{file}: {placed} quotes placed")
    return 0


def _report_file(content: Content, name: str) -> Path:
    if not SLUG.fullmatch(name):
        raise Usage(f"{name!r} is no name for a report: use small letters, digits and hyphens")
    return content.root / "graph" / "reports" / f"{name}.yaml"
