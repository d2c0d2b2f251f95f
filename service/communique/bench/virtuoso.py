"""Virtuoso 7, from Debian."""

from __future__ import annotations

import shutil
import subprocess

from communique.bench import task
from communique.bench.rival import Place, Server
from communique.bench.running import LOCAL, Process, free_port

LOADING = 3600
BUFFERS = 85_000
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
NumberOfBuffers = {buffers}
MaxDirtyBuffers = 60000
MaxClientConnections = 100
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 80
MaxKeepAlives = 80
KeepAliveTimeout = 30
HTTPThreadSize = 280000
[Client]
SQL_QUERY_TIMEOUT = 0
[SPARQL]
ResultSetMaxRows = 10000000
MaxQueryCostEstimationTime = 0
MaxQueryExecutionTime = 600
"""


class Virtuoso:
    name = "virtuoso"
    most = float("inf")

    def lacks(self) -> str:
        missing = [name for name in ("virtuoso-t", "isql-vt") if not shutil.which(name)]
        return f"{missing[0]}: Debian's virtuoso-opensource-7" if missing else ""

    def version(self) -> str:
        told = subprocess.run(["virtuoso-t", "--version"], capture_output=True, text=True, check=False).stderr
        return "Virtuoso " + next((line.split()[-1] for line in told.splitlines() if "Version" in line), "7")

    def settings(self) -> str:
        return f"`virtuoso-t`, {BUFFERS} buffers of 8 kB, 80 threads; filled by `ld_dir` and `rdf_loader_run`"

    def fill(self, place: Place) -> None:
        sql, server = _started(place)
        try:
            load = f"ld_dir('{place.quads.parent}', '{place.quads.name}', 'https://w3id.org/communique/id/'); rdf_loader_run(); checkpoint;"
            task.do(["isql-vt", f"{LOCAL}:{sql}", "dba", "dba", f"exec={load}"], place.folder / "load.log", LOADING)
        finally:
            server.stop()

    def start(self, place: Place) -> Server:
        return _started(place)[1]


def _started(place: Place) -> tuple[int, Server]:
    """Its SQL port and the server. A query without a dataset always sees the union of all graphs."""
    sql, http = free_port(), free_port()
    told = SETTINGS.format(sql=sql, http=http, folder=place.folder, files=place.quads.parent, buffers=BUFFERS)
    (place.folder / "virtuoso.ini").write_text(told, "utf-8")
    (place.folder / "virtuoso.lck").unlink(missing_ok=True)
    process = Process(["virtuoso-t", "+configfile", "virtuoso.ini", "+foreground"], place.folder / "serve.log")
    return sql, Server("virtuoso", process, http, "/sparql").ready()
