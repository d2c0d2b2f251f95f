"""Tokens: hashed at rest, several at a time, with scopes, and never told to anyone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from communique.auth import Authority, digest, issue
from communique.errors import Forbidden, Unauthorized, Usage
from communique.settings import PREFIX, Settings, read
from conftest import Server, communique

WRITE = frozenset({"write"})


def test_without_a_token_the_service_is_read_only() -> None:
    authority = Authority.of(Settings())
    for header in (None, "Bearer x"):
        with pytest.raises(Forbidden, match="read-only"):
            authority.require(header, "write")


def test_the_setting_is_one_token() -> None:
    settings = read({f"{PREFIX}TOKEN": "sécret"})
    authority = Authority.of(settings)
    assert authority.require("Bearer sécret", "write") == "setting"
    assert authority.require("bearer  sécret ", "read") == "setting"
    assert "sécret" not in repr(settings) + repr(authority)
    for header in (None, "", "sécret", "Basic sécret", "Bearer", "Bearer ", "Bearer secret", "Bearer \udc80"):
        with pytest.raises(Unauthorized):
            authority.require(header, "write")


def test_a_file_holds_several_and_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    old, reader = issue(file, "old", WRITE), issue(file, "reader", frozenset({"read"}))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert old not in file.read_text("utf-8")
    assert digest(old) in file.read_text("utf-8")
    authority = Authority.of(read({f"{PREFIX}TOKEN_FILE": str(file)}))
    assert authority.require(f"Bearer {old}", "write") == "old"
    assert authority.require(f"Bearer {reader}", "read") == "reader"
    with pytest.raises(Forbidden, match="no 'write' scope"):
        authority.require(f"Bearer {reader}", "write")
    new = issue(file, "new", WRITE)
    assert authority.require(f"Bearer {new}", "write") == "new"
    assert authority.require(f"Bearer {old}", "write") == "old"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("# rotated\n\n" + "\n".join(line for line in lines if not line.startswith("old ")), "utf-8")
    with pytest.raises(Unauthorized):
        authority.require(f"Bearer {old}", "write")
    # A line without an end is not joined to the next.
    last = issue(file, "last", frozenset({"read", "write"}))
    assert authority.require(f"Bearer {last}", "write") == "last"
    assert authority.require(f"Bearer {new}", "write") == "new"


def test_a_file_that_goes_bad_grants_nothing(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    kept, broken = issue(file, "kept", WRITE), issue(file, "broken", WRITE)
    authority = Authority.of(read({f"{PREFIX}TOKEN_FILE": str(file)}))
    file.write_text(file.read_text("utf-8").replace("broken write", "broken everything"), "utf-8")
    assert authority.require(f"Bearer {kept}", "write") == "kept"
    with pytest.raises(Unauthorized):
        authority.require(f"Bearer {broken}", "write")
    file.unlink()
    with pytest.raises(Forbidden):
        authority.require(f"Bearer {kept}", "write")


def test_a_bad_file_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    for text in (None, "name write nohash 2026-01-01\n", f"name all {'0' * 64} 2026-01-01\n", "one\n"):
        if text is not None:
            file.write_text(text, "utf-8")
        with pytest.raises(Usage, match=str(file)):
            Authority.of(read({f"{PREFIX}TOKEN_FILE": str(file)}))


def test_the_verb(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    done = communique("token", "ci", "--scope", "write", "--file", str(file))
    token = done.stdout.strip()
    assert done.returncode == 0
    assert len(token) >= 43
    assert Authority.of(read({f"{PREFIX}TOKEN_FILE": str(file)})).require(f"Bearer {token}", "write") == "ci"
    other = communique("token", "two", **{f"{PREFIX}TOKEN_FILE": str(file)}).stdout.strip()
    assert other not in ("", token)
    for arguments in (("token", "ci", "--file", str(file)), ("token", "a b", "--file", str(file)), ("token", "x"),
                      ("token", "x", "--scope", "all", "--file", str(file))):  # fmt: skip
        assert communique(*arguments).returncode == 2
    assert len(file.read_text("utf-8").splitlines()) == 2


def test_a_token_is_in_no_log(tmp_path: Path) -> None:
    file, audit, access = tmp_path / "tokens", tmp_path / "audit", tmp_path / "access"
    token = issue(file, "ci", WRITE)
    server = Server(
        "--store", str(tmp_path / "store"), COMMUNIQUE_TOKEN_FILE=str(file), COMMUNIQUE_AUDIT_LOG=str(audit),
        COMMUNIQUE_ACCESS_LOG=str(access),
    )  # fmt: skip
    update = {"content-type": "application/sparql-update"}
    body = "INSERT DATA { <urn:secret-subject> <urn:b> <urn:c> }"
    try:
        for given in (token, token + "x"):
            headers = {**update, "authorization": f"Bearer {given}"}
            answer = server.client.post("/update", content=body, headers=headers)
            assert answer.status_code == (204 if given == token else 401)
            assert token not in answer.text + str(answer.headers)
    finally:
        server.client.close()
        server.process.terminate()
        out, err = server.process.communicate(timeout=30)
    told = out + err + audit.read_text("utf-8") + access.read_text("utf-8")
    assert '"token": "ci"' in told
    assert token not in told
    assert digest(token) not in told
    assert "secret-subject" not in told
    assert token not in "".join(p.read_bytes().decode("latin-1") for p in tmp_path.rglob("*") if p.is_file())
    assert os.access(file, os.R_OK)
