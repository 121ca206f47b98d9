"""peer.py ENGINE DIRECTORY: another engine behind a pipe, for measure.py.

Prints its version as JSON, null if it is not installed; then answers each line
(a JSON string of SQL) by a line [wall ms, cpu ms, answer]. One thread.
"""
import json
import os
import resource
import sys
import time


def open_duckdb(directory):
    import duckdb
    connection = duckdb.connect(os.path.join(directory, "peer.duckdb"))
    connection.execute("SET threads = 1")
    connection.execute("SET memory_limit = '8GB'")
    connection.execute("SET temp_directory = '%s'" % directory)

    def ask(sql):
        rows = connection.execute(sql).fetchall()
        return "\n".join("|".join(map(str, row)) for row in rows)
    return duckdb.__version__, ask


def open_clickhouse(directory):
    from chdb import session
    connection = session.Session(os.path.join(directory, "clickhouse"))
    connection.query("SET max_threads = 1")

    def ask(sql):
        return bytes(connection.query(sql, "TSV").bytes()).decode().replace("\t", "|").rstrip("\n")
    return ask("SELECT version()"), ask


def cpu_ms():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


def main():
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)               # what an engine prints is no answer
    try:
        version, ask = {"duckdb": open_duckdb, "clickhouse": open_clickhouse}[sys.argv[1]](sys.argv[2])
    except ImportError:
        print("null", file=out)
        return
    print(json.dumps(version), file=out)
    for line in sys.stdin:
        cpu, start = cpu_ms(), time.perf_counter()
        answer = ask(json.loads(line))
        print(json.dumps([(time.perf_counter() - start) * 1000, cpu_ms() - cpu, answer]), file=out)


main()
