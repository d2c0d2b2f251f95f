"""What a dump holds and where its files are, in DCAT 3 and VoID: beside each dump, in Turtle and JSON-LD.

Addresses are relative to the manifest, so that a folder of dumps may be published anywhere, and its bytes are the same there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from communique.compress import Packing
from communique.draft import drafted
from communique.media import JSONLD, TURTLE, Rdf
from communique.store import Store, rows
from communique.vocab import CMQ, DCTERMS, OWL, RDF, XSD, Namespace
from communique.void import LICENCE, VOID, Counts, count, number, of_data

DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
PREFIXES = {"dcat": DCAT.base, "dcterms": DCTERMS.base, "owl": OWL.base, "spdx": SPDX.base, "void": VOID.base,
            "xsd": XSD.base, "cmq": CMQ.base}  # fmt: skip
FORMS = (TURTLE, JSONLD)
# Taken out of what is written, which leaves addresses relative to it (RFC 3986 section 4.2).
HERE = "http://here.invalid/dumps/0/"
ABOVE = "http://here.invalid/dumps/"

ENTITIES = "SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?type }"
NEWEST = f"SELECT (MAX(?latest) AS ?date) WHERE {{ ?r a {CMQ.Report} ; {CMQ.latest} ?latest }}"


@dataclass(frozen=True)
class Facts:
    """What a version of the data holds. A version has no clock of its own: its date is the last of its reports'."""

    counts: Counts
    entities: int
    date: str = ""

    def document(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, object]) -> Facts:
        known = dict(document)
        return cls(Counts(**known.pop("counts")), **known)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Distribution:
    """A file, or one that is made when it is asked for: then its size and its SHA-256 are not known yet."""

    name: str
    form: Rdf
    packing: Packing
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Manifest:
    """A version of the data as files. `previous` and `versions` name others that are kept beside its folder."""

    facts: Facts
    files: Sequence[Distribution]
    previous: str = ""
    versions: Sequence[str] = field(default=())

    def serialised(self, form: Rdf) -> bytes:
        written = ox.serialize(self.triples(), format=form.engine, prefixes=PREFIXES) or b""
        return written.replace(HERE.encode(), b"").replace(ABOVE.encode(), b"../")

    def triples(self) -> Iterator[Triple]:
        data = NamedNode(f"{HERE}#data")
        yield Triple(data, RDF.type, DCAT.Dataset)
        yield Triple(data, DCAT.version, Literal(self.facts.counts.version))
        yield Triple(data, VOID.entities, number(self.facts.entities))
        if self.facts.date:
            yield Triple(data, DCTERMS.modified, Literal(self.facts.date, datatype=XSD.dateTime))
        if self.previous:
            yield Triple(data, DCAT.previousVersion, _version(self.previous))
        for version in self.versions:
            yield Triple(data, DCAT.hasVersion, _version(version))
        yield from of_data(data, self.facts.counts)
        for file in self.files:
            yield from _distribution(data, file)


def look(store: Store) -> Facts:
    """What a store holds now."""
    (entities,) = (int(_text(row["n"])) for row in rows(store, ENTITIES))
    (date,) = (_text(row["date"]) for row in rows(store, NEWEST))
    return Facts(count(store, store.version), entities, date)


def write(manifest: Manifest, file: Path) -> None:
    """Write a manifest in each of its formats beside a dump."""
    with drafted(*(file.with_name(f"{file.name}.manifest.{form.name}") for form in FORMS)) as drafts:
        for draft, form in zip(drafts, FORMS, strict=True):
            draft.write(manifest.serialised(form))


def _distribution(data: NamedNode, file: Distribution) -> Iterator[Triple]:
    me, address = NamedNode(f"{HERE}#{file.name}"), NamedNode(HERE + file.name)
    yield Triple(data, VOID.dataDump, address)
    yield Triple(data, DCAT.distribution, me)
    yield Triple(me, RDF.type, DCAT.Distribution)
    yield Triple(me, DCTERMS.license, LICENCE)
    yield Triple(me, DCAT.downloadURL, address)
    yield Triple(me, DCAT.mediaType, NamedNode(MEDIA_TYPES + file.form.type))
    if file.packing.type:
        yield Triple(me, DCAT.compressFormat, NamedNode(MEDIA_TYPES + file.packing.type))
    if file.sha256:
        checksum = NamedNode(f"{HERE}#{file.name}.sha256")
        yield Triple(me, DCAT.byteSize, Literal(str(file.size), datatype=XSD.nonNegativeInteger))
        yield Triple(me, SPDX.checksum, checksum)
        yield Triple(checksum, RDF.type, SPDX.Checksum)
        yield Triple(checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256)
        yield Triple(checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary))


def _version(name: str) -> NamedNode:
    return NamedNode(f"{ABOVE}{name}/manifest.ttl#data")


def _text(term: object) -> str:
    return term.value if isinstance(term, Literal) else ""
