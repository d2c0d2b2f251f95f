"""pyoxigraph alone, for its memory: opens a snapshot, answers the queries of a file, and waits until it is told to end.

python -m communique.bench.alone SNAPSHOT QUERIES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyoxigraph as ox


def main(snapshot: str, queries: str) -> None:
    store = ox.Store.read_only(snapshot)
    for text in json.loads(Path(queries).read_text("utf-8")):
        found = store.query(text, use_default_graph_as_union=True)
        if isinstance(found, ox.QuerySolutions):
            found.serialize(format=ox.QueryResultsFormat.JSON)
    print("done", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
