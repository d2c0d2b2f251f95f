"""RDF files in our own vocabulary, such as our dumps: read, and each triple sent to the graph it belongs to."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad, Triple

from communique.errors import Fault, Faulty
from communique.store import placed
from communique.vocab import CMQ, CODE, CODES, ID, RDF, SHARED

FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG,
}  # fmt: skip


def parse(path: Path) -> Iterator[Triple]:
    suffixes = [s for s in path.suffixes if s != ".gz"]
    form = FORMATS.get(suffixes[-1] if suffixes else "")
    if form is None:
        raise Faulty([Fault(str(path), 1, "format", f"give a file that ends in {', '.join(['.yaml', *FORMATS])}")])
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return iter([quad.triple for quad in ox.parse(data, format=form)])
    except SyntaxError as error:
        raise Faulty([Fault(str(path), error.lineno or 1, "syntax", error.msg)]) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Faulty([Fault(str(path), 1, "gzip", f"it is not whole gzip: {error}")]) from error


def routed(given: set[Triple]) -> Iterator[Quad]:
    """Each triple in the graph it belongs to: its report's, the code lists', or the shared one."""
    home = {t.subject: t.object for t in given if t.predicate in (CMQ.reportedIn, CMQ.inReport)}
    home |= {t.subject: t.subject for t in given if t.predicate == RDF.type and t.object == CMQ.Report}
    for triple in given:
        code = str(triple.subject).startswith(f"<{CODE}")
        yield from placed([triple], named(home.get(triple.subject, CODES if code else SHARED)))


def is_ours(term: object) -> bool:
    return isinstance(term, NamedNode) and term.value.startswith(ID.base)


def named(term: object) -> NamedNode:
    if not isinstance(term, NamedNode):
        raise Faulty([Fault("", 0, "blank-node", f"a name was expected, not {term}")])
    return term
