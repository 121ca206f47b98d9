"""append.py CUSTOMERS: see append, which starts it in a private server."""
import os
import statistics
import sys

from measure import (SETTINGS, TARGETS, Server, database, events_table, machine, report, rounded, say, table,
                     target_row)
from queries import FUNNEL, histogram

DAYS = int(os.environ.get("DAYS", "5"))
LAST_DAY = 180

INLINE = "fillfactor = 70, toast_tuple_target = 8160"

# (name, title, options of the table, GIN index, how)
WAYS = [
    ("merge_default", "`MERGE`, table with default options", "fillfactor = 100", False, "merge"),
    ("merge_70", "`MERGE`, fillfactor 70", "fillfactor = 70", False, "merge"),
    ("merge", "`MERGE`, fillfactor 70, toast_tuple_target 8160", INLINE, False, "merge"),
    ("upsert", "`INSERT .. ON CONFLICT DO UPDATE`, the same", INLINE, False, "upsert"),
    ("upsert_gin", "the same, GIN index", INLINE, True, "upsert"),
    ("sorted", "the same, no index, sorted by customer", INLINE, False, "sorted"),
    ("sorted_50", "the same, fillfactor 50", "fillfactor = 50, toast_tuple_target = 8160", False, "sorted"),
    ("segment", "`INSERT` of segments", "fillfactor = 100", False, "segment"),
    ("segment_gin", "the same, GIN index", "fillfactor = 100", True, "segment"),
]
UPDATES = [way[0] for way in WAYS if way[4] != "segment" and not way[3]]

DAY_JOURNEYS = "SELECT customer_id, journey_agg(ts, event) AS journey FROM day GROUP BY customer_id"


def prepare(server, first_day):
    """One table of history for each way, up to the first day to be appended."""
    server.run("""DROP EXTENSION IF EXISTS journey CASCADE; CREATE EXTENSION journey;
        DROP TABLE IF EXISTS history, rebuilt, day;
        CREATE TABLE history AS SELECT customer_id, journey_agg(ts, event) AS journey FROM events
          WHERE ts < timestamptz '2026-01-01Z' + %d * interval '1 day' GROUP BY customer_id""" % first_day)
    for name, title, options, gin, how in WAYS:
        say("preparing: " + title)
        server.run("DROP TABLE IF EXISTS %s" % name)
        if how == "segment":
            server.run("""CREATE TABLE {0} (customer_id bigint, day date, journey journey, PRIMARY KEY (customer_id, day))
                WITH ({1}); INSERT INTO {0} SELECT customer_id, '-infinity', journey FROM history ORDER BY customer_id
                """.format(name, options))
        else:
            server.run("""CREATE TABLE {0} (customer_id bigint PRIMARY KEY, journey journey) WITH ({1});
                INSERT INTO {0} SELECT customer_id, journey FROM history ORDER BY customer_id""".format(name, options))
        if gin:
            server.run("CREATE INDEX %s_journey ON %s USING gin (journey)" % (name, name))
        server.run("VACUUM (FREEZE, ANALYZE) %s" % name)


def take_day(server, day):
    """Puts the events of a day into the table day; their number."""
    server.run("""DROP TABLE IF EXISTS day; CREATE TABLE day AS SELECT * FROM events
        WHERE ts >= timestamptz '2026-01-01Z' + {0} * interval '1 day'
          AND ts < timestamptz '2026-01-01Z' + {1} * interval '1 day'; VACUUM (FREEZE, ANALYZE) day
        """.format(day, day + 1 if day + 1 < LAST_DAY else 10000))
    return int(server.run("SELECT count(*) FROM day"))


def append_sql(name, how, day):
    if how == "segment":
        return "INSERT INTO {0} SELECT customer_id, date '2026-01-01' + {1}, journey FROM ({2}) AS d".format(
            name, day, DAY_JOURNEYS)
    if how in ("upsert", "sorted"):
        return """INSERT INTO {0} {1}{2} ON CONFLICT (customer_id)
            DO UPDATE SET journey = {0}.journey || excluded.journey""".format(
                name, DAY_JOURNEYS, " ORDER BY customer_id" if how == "sorted" else "")
    return """MERGE INTO {0} AS t USING ({1}) AS d ON t.customer_id = d.customer_id
        WHEN MATCHED THEN UPDATE SET journey = t.journey || d.journey
        WHEN NOT MATCHED THEN INSERT VALUES (d.customer_id, d.journey)""".format(name, DAY_JOURNEYS)


def append_day(server, way, day):
    """(cpu ms, bytes of log, rows updated, of these in the same page)"""
    name, _, _, gin, how = way
    counters = "SELECT pg_current_wal_insert_lsn() - '0/0', pg_stat_get_tuples_updated('{0}'::regclass), " \
        "pg_stat_get_tuples_hot_updated('{0}'::regclass)".format(name)

    def read():
        server.run("SELECT pg_stat_force_next_flush()")
        return [float(x) for x in server.run(counters).split("|")]
    server.run("CHECKPOINT")
    before = read()
    cpu = server.measure(append_sql(name, how, day))[1]
    if gin:
        # what waits in the pending list belongs to the cost
        cpu += server.measure("SELECT gin_clean_pending_list('%s_journey')" % name)[1]
    after = read()
    server.run("VACUUM " + name)
    return [cpu] + [b - a for a, b in zip(before, after)]


def rebuild(server, day):
    """Processor time of building everything up to and with a day anew."""
    upto = "timestamptz '2026-01-01Z' + %d * interval '1 day'" % (day + 1 if day + 1 < LAST_DAY else 10000)
    server.run("DROP TABLE IF EXISTS rebuilt")
    return server.measure("CREATE TABLE rebuilt AS SELECT customer_id, journey_agg(ts, event) AS journey FROM events "
                          "WHERE ts < %s GROUP BY customer_id" % upto)[1]


def check(server):
    """Every way must have led to the journeys that were built anew."""
    for name, title, _, _, how in WAYS:
        whole = "SELECT customer_id, %s AS journey FROM %s%s" % (
            ("journey_agg(journey)", name, " GROUP BY customer_id") if how == "segment" else ("journey", name, ""))
        if server.run("SELECT count(*) FROM (%s) AS a FULL JOIN rebuilt AS b USING (customer_id) "
                      "WHERE a.journey IS DISTINCT FROM b.journey" % whole) != "0":
            raise SystemExit("bench: %s gives other journeys than building anew" % title)


def reading(server):
    """What reading costs afterwards: ratios of cpu, whole journeys : segments."""
    whole, segments = [], []
    for _ in range(5):
        whole.append(server.measure(histogram("SELECT funnel_step(journey, '%s') AS d FROM upsert" % FUNNEL))[1])
        segments.append(server.measure(histogram(
            "SELECT funnel_step(journey_agg(journey), '%s') AS d FROM segment GROUP BY customer_id" % FUNNEL))[1])
    return statistics.median(whole), statistics.median(segments)


def main():
    customers = int(sys.argv[1])
    started = machine()
    server = Server(database("append_%d" % customers))
    server.run(SETTINGS)
    events_table(server, "events", "time", customers)
    prepare(server, LAST_DAY - 2 * DAYS)
    runs = {way[0]: [] for way in WAYS}
    rebuilds, sizes = [], []
    for number in range(2 * DAYS):
        day = LAST_DAY - 2 * DAYS + number
        images = number < DAYS
        server.run("ALTER SYSTEM SET full_page_writes = %s; SELECT pg_reload_conf()" % ("on" if images else "off")
                   if number in (0, DAYS) else "SELECT 1")
        sizes.append(take_day(server, day))
        say("day %d: %d events" % (day + 1, sizes[-1]))
        for way in WAYS:
            runs[way[0]].append(append_day(server, way, day))
        rebuilds.append(rebuild(server, day))
    check(server)
    customers_a_day = int(server.run("SELECT count(DISTINCT customer_id) FROM day"))
    report("append", text(server, runs, rebuilds, sizes, customers_a_day, started))
    server.run("ALTER SYSTEM RESET full_page_writes; SELECT pg_reload_conf()")
    server.close()


def text(server, runs, rebuilds, sizes, customers_a_day, started):
    per_event = {name: [1000 * r[0] / n for r, n in zip(rows, sizes)] for name, rows in runs.items()}
    rows = []
    for name, title, _, _, how in WAYS:
        logged = [r[1] / n for r, n in zip(runs[name], sizes)]
        updated, hot = sum(r[2] for r in runs[name]), sum(r[3] for r in runs[name])
        rows.append([title, rounded(statistics.median(per_event[name])), rounded(statistics.median(logged[:DAYS])),
                     rounded(statistics.median(logged[DAYS:])), "" if how == "segment" else rounded(100 * hot / updated, 0),
                     rounded(statistics.median(b / r[0] for r, b in zip(runs[name], rebuilds)), 1)])
    best = min(UPDATES, key=lambda name: statistics.median(per_event[name]))
    goals = [target_row("us an event, updated journeys (the best of the forms below)", per_event[best], 2.2, unit=""),
             target_row("us an event, segments", per_event["segment"], 1.2, unit=""),
             target_row("the same, times cheaper than building anew", [b / r[0] for r, b in zip(runs[best], rebuilds)],
                        20, at_least=True)]
    whole, segments = reading(server)
    return "\n\n".join([
        "{:,} events in {:,} journeys before, {:,.0f} events of {:,} customers a day, {} days; PostgreSQL {}. {}.".format(
            int(server.run("SELECT sum(length(journey)) FROM history")), int(server.run("SELECT count(*) FROM history")),
            statistics.median(sizes), customers_a_day, len(sizes), server.run("SHOW server_version").split()[0], started),
        table(TARGETS, goals),
        table(["one day", "CPU us/event", "WAL B/event", "without page images", "HOT %", "times cheaper than anew"], rows),
        "Reading a funnel afterwards: {} ms from whole journeys, {} ms from segments put together on the fly "
        "(`funnel_step(journey_agg(journey), ..) GROUP BY customer_id`, {} rows a customer).".format(
            rounded(whole), rounded(segments),
            rounded(float(server.run("SELECT count(*) / count(DISTINCT customer_id)::numeric FROM segment")), 1))])


main()
