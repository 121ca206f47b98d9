"""shapes.py CUSTOMERS: see shapes, which starts it in a private server."""
import os
import sys

from measure import (SETTINGS, TARGETS, Figures, Server, database, events_table, machine, report, rounded, say, selected,
                     table, target_row)
from queries import POSTGRES

ROUNDS = int(os.environ.get("ROUNDS", "3"))
HUGE = int(os.environ.get("HUGE_N", "1000000"))
SMALL = int(os.environ.get("SMALL_N", "500000"))
QUERY = {query.name: query for query in POSTGRES}

# What each shape is asked.
ROWS = ["group", "rows_funnel", "rows_journeys", "onepass_funnel", "bulk_journeys"]
STORED = ["j_count", "j_funnel", "j_sessions", "j_match"]
GROWS = [name for name in ROWS + STORED if name != "j_count"]


# The covering index of run would spare GROUP BY the hash table that is asked about.
NO_INDEX = "SET enable_indexscan = off; SET enable_indexonlyscan = off; "


class Shape:
    """A database with events and journeys of one shape."""

    def __init__(self, name, customers, per_customer=0):
        self.name = database(name)
        self.session = self.open()
        events_table(self.session, "events", "time", customers, per_customer)
        say("building journeys of " + name)
        self.session.run("DROP EXTENSION IF EXISTS journey CASCADE; CREATE EXTENSION journey; "
                         "DROP TABLE IF EXISTS journeys; CREATE TABLE journeys (customer_id bigint, journey journey) "
                         "WITH (toast_tuple_target = 8160, autovacuum_enabled = off)")
        self.build = self.session.measure("INSERT INTO journeys SELECT customer_id, journey_agg(ts, event) "
                                          "FROM events GROUP BY customer_id")[1]
        self.session.run("VACUUM (FREEZE, ANALYZE) journeys")
        self.events = int(self.session.run("SELECT count(*) FROM events"))

    def open(self):
        session = Server(self.name)
        session.run(SETTINGS)
        return session

    def can(self, name):
        needs = QUERY[name].needs
        return selected(name) and (not needs or self.session.run("SELECT to_regprocedure('%s')" % needs) != "")

    def measure(self, names, rounds=ROUNDS, setting="", warm=True):
        """Figures by query, and memory in MB of a session that asks it once."""
        figures, memory, answers = Figures(), {}, {}
        for name in filter(self.can, names):
            fresh = self.open()
            fresh.run(NO_INDEX + setting)
            before = fresh.peak_mb()
            for number in range(rounds + warm):
                wall, cpu, answer = fresh.measure(QUERY[name].sql)
                if number >= warm:
                    figures.add(name, wall, cpu)
                if number == 0 and before is not None:
                    memory[name] = fresh.peak_mb() - before
            if answers.setdefault(QUERY[name].group, answer) != answer:
                raise SystemExit("bench: %s answers otherwise" % name)
            fresh.close()
        return figures, memory

    def close(self):
        self.session.close()


def per_event(figures, name, events):
    return figures.median(name) * 1e6 / events


def growth(customers, goals):
    """A twentieth of the customers against all of them."""
    few, many = Shape("bench_%d" % (customers // 20), customers // 20), Shape("bench_%d" % customers, customers)
    say("growth: %d and %d events" % (few.events, many.events))
    small, _ = few.measure(GROWS, rounds=2 * ROUNDS)
    large, memory = many.measure(GROWS)
    rows = []
    for name in GROWS:
        if name in small and name in large:
            ratio = per_event(large, name, many.events) / per_event(small, name, few.events)
            rows.append([QUERY[name].title, rounded(per_event(small, name, few.events), 1),
                         rounded(per_event(large, name, many.events), 1), rounded(ratio),
                         rounded(memory.get(name), 0)])
            if name != "group":
                goals.append(target_row("growth, %s" % QUERY[name].title, [ratio], 1.3))
    few.close()
    return many, large, "CPU ns an event at {:,} and {:,} events, and memory of the session (MB):\n\n{}".format(
        few.events, many.events, table(["query", "small", "large", "ratio", "MB"], rows))


def little_memory(many, plenty):
    """work_mem 4 MB against 512 MB."""
    say("work_mem 4 MB")
    rows = []
    figures, memory = many.measure(ROWS, rounds=1, setting="SET work_mem = '4MB'", warm=False)
    for name in ROWS:
        if name in figures and name in plenty:
            ratio = figures.median(name) / plenty.median(name)
            to_group = ratio / (figures.median("group") / plenty.median("group"))
            rows.append([QUERY[name].title, rounded(plenty.median(name)), rounded(figures.median(name)), rounded(ratio),
                         rounded(to_group), rounded(memory.get(name), 0)])
    return "CPU ms with work_mem of 512 MB and of 4 MB, and memory at 4 MB:\n\n" + table(
        ["query", "512 MB", "4 MB", "ratio", "ratio / that of `GROUP BY`", "MB"], rows)


def huge():
    """One customer has them all."""
    shape = Shape("bench_huge_%d" % HUGE, 1, HUGE)
    say("one customer of %d events" % shape.events)
    figures, memory = shape.measure(ROWS + STORED)
    rows = [["`INSERT` of the journey", rounded(shape.build), rounded(shape.build * 1e6 / shape.events, 1), ""]]
    for name in ROWS + STORED:
        if name in figures:
            rows.append([QUERY[name].title, rounded(figures.median(name)), rounded(per_event(figures, name, shape.events), 1),
                         rounded(memory.get(name), 0)])
    session = shape.open()
    for title, sql in (
            ("journey: `length`, `ended_at`", "SELECT length(journey), ended_at(journey) FROM journeys"),
            ("journey: ten events appended", "UPDATE journeys SET journey = journey || d.j FROM (SELECT journey_agg(timestamptz "
             "'2026-12-01Z' + i * interval '1 min', 'visit') AS j FROM generate_series(1, 10) AS i) AS d")):
        rows.append([title, rounded(session.measure(sql)[1]), "", rounded(session.peak_mb(), 0)])
    session.close()
    shape.close()
    return "One customer of {:,} events:\n\n{}".format(
        shape.events, table(["query", "CPU ms", "ns/event", "MB"], rows))


def small():
    """Very many customers of five events."""
    shape = Shape("bench_small_%d" % SMALL, SMALL, 5)
    say("%d customers of 5 events" % SMALL)
    figures, memory = shape.measure(ROWS + STORED, rounds=1, warm=SMALL < 5000000)
    rows = []
    for name in ROWS + STORED:
        if name in figures:
            base = "j_count" if name in STORED else "group"
            rows.append([QUERY[name].title, rounded(figures.median(name)), rounded(per_event(figures, name, shape.events), 1),
                         rounded(figures.median(name) / figures.median(base)) if base in figures else "",
                         rounded(memory.get(name), 0)])
    size = float(shape.session.run("SELECT pg_table_size('journeys') / %d.0" % shape.events))
    shape.close()
    return "{:,} customers of 5 events each, work_mem 512 MB; the journeys take {} bytes an event:\n\n{}".format(
        SMALL, rounded(size, 1), table(["query", "CPU ms", "ns/event", "/ `count(*)`", "MB"], rows))


def main():
    started = machine()
    goals = []
    many, plenty, text = growth(int(sys.argv[1]), goals)
    texts = [text, little_memory(many, plenty)]
    many.close()
    texts += [huge(), small()]
    report("shapes", "\n\n".join([started + ".", table(TARGETS, goals)] + texts))


main()
