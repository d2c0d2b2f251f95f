"""Queries and updates: doors out of the service, the engine's stack, memory, optimizer and numbers."""

from __future__ import annotations

from collections.abc import Iterator

from attacks import Attack, Doors, Right, anything, ask, change, empty, get, rows, solutions


def all_of(doors: Doors) -> Iterator[Attack]:
    yield from services(doors)
    yield from fetches(doors)
    yield from updates(doors)
    yield from stack()
    yield from memory()
    yield from optimizer()
    yield from expressions()
    yield from texts()


def services(doors: Doors) -> Iterator[Attack]:
    """SERVICE in every spelling that we know of."""
    at = f"<{doors.http}>"
    spelled = {
        "plain": f"SELECT * {{ SERVICE {at} {{ ?s ?p ?o }} }}",
        "small": f"SELECT * {{ service {at} {{ ?s ?p ?o }} }}",
        "mixed": f"SELECT * {{ sErViCe SiLeNt {at} {{ ?s ?p ?o }} }}",
        "silent": f"SELECT * {{ SERVICE SILENT {at} {{ ?s ?p ?o }} }}",
        "variable": f"SELECT * {{ VALUES ?x {{ {at} }} SERVICE ?x {{ ?s ?p ?o }} }}",
        "glued": f"SELECT*{{SERVICE{at}{{?s ?p ?o}}}}",
        "glued silent": f"SELECT*{{SERVICESILENT{at}{{?s ?p ?o}}}}",
        "escaped first": f"SELECT * {{ \\u0053ERVICE {at} {{ ?s ?p ?o }} }}",
        "escaped inside": f"SELECT * {{ SERV\\u0049CE {at} {{ ?s ?p ?o }} }}",
        "escaped long": f"SELECT * {{ \\U00000053ERVICE {at} {{ ?s ?p ?o }} }}",
        "escaped quote": f"SELECT * {{ BIND('\\u0027) SERVICE {at} {{ ?s ?p ?o }} #') }}",
        "after comment": f"SELECT * {{ #\n SERVICE #\n {at} #\r {{ ?s ?p ?o }} }}",
        "after comparison": "PREFIX x: <http://"
        + doors.address
        + "/> SELECT * { ?a ?p ?b FILTER(?a<?b)SERVICE x:y{?s ?p ?o} FILTER(1>0) }",
        "prefixed": f"PREFIX ex: <http://{doors.address}/> SELECT * {{ SERVICE ex:a {{ ?s ?p ?o }} }}",
        "prefixed glued": f"PREFIX ex: <http://{doors.address}/> SELECT * {{ SERVICEex:a {{ ?s ?p ?o }} }}",
        "relative": f"BASE {at} SELECT * {{ SERVICE <> {{ ?s ?p ?o }} }}",
        "no scheme": f"SELECT * {{ SERVICE <//{doors.address}/> {{ ?s ?p ?o }} }}",
        "file": f"SELECT * {{ SERVICE <{doors.file}> {{ ?s ?p ?o }} }}",
        "in exists": f"SELECT * {{ ?a ?b ?c FILTER EXISTS {{ SERVICE {at} {{ ?s ?p ?o }} }} }}",
        "in minus": f"SELECT * {{ ?a ?b ?c MINUS {{ SERVICE {at} {{ ?s ?p ?o }} }} }}",
        "in subquery": f"SELECT * {{ {{ SELECT * {{ OPTIONAL {{ SERVICE {at} {{ ?s ?p ?o }} }} }} }} }}",
        "in construct": f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SERVICE {at} {{ ?s ?p ?o }} }}",
        "in describe": f"DESCRIBE ?s WHERE {{ SERVICE {at} {{ ?s ?p ?o }} }}",
        "in ask": f"ASK {{ SERVICE {at} {{ ?s ?p ?o }} }}",
        "in order": f"SELECT * {{ ?a ?b ?c }} ORDER BY (EXISTS {{ SERVICE {at} {{ ?s ?p ?o }} }})",
        "long string before": f"SELECT * {{ BIND('''a'b''c\\'''' AS ?x) SERVICE {at} {{ ?s ?p ?o }} }}",
        "with nul": f"SELECT * {{ SERVICE\0{at} {{ ?s ?p ?o }} }}",
        "no-break space": f"SELECT * {{ SERVICE\u00a0{at} {{ ?s ?p ?o }} }}",
        "dotless i": f"SELECT * {{ SERV\u0131CE {at} {{ ?s ?p ?o }} }}",
    }
    yield from (ask(f"service {name}", text) for name, text in spelled.items())
    # The engine ends a comment at the end of a line only, not at an escape of one.
    yield ask(
        "service escaped comment",
        f"SELECT * {{ # \\u000ASERVICE {at} {{ ?s ?p ?o }}\n}}",
        lambda body: len(solutions(body)) == 1,
    )


def fetches(doors: Doors) -> Iterator[Attack]:
    """Graphs are named, never fetched."""
    for kind, iri in (
        ("http", doors.http),
        ("file", doors.file),
        ("passwd", "file:///etc/passwd"),
        ("proc", "file:///proc/self/environ"),
    ):
        yield ask(f"from {kind}", f"SELECT * FROM <{iri}> {{ ?s ?p ?o }}", empty)
        yield ask(f"from named {kind}", f"SELECT * FROM NAMED <{iri}> {{ GRAPH ?g {{ ?s ?p ?o }} }}", empty)
        yield ask(f"graph of {kind}", f"SELECT * {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}", empty)
        yield ask(f"describe {kind}", f"DESCRIBE <{iri}>", empty)
        yield get(
            f"default-graph-uri {kind}",
            "/sparql",
            empty,
            params={"query": "SELECT * { ?s ?p ?o }", "default-graph-uri": iri},
        )
        yield get(
            f"named-graph-uri {kind}",
            "/sparql",
            empty,
            params={"query": "SELECT * { GRAPH ?g { ?s ?p ?o } }", "named-graph-uri": iri},
        )
        yield get(f"store graph {kind}", "/store", None, params={"graph": iri})
    yield ask("base of a file", f"BASE <{doors.file}> SELECT * FROM <> {{ ?s ?p ?o }}", empty)
    yield ask("from relative", "SELECT * FROM <../../../../etc/passwd> { ?s ?p ?o }", empty)
    yield get(
        "default-graph-uri relative", "/sparql", None, params={"query": "ASK {}", "default-graph-uri": "../etc/passwd"}
    )


def updates(doors: Doors) -> Iterator[Attack]:
    """What a token holder may not do either."""
    at = f"<{doors.http}>"
    loads = {
        "plain": f"LOAD {at}", "into": f"LOAD {at} INTO GRAPH <urn:x>", "small": f"load {at}", "file": f"LOAD <{doors.file}>",
        "escaped": f"L\\u004FAD {at}", "escaped long": f"\\U0000004COAD {at}", "after": f"CLEAR SILENT GRAPH <urn:x> ; LOAD {at}",
        "glued": f"LOAD{at}", "commented": f"LOAD#\n{at}", "relative": "LOAD <../../etc/passwd>", "passwd": "LOAD <file:///etc/passwd>",
        "prefixed": f"PREFIX x: <http://{doors.address}/> LOAD x:y",
    }  # fmt: skip
    for name, text in loads.items():
        yield change(f"load {name}", text)
        yield change(
            f"load silent {name}", text.replace("LOAD", "LOAD SILENT").replace("load ", "load silent "), anything
        )
    yield change("service in where", f"INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE {at} {{ ?s ?p ?o }} }}")
    yield change("service silent in where", f"INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE SILENT {at} {{ ?s ?p ?o }} }}")
    yield change("using", f"INSERT {{ GRAPH <urn:x> {{ ?s ?p ?o }} }} USING {at} WHERE {{ ?s ?p ?o }}", anything)
    yield change(
        "using file", f"INSERT {{ GRAPH <urn:x> {{ ?s ?p ?o }} }} USING <{doors.file}> WHERE {{ ?s ?p ?o }}", anything
    )
    yield change(
        "using named",
        f"INSERT {{ GRAPH <urn:x> {{ ?s ?p ?o }} }} USING NAMED {at} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        anything,
    )
    yield change("with", f"WITH <{doors.file}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}", anything)
    yield change("add from http", f"ADD {at} TO <urn:x>", anything)
    yield change("add silent from file", f"ADD SILENT <{doors.file}> TO <urn:x>", anything)
    yield change(
        "update imports",
        f"INSERT DATA {{ GRAPH <urn:attacked> {{ <urn:o> <http://www.w3.org/2002/07/owl#imports> {at} }} }}",
        anything,
    )
    yield change("nested braces", "INSERT DATA " + "{" * 5000 + "}" * 5000)
    yield change("where braces", "DELETE WHERE " + "{" * 5000 + "}" * 5000)
    yield change("nested list", "INSERT DATA { <urn:a> <urn:b> " + "(" * 5000 + ")" * 5000 + " }")
    yield change(
        "nested triple terms",
        "INSERT DATA { <urn:a> <urn:b> " + "<<( <urn:a> <urn:b> " * 5000 + "1" + " )>>" * 5000 + " }",
    )
    yield change(
        "many operations", ";".join(["CREATE SILENT GRAPH <urn:x>", "DROP SILENT GRAPH <urn:x>"] * 1000), anything
    )
    yield change(
        "cross product",
        "INSERT { GRAPH <urn:x> { ?a <urn:b> ?l } } WHERE { GRAPH ?g { ?a ?b ?c } GRAPH ?h { ?d ?e ?f } GRAPH ?i { ?j ?k ?l } GRAPH ?m { ?n ?o ?p } FILTER(?c != ?f && ?l != ?p) }",
    )
    yield change("bomb", f"INSERT {{ GRAPH <urn:x> {{ <urn:a> <urn:b> ?x }} }} WHERE {{ BIND({_bomb()} AS ?x) }}")
    yield change("not an update", "SELECT * { ?s ?p ?o }")
    yield change("nul in an update", "INSERT DATA { GRAPH <urn:attacked> { <urn:a> <urn:b> 'a\\u0000b' } }", anything)


def stack() -> Iterator[Attack]:
    """What a parser that recurses dies of."""
    deep = {
        "braces": "SELECT * " + "{" * 5000 + "}" * 5000,
        "braces open": "SELECT * " + "{" * 30000,
        "braces escaped": "SELECT * {" + "\\u007B" * 1500 + "\\u007D" * 1500 + "}",
        "parentheses": f"SELECT ({'(' * 5000}1{')' * 5000} AS ?x) {{}}",
        "not": f"SELECT ({'!' * 20000}true AS ?x) {{}}",
        "minus": f"SELECT ({'- ' * 20000}1 AS ?x) {{}}",
        "plus": f"SELECT ({'1+' * 20000}1 AS ?x) {{}}",
        "times": f"SELECT ({'1*' * 20000}1 AS ?x) {{}}",
        "and": f"SELECT ({'true&&' * 8000}true AS ?x) {{}}",
        "or": f"SELECT ({'true||' * 8000}true AS ?x) {{}}",
        "path parentheses": f"SELECT * {{ ?s {'(' * 5000}<urn:p>{')' * 5000} ?o }}",
        "path sequence": f"SELECT * {{ ?s {'<urn:p>/' * 6000}<urn:p> ?o }}",
        "path inverse": f"SELECT * {{ ?s {'^' * 20000}<urn:p> ?o }}",
        "path alternatives": f"SELECT * {{ ?s {'<urn:p>|' * 6000}<urn:p> ?o }}",
        "path stars": f"SELECT * {{ ?s {'(' * 3000}<urn:p>{')*' * 3000} ?o }}",
        "path negated": f"SELECT * {{ ?s !({'<urn:p>|' * 6000}<urn:p>) ?o }}",
        "union": "SELECT * { {}" + "UNION{}" * 6000 + " }",
        "optional": "SELECT * {" + "OPTIONAL{}" * 5000 + "}",
        "optional nested": "SELECT * " + "{OPTIONAL" * 3000 + "{}" + "}" * 3000,
        "minus chain": "SELECT * {" + "MINUS{}" * 6000 + "}",
        "bind": "SELECT * {" + " ".join(f"BIND(1 AS ?a{n})" for n in range(2800)) + "}",
        "filter": "SELECT * {" + "FILTER(1)" * 5000 + "}",
        "exists": "SELECT * " + "{FILTER EXISTS" * 3000 + "{}" + "}" * 3000,
        "exists in parentheses": "SELECT * {FILTER" + "(EXISTS{FILTER" * 3000 + "(1)" + "})" * 3000 + "}",
        "subqueries": "SELECT * " + "{SELECT * " * 3000 + "{}" + "}" * 3000,
        "graphs": "SELECT * " + "{GRAPH ?g" * 3000 + "{}" + "}" * 3000,
        "lists": "SELECT * { ?s ?p " + "(" * 5000 + ")" * 5000 + " }",
        "blank nodes": "SELECT * { ?s ?p " + "[ ?p " * 5000 + "1" + "]" * 5000 + " }",
        "triple terms": "SELECT * { ?s ?p " + "<<( ?s ?p " * 3000 + "1" + " )>>" * 3000 + " }",
        "reified": "SELECT * { ?s ?p " + "<< ?s ?p " * 3000 + "1" + " >>" * 3000 + " }",
        "annotations": "SELECT * { ?s ?p ?o " + "{| ?p ?o " * 3000 + "|}" * 3000 + " }",
        "if": "SELECT (" + "IF(true," * 3000 + "1" + ",2)" * 3000 + " AS ?x) {}",
        "coalesce": "SELECT (" + "COALESCE(" * 3000 + "1" + ")" * 3000 + " AS ?x) {}",
        "values nested": "SELECT * { VALUES ?x {" + "<<( <urn:a> <urn:b> " * 2000 + "1" + " )>>" * 2000 + "} }",
        "construct": "CONSTRUCT { ?s ?p " + "(" * 5000 + ")" * 5000 + " } WHERE { ?s ?p ?o }",
        "in list": "SELECT * { FILTER(1 IN (" + "(" * 3000 + "1" + ")" * 3000 + ")) }",
        "prologue": "PREFIX a: <urn:a> " * 3000 + "ASK { }",
    }
    # The last, and one that is within the limits, may be answered; the answers are known.
    yield from (ask(f"deep {name}", text) for name, text in deep.items() if name != "prologue")
    yield ask("deep prologue", deep["prologue"], lambda body: b"true" in body)
    yield ask("sixty braces", "SELECT * " + "{" * 60 + "}" * 60, lambda body: len(solutions(body)) == 1)
    yield ask(
        "sixty exists",
        "SELECT (1 AS ?x) " + "{FILTER NOT EXISTS" * 30 + "{}" + "}" * 30,
        lambda body: len(solutions(body)) <= 1,
    )
    yield ask("nine hundred ands", f"SELECT ({'true&&' * 900}true AS ?x) {{}}", rows(["true"]))


def memory() -> Iterator[Attack]:
    """What a query builds before it answers."""
    three = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
    values = " ".join(f"VALUES ?v{n} {{ {' '.join(map(str, range(2500)))} }}" for n in range(5))
    bombs = {
        "replace": f"SELECT ({_bomb()} AS ?x) {{}}",
        "concat": "SELECT ?x30 { BIND('aaaaaaaaaaaaaaaa' AS ?x0) "
        + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(30))
        + " }",
        "group_concat": f"SELECT (GROUP_CONCAT(?c; separator='{'a' * 5000}') AS ?x) {{ {three} }}",
        "order": f"SELECT * {{ {three} }} ORDER BY ?c DESC(?f) RAND()",
        "distinct": f"SELECT DISTINCT * {{ {three} }} OFFSET 100000000",
        "group": f"SELECT ?a ?d ?g (COUNT(*) AS ?n) {{ {three} }} GROUP BY ?a ?d ?g",
        "values": f"SELECT (COUNT(DISTINCT ?v0) AS ?n) (GROUP_CONCAT(?v1) AS ?x) {{ {values} }}",
        "uuids": f"SELECT DISTINCT ?u {{ {three} BIND(UUID() AS ?u) }} OFFSET 900000000",
        "construct": f"CONSTRUCT {{ ?a ?b [ ?e ?i ] }} WHERE {{ {three} }}",
        "describe": f"DESCRIBE * WHERE {{ {three} }}",
        "hash": "SELECT (SHA512(" + "REPLACE(" * 4 + "'aaaaaaaaaa'" + f", 'a', '{'a' * 1000}')" * 4 + ") AS ?x) {}",
    }
    yield from (ask(f"bomb {name}", text, broken=True) for name, text in bombs.items())
    yield ask(
        "endless count",
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?c != ?f && ?i != ?l) }",
    )
    yield ask(
        "endless paths",
        "SELECT (COUNT(*) AS ?n) { ?a (!<urn:x>)* ?b . ?c (!<urn:x>)* ?d . ?e (!<urn:y>|^!<urn:z>)* ?f . ?g (!<urn:z>)* ?h }",
    )


def optimizer() -> Iterator[Attack]:
    """What is joined before it is looked at."""
    chain = " . ".join(f"?v{n} ?p{n} ?v{n + 1}" for n in range(400))
    star = " . ".join(f"?s <urn:p{n}> ?o{n}" for n in range(190))
    loose = " . ".join(f"?s{n} <urn:p{n}> ?o{n}" for n in range(190))
    clique = " . ".join(f"?c{n % 14} <urn:p{n}> ?c{(n * 5 + 1) % 14}" for n in range(190))
    yield ask("400 patterns", f"SELECT * {{ {chain} }}")
    yield ask("190 in a star", f"SELECT * {{ {star} }}", empty)
    yield ask("190 apart", f"SELECT * {{ {loose} }}", empty)
    yield ask("190 in a clique", f"SELECT * {{ {clique} }}", empty)
    yield ask(
        "190 optional",
        "SELECT * {" + " ".join(f"OPTIONAL {{ ?s <urn:p{n}> ?o{n} }}" for n in range(190)) + "}",
        lambda body: len(solutions(body)) == 1,
    )
    yield ask("paths of 190", f"SELECT * {{ <urn:a> {'<urn:p>?/' * 189}<urn:p> ?o }}", empty)


def expressions() -> Iterator[Attack]:
    """Regular expressions, and numbers at their ends. None of them has a value but those that say so."""
    text = "a" * 5000
    for name, pattern, found in (
        ("nested plus", "^(a+)+$", "true"), ("nested star", "(a*)*b", "false"), ("alternatives", "^(a|a|aa)+$", "true"),
        ("many dots", "(.*)" * 60 + "x", "false"), ("a hundred", "^(a?){100}a{100}", "true"),
        ("too large", "((a{1000}){1000}){1000}", None), ("classes", "\\\\p{L}{900}" * 30, None), ("back", "(a)\\\\1", None),
        ("deep", "(" * 5000 + ")" * 5000, None), ("look", "(?=a)(?<=a)", None), ("comment", "a(?#", None),
    ):  # fmt: skip
        yield ask(
            f"regex {name}",
            f"SELECT (REGEX('{text}', '{pattern}') AS ?x) {{}}",
            _one(found, None, "true", "false") if found is None else _one(found, None),
        )
    for name, expression in {
        "least by minus one": "-9223372036854775807 - 1", "overflow": "9223372036854775807 + 1", "abs": "ABS(-9223372036854775807 - 1)",
        "negated": "-(-9223372036854775807 - 1)", "divided": "(-9223372036854775807 - 1) / -1", "by zero": "1 / 0", "by nought": "1.0 / 0.0",
        "long integer": '<http://www.w3.org/2001/XMLSchema#integer>("' + "9" * 20000 + '")',
        "long decimal": '<http://www.w3.org/2001/XMLSchema#decimal>("' + "9" * 20000 + '.1")',
        "far date": '<http://www.w3.org/2001/XMLSchema#dateTime>("999999999999999999-01-01T00:00:00Z")',
        "no date": '<http://www.w3.org/2001/XMLSchema#dateTime>("2021-02-30T25:61:61+99:99")',
        "year of far": 'YEAR("-9223372036854775808-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>)',
        "duration": '"2021-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> + "P999999999999Y"^^<http://www.w3.org/2001/XMLSchema#yearMonthDuration>',
        "substring": "SUBSTR('abc', -9223372036854775807, 9223372036854775807)", "substring nan": "SUBSTR('abc', 0/0e0, 1e400)",
        "split code points": "SUBSTR('\U0001f600\u0301', 2, 1)", "iri": "IRI('not an iri <> \\n')", "language": "STRLANG('a', 'en\" . <urn:x> <urn:y> <urn:z>')",
        "datatype": "STRDT('a', <urn:x>)", "encoded": "ENCODE_FOR_URI('\\u0000\U0010ffff')", "round": "ROUND(1e308 * 10)", "sum of nothing": "SUM(1/0)",
        "timezone": 'TIMEZONE("2021-01-01T00:00:00+14:00"^^<http://www.w3.org/2001/XMLSchema#dateTime>)',
    }.items():  # fmt: skip
        yield ask(f"number {name}", f"SELECT (({expression}) AS ?x) {{}}", lambda body: len(solutions(body)) == 1)


def texts() -> Iterator[Attack]:
    """Text that is none, or too much."""
    yield ask("empty", "")
    yield ask("too long", "ASK { } #" + "a" * 70000)
    yield ask("huge", "ASK { } #" + "a" * 1_900_000)
    yield ask("query bad utf-8", b"ASK { ?s ?p '\xff\xfe' }")
    yield ask("query overlong utf-8", b"ASK { ?s ?p '\xc0\xaf' }")
    yield ask("query surrogate", "ASK { ?s ?p '\ud800' }")
    yield ask("surrogate escaped", "ASK { ?s ?p '\\ud800' }")
    yield ask("utf-16", "ASK { ?s ?p ?o }".encode("utf-16"))
    yield ask("query nul", "ASK { ?s ?p '\0no such\0' }", lambda body: b"false" in body)
    yield ask("byte order mark", "\ufeffASK { ?s ?p ?o }", anything)
    yield ask("override", "ASK { ?s ?p '\u202eno such\u202c\u2066' }", lambda body: b"false" in body)
    yield ask("open string", "ASK { ?s ?p 'a }")
    yield ask("open long string", "ASK { ?s ?p '''" + "''a" * 10000)
    yield ask("open iri", "ASK { ?s ?p <" + "a" * 60000)
    yield ask("backslashes", "ASK { ?s ?p '" + "\\" * 60001 + "' }")
    yield ask("escapes", "ASK { ?s ?p '" + "\\u0041" * 10000 + "' }", lambda body: b"false" in body)
    yield ask("ends early", "ASK {")
    yield ask("an update", "DROP ALL")
    yield ask("two queries", "ASK {} ; DROP ALL")
    yield ask("large limit", "SELECT * { ?s ?p ?o } LIMIT 99999999999999999999999999")
    yield ask("large offset", "SELECT * { ?s ?p ?o } OFFSET 18446744073709551615", empty)
    yield ask("large both", "SELECT * { ?s ?p ?o } LIMIT 18446744073709551615 OFFSET 18446744073709551615", empty)
    yield ask("negative limit", "SELECT * { ?s ?p ?o } LIMIT -1")
    yield ask(
        "variables",
        "SELECT " + " ".join(f"?v{n}" for n in range(8000)) + " { }",
        lambda body: len(solutions(body)) == 1,
    )
    yield ask("order keys", "SELECT * { ?s ?p 'no such' } ORDER BY " + "?s " * 15000, empty)
    yield ask("group keys", "SELECT (1 AS ?x) { ?s ?p 'no such' } GROUP BY " + "?s " * 15000, empty)


def _one(*values: str | None) -> Right:
    return lambda body: [row[0] if row else None for row in solutions(body)] in [[value] for value in values]


def _bomb() -> str:
    return "REPLACE(" * 5 + "'aaaaaaaaaa'" + f", 'a', '{'a' * 100}')" * 5
