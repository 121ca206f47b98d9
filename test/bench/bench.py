"""bench.py CUSTOMERS: see run, which starts it in a private server."""
import os
import subprocess
import sys

from measure import (GENERATE, SETTINGS, TARGETS, Figures, Peer, Server, database, events_table, machine, report,
                     rounded, say, selected, table, target_row)
from queries import CLICKHOUSE, DUCKDB, POSTGRES

ROUNDS = int(os.environ.get("ROUNDS", "5"))

# What brings every table into memory before the first round; the checks, too.
WARM_UP = ("count", "group_index", "group_ordered", "j_funnel", "duck_asof", "duck_asof_sorted", "click_funnel")

# (what, query, compared to, target): cost of the first by that of the second
# where it is to be small, the other way round where it is a gain.
AT_MOST = [
    ("funnel on rows / `GROUP BY customer`, append order", "rows_funnel", "group", 1.30),
    ("the same over a covering index", "index_funnel", "group_index", 1.15),
    ("the same, heap in customer order", "ordered_funnel", "group_ordered", 1.15),
    ("funnel in one pass / `GROUP BY customer`", "onepass_funnel", "group", 0.50),
    ("journeys built in one pass / same", "bulk_journeys", "group", 0.90),
    ("`journey_agg` / same", "rows_journeys", "group", 1.60),
    ("journey funnel / `count(*)` of the journeys", "j_funnel", "j_count", 3.5),
]
AT_LEAST = [
    ("journey funnel, times faster than DuckDB, `ASOF`, append order", "j_funnel", "duck_asof", 10),
    (".. `ASOF`, sorted by customer", "j_funnel", "duck_asof_sorted", None),
    (".. windows, append order", "j_funnel", "duck_window", 25),
    (".. than ClickHouse's `windowFunnel`, sorted by customer", "j_funnel", "click_funnel", 4),
    ("journey sessions, times faster than DuckDB, append order", "j_sessions", "duck_sessions", 30),
    (".. sorted by customer", "j_sessions", "duck_sessions_sorted", None),
    (".. than ClickHouse, sorted by customer", "j_sessions", "click_sessions", None),
    ("journey match, times faster than DuckDB's regex, append order", "j_match", "duck_regex", 50),
    (".. sorted by customer, events filtered first", "j_match", "duck_regex_sorted", None),
    (".. than ClickHouse's `sequenceMatch`, sorted by customer", "j_sequence", "click_sequence", 8),
    ("journey funnel, times faster than plain SQL", "j_funnel", "sql_funnel", 60),
    ("journey sessions, times faster than plain SQL", "j_sessions", "sql_sessions", 180),
]
PARALLEL = [
    ("two processes, journey funnel, wall clock", "j_funnel", 1.7),
    ("two processes, journey sessions, wall clock", "j_sessions", 1.7),
    ("two processes, funnel on rows, wall clock", "rows_funnel", 1.4),
    ("two processes, funnel in one pass, wall clock", "onepass_funnel", None),
]
SIZES = [("journeys", "us, with names", None), ("journeys_nameless", "us, without names", 9),
         ("journeys_s", "s, with names", None), ("journeys_s_nameless", "s, without names", 6)]


def load(server, customers):
    """Raw events, kept from an earlier run or not, then journeys, always new."""
    events_table(server, "events", "time", customers)
    say("indexing")
    server.run("CREATE INDEX IF NOT EXISTS events_covering ON events (customer_id, ts) INCLUDE (event); VACUUM events")
    events_table(server, "events_by_customer", "customer", customers)
    say("building journeys")
    server.run("""DROP EXTENSION IF EXISTS journey CASCADE;
        DROP TABLE IF EXISTS journeys, journeys_nameless, journeys_s, journeys_s_nameless;
        CREATE EXTENSION journey""")
    for name, query in (
            ("journeys", "journey_agg(ts, event) FROM events_by_customer GROUP BY customer_id"),
            ("journeys_s", "journey_agg(date_trunc('second', ts), event) FROM events_by_customer GROUP BY customer_id"),
            ("journeys_nameless", "relabel(journey, '{.}', '{e}') FROM journeys"),
            ("journeys_s_nameless", "relabel(journey, '{.}', '{e}') FROM journeys_s")):
        server.run("""CREATE TABLE %s (customer_id bigint, journey journey)
            WITH (toast_tuple_target = 8160, autovacuum_enabled = off);
            INSERT INTO %s SELECT customer_id, %s; VACUUM (FREEZE, ANALYZE) %s""" % (name, name, query, name))


def load_peer(peer, engine, directory, customers):
    """The same events, three columns; time in microseconds as an integer, for
    DuckDB subtracts times with a zone slowly and windowFunnel takes no finer time."""
    made = os.path.join(directory, engine + ".made")
    if os.path.exists(made):
        return
    say("loading " + engine)
    for order in ("time", "customer") if engine == "duckdb" else ("customer",):
        path = os.path.join(directory, "events.tsv")
        with open(path, "wb") as f:
            subprocess.run([GENERATE, "tsv", order, str(customers)], stdout=f, check=True)
        if engine == "duckdb":
            peer.run("""CREATE OR REPLACE TABLE events%s AS SELECT * FROM read_csv('%s', delim = '\t', header = false,
                columns = {'customer_id': 'BIGINT', 'ts': 'BIGINT', 'event': 'VARCHAR'})"""
                     % ("" if order == "time" else "_by_customer", path))
        else:
            peer.run("DROP TABLE IF EXISTS events")
            peer.run("CREATE TABLE events (customer_id UInt64, ts UInt64, event LowCardinality(String)) "
                     "ENGINE = MergeTree ORDER BY (customer_id, ts)")
            peer.run("INSERT INTO events SELECT * FROM file('%s', 'TSV', 'customer_id UInt64, ts UInt64, event String')"
                     % path)
            peer.run("OPTIMIZE TABLE events FINAL")
        os.remove(path)
    open(made, "w").close()


def open_peers(customers):
    """Peers live in the directory of the server, and go with it."""
    directory = os.path.join(os.environ["JOURNEY_SERVER"], "peers.%d.%s" % (customers, os.environ["BENCH_SUM"]))
    os.makedirs(directory, exist_ok=True)
    peers = {}
    for engine in ("duckdb", "clickhouse"):
        peer = Peer(engine, directory)
        if peer.version is None:
            say("%s is not installed for %s: not compared" % (engine, sys.executable))
            peer.close()
            continue
        say("%s %s" % (engine, peer.version))
        load_peer(peer, engine, directory, customers)
        peers[engine] = peer
    return peers


def ask(server, peers, query):
    """One measurement, the median of query.repeat."""
    if query.engine != "postgres":
        return peers[query.engine].measure(query.sql)
    server.run("; ".join(["SELECT"] + ["SET %s = off" % name for name in query.off]))
    runs = sorted(server.measure(query.sql) for _ in range(query.repeat))
    server.run("; ".join(["SELECT"] + ["RESET %s" % name for name in query.off]))
    return runs[len(runs) // 2]


def measure(server, peers, queries):
    """All rounds; round 0 warms up. Two answers in a group end the run."""
    figures = Figures()
    answers = {}
    names = [name for _, name, _ in PARALLEL]
    for number in range(ROUNDS + 1):
        say("round %d of %d" % (number, ROUNDS))
        for query in queries:
            once = query.name.startswith("check")
            if (number == 0 and not once and query.name not in WARM_UP) or (number > 0 and once):
                continue
            wall, cpu, answer = ask(server, peers, query)
            first, known = answers.setdefault(query.group, (query.name, answer))
            if known != answer:
                raise SystemExit("bench: %s and %s differ:\n%s\n%s" % (first, query.name, known, answer))
            if number > 0:
                figures.add(query.name, wall, cpu)
        for query in queries:
            if number > 0 and query.name in names:
                wall = parallel(server, query)
                if wall is not None:
                    figures.add(query.name + " with a worker", wall, None)
    return figures, answers


def parallel(server, query):
    """Wall time with one worker beside the leader; None without such a plan."""
    server.run("SET max_parallel_workers_per_gather = 1; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;"
               "SET min_parallel_table_scan_size = 0")
    wall = None
    if "Gather" in server.run("EXPLAIN " + query.sql):
        walls = sorted(server.measure(query.sql)[0] for _ in range(query.repeat))
        wall = walls[len(walls) // 2]
    server.run("SET max_parallel_workers_per_gather = 0; RESET parallel_setup_cost; RESET parallel_tuple_cost;"
               "RESET min_parallel_table_scan_size")
    return wall


def targets(figures, sizes):
    rows = []
    for what, name, base, bound in AT_MOST:
        if name in figures and base in figures:
            rows.append(target_row(what, figures.ratios(name, base), bound))
    for what, name, base, bound in AT_LEAST:
        if name in figures and base in figures:
            rows.append(target_row(what, figures.ratios(base, name), bound, at_least=True))
    for what, name, bound in PARALLEL:
        if name + " with a worker" in figures:
            rows.append(target_row(what, figures.ratios(name, name + " with a worker", wall=True), bound, at_least=True))
    for name, title, bound in SIZES:
        if bound:
            rows.append(target_row("bytes an event at " + title, [sizes[name]], bound, unit=""))
    return table(TARGETS, rows)


def costs(figures, queries, events):
    rows = []
    for query in queries:
        if query.name not in figures:
            continue
        cpu = figures.median(query.name)
        rows.append([query.title, rounded(figures.median(query.name, 0)), rounded(cpu),
                     rounded(cpu * 1e6 / events, 1) if cpu else ""])
    return table(["query", "wall ms", "CPU ms", "CPU ns/event"], rows)


def summary(server, peers, figures, queries, answers, started):
    """The text of the section."""
    events = int(server.run("SELECT count(*) FROM events"))
    customers = int(server.run("SELECT count(*) FROM journeys"))
    sizes = {name: float(server.run("SELECT pg_table_size('%s') / %d.0" % (name, events)))
             for name in ["events"] + [name for name, _, _ in SIZES]}
    versions = ["PostgreSQL " + server.run("SHOW server_version").split()[0]] + \
        ["%s %s" % ({"duckdb": "DuckDB", "clickhouse": "ClickHouse"}[e], p.version) for e, p in peers.items()]
    return "\n\n".join([
        "{:,} events of {:,} customers; {} rounds; {}. {}.".format(events, customers, ROUNDS, ", ".join(versions), started),
        targets(figures, sizes),
        "Medians, one process each:",
        costs(figures, queries, events),
        "Bytes an event, tables with TOAST: events %s; journeys " % rounded(sizes["events"]) +
        ", ".join("%s %s" % (title, rounded(sizes[name])) for name, title, _ in SIZES) + ".",
        "Answers, the same from all: " + "; ".join("%s `%s`" % (g, a) for g, (_, a) in sorted(answers.items())) + "."])


def main():
    customers = int(sys.argv[1])
    started = machine()
    server = Server(database("bench_%d" % customers))
    server.run(SETTINGS)
    load(server, customers)
    peers = open_peers(customers)
    queries = [q for q in POSTGRES + DUCKDB + CLICKHOUSE
               if selected(q.name) and (q.engine == "postgres" or q.engine in peers) and
               (not q.needs or server.run("SELECT to_regprocedure('%s')" % q.needs))]
    figures, answers = measure(server, peers, queries)
    report("main", summary(server, peers, figures, queries, answers, started))
    for session in [server] + list(peers.values()):
        session.close()


main()
