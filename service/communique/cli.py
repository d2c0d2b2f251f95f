"""The command line: `serve`, and the verbs that other modules `register`.

Exit codes: 0 done, 1 faults or failure (told in a line), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

from communique.content import content_of
from communique.errors import CommuniqueError, Faulty, Usage
from communique.settings import PREFIX, Settings, program, settings_of
from communique.store.embedded import first_line

# Which module registers which verbs.
VERBS = {
    "loading": {"load", "derive"},
    "verbs": {"check", "query", "sparql", "token"},
    "curate": {"verify", "new", "locate"},
    "dumping": {"dump"},
    "keep": {"backup", "restore", "optimize", "verify-store"},
    "migrate": {"migrate"},
    "bench.command": {"bench"},
    "profiles.export": {"export"},
}

Verb = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one verb; its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    given = _parser(arguments).parse_args(arguments)
    try:
        verb: Verb = given.verb
        return verb(given)
    except (CommuniqueError, UnicodeDecodeError, OSError, RuntimeError) as error:
        lines = _told(error)
        if lines is None:
            raise
        print("\n".join(lines), file=sys.stderr)
        return 2 if isinstance(error, Usage) else 1


def _told(error: Exception) -> list[str] | None:
    """What a failure says on the command line; None for one that is a fault of the program."""
    match error:
        case Faulty():
            return [*error.lines, f"communique: {error.detail}"]
        case CommuniqueError():
            return [f"communique: {error.detail}"]
        case UnicodeDecodeError():
            return [f"communique: the text is not UTF-8: {error.reason} at byte {error.start}"]
        case OSError():
            return [
                f"communique: {error.filename}: {error.strerror}"
                if error.filename
                else f"communique: {first_line(error)}"
            ]
        # The engine's word for a damaged file that it met while reading.
        case RuntimeError() if str(error).startswith("Corruption"):
            return [
                f"communique: the store is damaged: {first_line(error)}; `communique restore` makes it anew from a backup"
            ]
    return None


# -- verbs


def _serve(given: argparse.Namespace) -> int:
    # The other processes import beside this one; of what all of it makes before the first answer, nothing is garbage.
    from communique.process.worker import begin

    begin()
    gc.disable()
    from communique.serve import serve

    settings = settings_of(given)
    serve(settings, content_of(settings))
    return 0


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="communique", description="Who said what about an attack, and in which words."
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the program's version and exit")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    serve = _verb(verbs, "serve", _serve, "answer over HTTP", ("store", "content", "host", "port", "default_graph"))
    serve.epilog = _environment()
    serve.formatter_class = argparse.RawDescriptionHelpFormatter
    for module in _modules(arguments[:1]):
        importlib.import_module(f"communique.{module}").register(partial(_verb, verbs))
    return parser


class _Version(argparse.Action):
    """Says which version this is, and ends; it is looked up when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> None:  # noqa: ARG002  # argparse's own
        print(f"communique {program()}")
        parser.exit()


def _modules(verb: Sequence[str]) -> Sequence[str]:
    """The modules that bring this verb: one, none for `serve`, all when it is not known; their imports take a while."""
    if list(verb) == ["serve"]:
        return []
    return [module for module, brings in VERBS.items() if set(verb) & brings] or list(VERBS)


def _verb(verbs: Any, name: str, verb: Verb, text: str, settings: Sequence[str]) -> argparse.ArgumentParser:
    """A verb, and the settings it takes as options."""
    found: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text)
    found.set_defaults(verb=verb)
    for setting in fields(Settings):
        if setting.name in settings:
            kind = int if setting.type == "int" else str
            option = f"--{setting.name.replace('_', '-')}"
            found.add_argument(option, dest=setting.name, type=kind, help=setting.metadata["help"])
    return found


def _environment() -> str:
    """Every setting with its default and its meaning, for `serve --help`."""
    lines = ["settings, from the environment:"]
    for setting, value in ((s, getattr(Settings(), s.name)) for s in fields(Settings)):
        lines.append(f"  {PREFIX}{setting.name.upper()}  {setting.metadata['help']} (default: {value or 'none'})")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
