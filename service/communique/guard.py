"""What no query, update or RDF may be, told before anything reads it.

The engine recurses over brackets and chains of operators and ends the process when its stack is full, and its optimizer
takes cubic time over joined groups. What is counted here is counted by tokens, in linear time. Measured on an 8 MB
stack, the shallowest crash is at 1,400 brackets (EXISTS in parentheses) and at 2,600 operators (BIND after BIND).
"""

from __future__ import annotations

import json
import re
from collections import deque
from itertools import islice

from pyoxigraph import RdfFormat

from communique.errors import BadRequest, Forbidden
from communique.lexer import OPERANDS, Token, position, tokens
from communique.media import Rdf
from communique.plain import JOINS, is_plain
from communique.settings import Settings

WORDS = frozenset(
    """
    A ABS ADD ADJUST ALL AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL CLEAR COALESCE CONCAT CONSTRUCT CONTAINS COPY
    COUNT CREATE DATA DATATYPE DAY DEFAULT DELETE DESC DESCRIBE DISTINCT DROP ENCODE_FOR_URI EXISTS FALSE FILTER FLOOR
    FROM GRAPH GROUP GROUP_CONCAT HASLANG HASLANGDIR HAVING HOURS IF IN INSERT INTO IRI ISBLANK ISIRI ISLITERAL
    ISNUMERIC ISTRIPLE ISURI LANG LANGDIR LANGMATCHES LATERAL LCASE LIMIT LOAD MAX MD5 MIN MINUS MINUTES MONTH MOVE
    NAMED NOT NOW OBJECT OFFSET OPTIONAL ORDER PREDICATE PREFIX RAND REDUCED REGEX REPLACE ROUND SAMETERM SAMEVALUE
    SAMPLE SECONDS SELECT SEPARATOR SERVICE SHA1 SHA256 SHA384 SHA512 SILENT STR STRAFTER STRBEFORE STRDT STRENDS
    STRLANG STRLANGDIR STRLEN STRSTARTS STRUUID SUBJECT SUBSTR SUM TIMEZONE TO TRIPLE TRUE TZ UCASE UNDEF UNION URI
    USING UUID VALUES VERSION WHERE WITH YEAR
    """.split()  # noqa: SIM905
)
SAFE = WORDS - {"SERVICE"}
CLAUSES = frozenset({"BIND", "EXISTS", "FILTER", "GRAPH", "MINUS", "OPTIONAL", "SELECT", "UNION", "VALUES", "IN", "AS"})
SEPARATORS = frozenset({".", ";", ",", "[", "<<", "~"})
PATHS = frozenset({"/", "|", "^", "*", "+", "?", "!"})
OTHERS = frozenset("{}()[].;,<>=!+-*/|^?~") | {"<<", ">>", "<<(", ")>>", "||", "&&", "^^", "!=", "<=", ">="}
COMPARISONS = frozenset({"<", ">", "=", "!=", "<=", ">=", "||", "&&", "-"})
CODEPOINT = re.compile(r"\\\\|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
NO_SERVICE = "SERVICE is off: this service sends no requests to other servers"


def check_query(text: str, settings: Settings) -> None:
    """BadRequest for a query over a limit, which it names; Forbidden for a SERVICE that is not allowed."""
    _check(text, "query", settings.query_bytes, settings)


def check_update(text: str, settings: Settings) -> None:
    """The same for an update, whose data is not counted as patterns."""
    _check(text, "update", settings.update_bytes, settings)


def allowed_services(settings: Settings) -> frozenset[str]:
    """The IRIs that SERVICE may name."""
    return frozenset(part.strip() for part in settings.service_allow.split(",") if part.strip())


def _check(text: str, what: str, most: int, settings: Settings) -> None:
    if len(text) > most or len(text.encode("utf-8", "surrogatepass")) > most:
        raise BadRequest(f"the {what} is longer than {most} bytes", limit="length")
    if is_plain(text, SAFE, settings):
        return
    _Count(text, what, settings).check()
    if "\\u" in text.lower():
        # SPARQL 1.1 section 19.2: such escapes are read before the grammar. The engine reads them in strings and
        # IRIs only, another store may not; neither reading may break a limit.
        _Count(CODEPOINT.sub(_decoded, text), what, settings).check()


def _decoded(found: re.Match[str]) -> str:
    if found[0] == "\\\\":
        return found[0]
    code = int(found[1] or found[2], 16)
    # In a string it is a character of the string, whichever; a space stands for it.
    return " " if code > 0x10FFFF or 0xD800 <= code < 0xE000 or chr(code) in "\"'\\\n\r" else chr(code)


class _Count:
    """What there is of everything that has a limit, while the tokens pass."""

    def __init__(self, text: str, what: str, settings: Settings) -> None:
        self.text = text
        self.what = what
        self.settings = settings
        self.allowed = allowed_services(settings)
        self.patterns = self.paths = self.operators = 0
        self.data: int | None = None  # how many brackets are open where data stands that nothing is matched with
        self.awaited = False  # whether the next brace opens such data

    def check(self) -> None:
        # One token back and two ahead, and no further than the first limit that is broken.
        before: Token | None = None
        rest = tokens(self.text)
        ahead = deque(islice(rest, 3))
        while ahead:
            token = ahead[0]
            if token.depth > self.settings.query_nesting:
                self._refuse("nesting", self.settings.query_nesting, "brackets inside brackets", token)
            if token.kind == "word":
                self._word(token, list(ahead)[1:])
            elif token.kind == "name":
                self._name(token, before, list(ahead)[1:2])
            elif token.kind == "other" and token.text not in OTHERS:
                raise BadRequest(f"not SPARQL: {token.text!r} stands for nothing", **position(self.text, token.start))
            self._count(before, token)
            before = ahead.popleft()
            ahead.extend(islice(rest, 1))

    def _count(self, before: Token | None, token: Token) -> None:
        given = self.settings
        if token.expression:
            self.operators += token.kind == "other" and token.text not in (")", ",", "{", "}")
        elif token.text == "{" and self.awaited:
            self.awaited, self.data = False, token.depth
        elif token.text == "}" and self.data is not None and token.depth <= self.data:
            self.data = None
        elif self.data is None:
            self.patterns += self._pattern(before, token)
            self.paths += token.kind == "other" and token.text in PATHS
            # They belong to expressions; what is wrong here is told by the engine, unless there are too many.
            self.operators += token.kind == "other" and token.text in COMPARISONS
        if token.kind == "word":
            word = token.text.upper()
            self.operators += word in CLAUSES
            self.awaited = self.awaited or word in ("DATA", "VALUES")
        if self.patterns > given.query_patterns:
            self._refuse("patterns", given.query_patterns, "triple patterns and groups", token)
        if self.paths > given.query_paths:
            self._refuse("paths", given.query_paths, "property path operators", token)
        if self.operators > given.query_operators:
            self._refuse("operators", given.query_operators, "operators, filters and joined groups", token)

    def _pattern(self, before: Token | None, token: Token) -> bool:
        """Whether a triple pattern ends here: at its separator, before a brace or a clause, between list items."""
        if token.kind == "other" and token.text in SEPARATORS:
            return True
        ends = before is not None and (before.kind in OPERANDS or before.text in (")", "]"))
        if token.text in ("}", "{"):
            return ends
        if token.kind == "word" and token.text.upper() in JOINS:
            return True
        # In a list each item is two triples; in a path something stands between.
        return token.kind in OPERANDS and token.within == "(" and ends

    def _word(self, token: Token, after: list[Token]) -> None:
        word = token.text.upper()
        if "SERVICE" in word:
            self._service(token, after)
        elif word not in WORDS:
            # The engine takes keywords that stick together, such as FILTERregex; SPARQL does not.
            raise BadRequest(f"not SPARQL: there is no word {token.text[:40]!r}", **position(self.text, token.start))

    def _name(self, token: Token, before: Token | None, after: list[Token]) -> None:
        """`SERVICEex:a {` is a SERVICE to the engine, though `service` may be the prefix of a name."""
        if "SERVICE" not in token.text.partition(":")[0].upper():
            return
        graph = before is not None and before.is_word("GRAPH", "FROM", "NAMED")
        if after and after[0].text == "{" and not graph:
            raise Forbidden(NO_SERVICE)

    def _service(self, token: Token, after: list[Token]) -> None:
        if not self.allowed:
            raise Forbidden(NO_SERVICE)
        named = [t for t in after if not t.is_word("SILENT")]
        if not token.is_word("SERVICE") or not named or named[0].kind != "iri":
            raise Forbidden("SERVICE must name the address of an allowed service, written out as <…>")
        if named[0].text[1:-1] not in self.allowed:
            raise Forbidden(f"SERVICE may not name {named[0].text}; it may name {', '.join(sorted(self.allowed))}")

    def _refuse(self, limit: str, most: int, of: str, token: Token) -> None:
        raise BadRequest(
            f"the {self.what} has more than {most} {of}", limit=limit, **position(self.text, token.start)
        )  # fmt: skip


# -- RDF


def check_rdf(data: bytes, form: Rdf, nesting: int) -> None:
    """BadRequest for RDF that is nested too deeply, fetches what it names, or defines entities.

    Linear in the size of the data; a body of many megabytes takes seconds, so not in the process that listens.
    """
    if form.engine == RdfFormat.RDF_XML:
        _check_xml(data, nesting)
    elif form.engine == RdfFormat.JSON_LD:
        _check_json(data, nesting)
    else:
        _check_nesting(data, TURTLE, nesting)


# What may hold a bracket that is none, and the brackets.
TURTLE = re.compile(
    rb"""<<\(? | <[^<>\s]*+> | \#[^\n\r]*+
      | '''(?:'{0,2}(?:[^'\\]|\\.))*+''' | \"\"\"(?:"{0,2}(?:[^"\\]|\\.))*+\"\"\"
      | '(?:[^'\\\n\r]|\\.)*+' | "(?:[^"\\\n\r]|\\.)*+" | \\.
      | \)>> | >> | [\[({\])}]""",
    re.VERBOSE | re.DOTALL,
)
JSON = re.compile(rb'"(?:[^"\\]|\\.)*+"|\\.|[\[{\]}]', re.DOTALL)
TAG = re.compile(
    rb"""<!--.*?(?:-->|\Z) | <!\[CDATA\[.*?(?:\]\]>|\Z) | <\?.*?(?:\?>|\Z)
      | <[^<>"'/](?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+(?<=/)> | </ | <[^/]""",
    re.VERBOSE | re.DOTALL,
)
OPENERS = {b"[": b"]", b"(": b")", b"{": b"}", b"<<": b">>", b"<<(": b")>>"}
ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)""")


def _check_nesting(data: bytes, brackets: re.Pattern[bytes], most: int) -> None:
    awaited: list[bytes] = []
    for found in brackets.finditer(data):
        text = found[0]
        if text in OPENERS:
            awaited.append(OPENERS[text])
            _check_depth(data, found.start(), len(awaited), most)
        elif awaited and text == awaited[-1]:
            awaited.pop()
        elif text == b")>>" and awaited[-2:] == [b">>", b")"]:
            del awaited[-2:]


def _check_tags(data: bytes, most: int) -> None:
    depth = 0
    for found in TAG.finditer(data):
        if found[0] == b"</":
            depth = max(0, depth - 1)
        elif len(found[0]) == 2:
            depth += 1
            _check_depth(data, found.start(), depth, most)


def _check_depth(data: bytes, at: int, depth: int, most: int) -> None:
    if depth > most:
        line = data.count(b"\n", 0, at) + 1
        raise BadRequest(f"the RDF is nested more than {most} deep", limit="nesting", line=line)


def _check_xml(data: bytes, most: int) -> None:
    encoding = ENCODING.match(data)
    if b"\0" in data[:4] or (encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")):
        raise BadRequest("RDF/XML is taken in UTF-8 only", limit="encoding")
    if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", data, re.IGNORECASE):
        raise BadRequest("RDF/XML may have no DOCTYPE and no ENTITY", limit="doctype")
    _check_tags(data, most)


def _check_json(data: bytes, most: int) -> None:
    _check_nesting(data, JSON, most)
    try:
        json.loads(data, object_pairs_hook=_without_remote)
    except ValueError as error:
        raise BadRequest(f"not JSON: {error}") from error


def _without_remote(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Every object of a JSON-LD document, each pair as it stands: a later @context does not hide an earlier."""
    for name, value in pairs:
        named = value if isinstance(value, list) else [value]
        if name == "@import" or (name == "@context" and any(isinstance(part, str) for part in named)):
            raise BadRequest(f"JSON-LD may not fetch its context: {name} names an address", limit="context")
    return dict(pairs)
