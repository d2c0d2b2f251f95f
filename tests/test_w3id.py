"""The redirect rules for w3id.org, in a real Apache that stands for it: each kind of IRI, in each form, ends at its triples."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from pyoxigraph import NamedNode

from communique import media
from communique.content import Content
from communique.vocab import RDF
from conftest import ROOT, Server

RULES = ROOT / "ontology" / "w3id" / ".htaccess"
BASE = "https://w3id.org/communique"
MODULES = Path("/usr/lib/apache2/modules")
LOADED = ("mpm_event", "authz_core", "rewrite", "headers", "env", "setenvif")
CONFIG = """
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
DocumentRoot {folder}/htdocs
{modules}
{base}
<Directory {folder}/htdocs>
  AllowOverride All
  Require all granted
</Directory>
"""
# What is asked for, where it leads, by which status; and an IRI that the triples must be about.
DOCUMENTS = [
    ("/ns#Attack", "/ns", 302), ("/ns#stance", "/ns", 302), ("/ns/0.1.0", "/ns/0.1.0", 302),
    ("/code/stance/claims", "/code/stance/claims", 303), ("/code/eventType/rocket-attack", "/code/eventType/rocket-attack", 303),
    ("/code/stance", "/code/stance", 303), ("/id/event/balad-monday", "/id/event/balad-monday", 303),
    ("/id/actor/seven-rockets.military-sources", "/id/actor/seven-rockets.military-sources", 303),
    ("/id/report/seven-rockets", "/id/report/seven-rockets", 303), ("/shapes#EventIri", "/ns/shapes", 302),
    ("/alignments", "/ns/alignments", 302),
]  # fmt: skip
FILES = [("/ns/context.jsonld", "application/ld+json"), ("/ns/report.schema.json", "application/schema+json")]
NOWHERE = [
    "/nothing",
    "/ns/a/b/c",
    "/id/event",
    "/id/event/a/b",
    "/id/event/%3Cscript%3E",
    "/code/a/b/c",
    "/id/Event/x",
]

pytestmark = pytest.mark.slow


class Apache:
    """An Apache of our own, with w3id.org's folder for us in it."""

    def __init__(self, folder: Path, base: str | None) -> None:
        program = shutil.which("apache2") or shutil.which("httpd") or shutil.which("apache2", path="/usr/sbin")
        if not program or not MODULES.is_dir():
            pytest.skip("Apache is not on this machine: Debian's apache2-bin")
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        here = folder / "htdocs" / "communique"
        here.mkdir(parents=True)
        shutil.copy(RULES, here / ".htaccess")
        modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED)
        given = f'SetEnvIf Request_URI "^" COMMUNIQUE_BASE={base}' if base else ""
        config = folder / "httpd.conf"
        config.write_text(CONFIG.format(port=self.port, folder=folder, modules=modules, base=given), "utf-8")
        # Apache gives up root by itself, and may not read where root alone may.
        self.process = subprocess.Popen([program, "-X", "-f", str(config)], env={**os.environ, "LANG": "C"})
        self.errors = folder / "error.log"
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10)
        self._wait()

    def _wait(self) -> None:
        for _ in range(100):
            try:
                self.client.get("/")
            except httpx.TransportError:
                assert self.process.poll() is None, self.errors.read_text("utf-8")
                time.sleep(0.1)
            else:
                return
        pytest.fail(self.errors.read_text("utf-8"))

    def stop(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def w3id(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("w3id")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    apache = Apache(folder, str(server.client.base_url).rstrip("/"))
    yield apache.client
    apache.stop()


def followed(w3id: httpx.Client, path: str, accept: str) -> httpx.Response:
    """The end of the way, as a client goes it: the fragment stays behind, the Accept is sent again."""
    return w3id.get(f"/communique{path}", headers={"accept": accept}, follow_redirects=True)


@pytest.mark.parametrize(("path", "target", "status"), DOCUMENTS)
def test_each_kind_leads_to_its_document(
    path: str, target: str, status: int, w3id: httpx.Client, server: Server
) -> None:
    answer = w3id.get(f"/communique{path}", params={"format": "ttl"})
    assert answer.status_code == status
    assert answer.headers["location"] == f"{str(server.client.base_url).rstrip('/')}{target}?format=ttl"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("form", media.GRAPHS, ids=lambda form: form.name)
@pytest.mark.parametrize("path", [path for path, _, _ in DOCUMENTS])
def test_each_iri_ends_at_its_triples(path: str, form: media.Rdf, w3id: httpx.Client) -> None:
    answer = followed(w3id, path, form.type)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(form.type)
    found = list(ox.parse(answer.content, format=form.engine))
    about = BASE + (path if not path.startswith("/ns/") else "/ns#")
    assert [quad for quad in found if quad.subject == NamedNode(about) and quad.predicate == RDF.type]


@pytest.mark.parametrize("path", [path for path, _, _ in DOCUMENTS if path.startswith(("/ns", "/id", "/code"))])
def test_browsers_get_a_page(path: str, w3id: httpx.Client) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    answer = followed(w3id, path, accept)
    assert answer.headers["content-type"].startswith("text/html")
    if "#" in path:
        assert f'id="{path.partition("#")[2]}"' in answer.text


def test_every_term_ends_at_its_own_triples(w3id: httpx.Client, content: Content) -> None:
    answer = followed(w3id, "/ns", "text/turtle")
    assert answer.content == content.core.read_bytes()
    assert (
        followed(w3id, "/ns/0.1.0", "text/turtle").content
        == (content.root / "ontology/versions/0.1.0.ttl").read_bytes()
    )


@pytest.mark.parametrize(("path", "kind"), FILES)
def test_context_and_schema_are_found(path: str, kind: str, w3id: httpx.Client) -> None:
    answer = followed(w3id, path, "*/*")
    assert answer.headers["content-type"].startswith(kind)
    if kind == "application/schema+json":
        assert answer.json()["$id"] == BASE + path


def test_code_lists_together(w3id: httpx.Client, content: Content) -> None:
    assert followed(w3id, "/code/", "text/turtle").content == content.schemes.read_bytes()


def test_versions_of_what_stands_beside(w3id: httpx.Client, content: Content) -> None:
    frozen = content.frozen("0.1.0", "shapes.ttl")
    assert followed(w3id, "/shapes/0.1.0", "text/turtle").content == frozen.read_bytes()


@pytest.mark.parametrize("path", NOWHERE)
def test_what_is_no_iri_of_ours_leads_nowhere(path: str, w3id: httpx.Client) -> None:
    assert w3id.get(f"/communique{path}").status_code == 404


def test_the_base_is_one_line(tmp_path: Path) -> None:
    """Without a base from outside, the rules lead to their own."""
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    told = [line for line in RULES.read_text("utf-8").splitlines() if "://" in line and not line.startswith("#")]
    assert len(told) == 1
    apache = Apache(tmp_path, None)
    try:
        location = apache.client.get("/communique/ns").headers["location"]
        assert f"E=COMMUNIQUE_BASE:{location.removesuffix('/ns')}]" in told[0]
    finally:
        apache.stop()
