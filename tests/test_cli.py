"""The command line: what each verb prints, and its exit codes (0 done, 1 failure in a line, 2 wrong usage)."""

from __future__ import annotations

import csv
import importlib
import json
from argparse import ArgumentParser
from importlib.metadata import version
from pathlib import Path

import pytest

from communique import cli
from conftest import TINY, Server, communique

QUERY = "PREFIX cmq: <https://w3id.org/communique/ns#> SELECT ?a WHERE { ?e cmq:hasClaimant ?a }"
BRIGADE = "https://w3id.org/communique/id/actor/grey-brigade"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("cli") / "store")
    assert communique("load", "--store", folder, "--content", str(TINY)).returncode == 0
    return folder


def test_query_in_each_format(store: str) -> None:
    ask = ("query", "attack-claims", "attack=north-camp", "--store", store)
    document = json.loads(communique(*ask).stdout)
    assert [row["claimant"]["label"] for row in document["rows"]] == ["Grey Brigade"]
    (row,) = csv.DictReader(communique(*ask, "--format", "csv").stdout.splitlines())
    assert row["claimantLabel"] == "Grey Brigade"
    (plain,) = csv.DictReader(communique(*ask, "--format", "sparql-csv").stdout.splitlines())
    assert plain["claimant"] == BRIGADE
    assert BRIGADE in communique(*ask, "--format", "sparql-srj").stdout


def test_sparql_from_file_and_standard_input(store: str, tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_text(QUERY)
    done = communique("sparql", str(tmp_path / "q.rq"), "--store", store, "--format", "csv")
    assert done.stdout.split() == ["a", BRIGADE]
    (tmp_path / "c.rq").write_text("CONSTRUCT { ?s a ?t } WHERE { ?s a ?t }")
    assert "a cmq:Attack" in communique("sparql", str(tmp_path / "c.rq"), "--store", store).stdout


def test_derive_has_nothing_to_do_after_load(store: str) -> None:
    done = communique("derive", "--store", store, "--content", str(TINY))
    assert done.stdout.startswith("0 derived triples added, 0 removed")


def test_reading_verbs_work_beside_a_running_server(store: str) -> None:
    server = Server("--store", store, "--content", str(TINY))
    try:
        assert communique("query", "attack-claims", "attack=north-camp", "--store", store).returncode == 0
        refused = communique("load", "--store", store, "--content", str(TINY))
        assert refused.returncode == 1
        assert "cannot be opened: another process has it" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
    finally:
        assert server.stop() == 0


def test_each_module_brings_the_verbs_that_it_is_imported_for() -> None:
    for module, verbs in cli.VERBS.items():
        brought: list[str] = []

        def add(name: str, *told: object, brought: list[str] = brought) -> ArgumentParser:
            assert told
            brought.append(name)
            return ArgumentParser()

        importlib.import_module(f"communique.{module}").register(add)
        assert set(brought) == verbs


def test_version_is_told() -> None:
    assert communique("--version").stdout == f"communique {version('communique')}\n"


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("query", "no-such-query"), 1, "there is no named query 'no-such-query'; there are"),
        (("query", "attack-claims"), 1, "'attack' is missing: The attack, such as balad-20-february"),
        (("query", "attack-claims", "attack"), 2, "name=value"),
        (("query", "attack-claims", "attack=nowhere"), 1, "no attack"),
        (("query", "attack-claims", "attack=north-camp", "--store", "/nonexistent"), 1, "there is no store"),
        (("serve", "--store", "/nonexistent", "--content", "/nonexistent"), 1, "not a content folder"),
        (("load", "/nonexistent.yaml"), 1, "no file or folder"),
        (("new", "Not A Slug", "--text", "/dev/null"), 2, "no name for a report"),
        (("locate", "nothing", "--text", "/dev/null"), 1, "nothing.yaml"),
        (("dump", "/nonexistent/x.ttl"), 1, "nonexistent"),
        (("nonsense",), 2, "invalid choice"),
        ((), 2, "required"),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], status: int, told: str, store: str) -> None:
    given = arguments if "--store" in arguments or not arguments else (*arguments, "--store", store)
    if arguments and arguments[0] in ("new", "locate", "nonsense"):
        given = (*arguments, "--content", str(TINY)) if arguments[0] != "nonsense" else arguments
    done = communique(*given)
    assert done.returncode == status, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_are_read_from_the_environment(store: str) -> None:
    done = communique("query", "attack-claims", "attack=north-camp", COMMUNIQUE_STORE=store)
    assert done.returncode == 0, done.stderr
    bad = communique("serve", COMMUNIQUE_PORT="many")
    assert (bad.returncode, "COMMUNIQUE_PORT" in bad.stderr) == (2, True)
    worse = communique("serve", COMMUNIQUE_DEFAULT_GRAPH="all")
    assert (worse.returncode, "union or unnamed" in worse.stderr) == (2, True)


@pytest.mark.later
def test_check_finds_the_curated_content_faultless() -> None:
    done = communique("check")
    assert done.returncode == 0, done.stdout
    assert done.stdout == ""
    assert "OWL gate: passed" in done.stderr


def test_check_tells_file_line_and_rule(tmp_path: Path) -> None:
    file = tmp_path / "alpha.yaml"
    text = (TINY / "graph" / "reports" / "alpha.yaml").read_text("utf-8")
    file.write_text(text.replace("stance: claims", "stance: boasts"), "utf-8")
    done = communique("check", str(file), "--content", str(TINY))
    assert done.returncode == 1
    line = next(n for n, words in enumerate(file.read_text("utf-8").splitlines(), 1) if "boasts" in words)
    assert done.stdout.startswith(f"{file}:{line}: code: stance:")


def test_check_says_when_java_is_absent(tmp_path: Path) -> None:
    done = communique("check", str(TINY), PATH=str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "no-java" in done.stderr
