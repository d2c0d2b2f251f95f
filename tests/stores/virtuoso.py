"""Virtuoso 7, from Debian."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import gettempdir

from stores.running import Process, Running, free_port, program

PASSWORD = "loud-and-clear"
# http://docs.openlinksw.com/virtuoso/dbadm/: buffers of 8 kB; the scheduler makes no checkpoint of its own.
SETTINGS = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
ErrorLogLevel = 7
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
DirsAllowed = {folder}, {files}
CaseMode = 2
CheckpointInterval = 0
SchedulerInterval = 0
NumberOfBuffers = 85000
MaxDirtyBuffers = 60000
MaxClientConnections = 50
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 20
MaxKeepAlives = 20
KeepAliveTimeout = 10
HTTPThreadSize = 280000
[Client]
SQL_QUERY_TIMEOUT = 0
[SPARQL]
ResultSetMaxRows = 10000000
MaxQueryCostEstimationTime = 0
MaxQueryExecutionTime = 600
"""


class Virtuoso(Running):
    sql = 0

    def load(self, file: Path) -> None:
        self.run_shown({
            "1111 dba dba": f"127.0.0.1:{self.sql} dba {PASSWORD}",
            "/folder": str(file.parent), "communique.ttl": file.name,
        })  # fmt: skip


def start(folder: Path, *, union: bool = True) -> Running:
    """A query without a dataset always sees the union of all graphs. Writes need digest authentication."""
    assert union, "Virtuoso has no other default graph"
    server, shell = (program(name, "virtuoso-opensource-7") for name in ("virtuoso-t", "isql-vt"))
    sql, http = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(SETTINGS.format(sql=sql, http=http, folder=folder, files=gettempdir()))
    process = Process([server, "+configfile", "virtuoso.ini", "+foreground"], folder / "virtuoso.out")
    here = f"http://127.0.0.1:{http}"
    addresses = (f"{here}/sparql", f"{here}/sparql-auth", f"{here}/sparql-graph-crud-auth")
    running = Virtuoso("virtuoso", *addresses, process, auth=("dba", PASSWORD), digest=True)
    running.sql = sql
    running.ready()
    with running.or_stop():
        _sql(shell, sql, "dba", f"user_set_password('dba', '{PASSWORD}')")
    return running


def _sql(shell: str, port: int, password: str, statement: str) -> None:
    done = subprocess.run(
        [shell, f"127.0.0.1:{port}", "dba", password, f"exec={statement};"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
