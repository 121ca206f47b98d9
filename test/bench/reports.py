"""reports.py CUSTOMERS: see reports, which starts it in a private server."""
import json
import os
import sys

from measure import (SETTINGS, TARGETS, Figures, Server, database, events_table, machine, report, rounded, say, selected,
                     table, target_row)

ROUNDS = int(os.environ.get("ROUNDS", "3"))
FUNNEL = "'product_view -> add_to_cart -> checkout -> purchase within 7 days'"

# name: (aggregate, the functions of one journey that read what it reads)
REPORTS = {
    "funnel_stages": ("funnel_stages(journey, %s)" % FUNNEL, ["funnel_step(journey, %s)" % FUNNEL]),
    "funnel_stages, revenue": ("funnel_stages(journey, %s, 'purchase | refund')" % FUNNEL,
                               ["funnel_step(journey, %s)" % FUNNEL, "value_sum(journey, 'purchase | refund')"]),
    "path_flows": ("path_flows(journey, NULL, 5)", ["length(path_text(journey, ' > ', 5))"]),
    "top_paths": ("top_paths(journey, 'purchase', 'purchase | refund', 5, 10)",
                  ["length(path_text(journey, ' > ', 5))", "event_count(journey, 'purchase')",
                   "value_sum(journey, 'purchase | refund')"]),
    "transition_map": ("transition_map(journey)", ["length(path_text(journey))"]),
    "drop_offs, by session": ("drop_offs(journey, 'purchase', 'session', NULL)",
                              ["session_count(journey)", "cardinality(event_names(journey))",
                               "event_count(journey, 'purchase')"]),
    "drop_offs, by journey": ("drop_offs(journey, 'purchase', 'journey', NULL)",
                              ["cardinality(event_names(journey))", "event_count(journey, 'purchase')"]),
    "attribution, linear": ("attribution(journey, 'purchase', 'purchase | refund', 'linear')",
                            ["match_count(journey, 'purchase')", "value_sum(journey, 'purchase | refund')",
                             "event_count(journey, '.@email')"]),
    "attribution, time_decay": ("attribution(journey, 'purchase', 'purchase | refund', 'time_decay')",
                                ["match_count(journey, 'purchase')", "value_sum(journey, 'purchase | refund')",
                                 "event_count(journey, '.@email')"]),
    "attribution, markov(2)": ("attribution(journey, 'purchase', 'purchase | refund', 'markov(2)')",
                               ["match_count(journey, 'purchase')", "value_sum(journey, 'purchase | refund')",
                                "event_count(journey, '.@email')"]),
    "retention_table": ("retention_table(journey, 'visit', 'purchase', 'week', 'UTC')",
                        ["event_count(journey, 'visit')", "event_count(journey, 'purchase')"]),
    "touchpoint_lift": ("touchpoint_lift(journey, customer_id % 2 = 0, NULL, NULL)", ["length(path_text(journey))"]),
    "session_rules": ("session_rules(journey, 'purchase', '30 minutes', NULL)",
                      ["session_count(journey)", "match_count(journey, 'purchase')", "length(path_text(journey))"]),
    "survival": ("survival(length(journey), customer_id % 2 = 0)", ["length(journey)"]),
}


def passes(functions):
    return "SELECT %s FROM journeys" % ", ".join("sum(%s)" % function for function in functions)


def build(session, customers):
    events_table(session, "events", "time", customers)
    say("building journeys")
    session.run("DROP EXTENSION IF EXISTS journey CASCADE; CREATE EXTENSION journey; DROP TABLE IF EXISTS journeys; "
                "CREATE TABLE journeys (customer_id bigint, journey journey) WITH (toast_tuple_target = 8160); "
                "INSERT INTO journeys SELECT customer_id, journey_agg(ts, event, channel, value) FROM events "
                "GROUP BY customer_id; VACUUM (FREEZE, ANALYZE) journeys")


def agree(session, aggregate):
    """Serial and parallel answers must be the same bits."""
    answer = "SELECT md5((%s)::text) FROM journeys" % aggregate
    serial = session.run(answer)
    session.run("SET max_parallel_workers_per_gather = 3; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; "
                "SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off")
    parallel = session.run(answer)
    session.run("SET max_parallel_workers_per_gather = 0")
    if serial != parallel:
        raise SystemExit("bench: a parallel plan answers otherwise: " + aggregate)


def group_bytes(session, aggregate):
    """What a hash aggregate with a group for each customer takes, by group."""
    plan = json.loads(session.run("EXPLAIN (ANALYZE, TIMING off, FORMAT json) SELECT customer_id, %s FROM sample GROUP BY 1"
                                  % aggregate))[0]["Plan"]
    while plan["Node Type"] != "Aggregate":
        plan = plan["Plans"][0]
    if plan.get("HashAgg Batches", 1) > 1:
        return None
    return plan["Peak Memory Usage"] * 1024 / plan["Actual Rows"]


def main():
    started = machine()
    customers = int(sys.argv[1])
    session = Server(database("bench_%d" % customers))
    session.run(SETTINGS)
    build(session, customers)
    names = [name for name in REPORTS if selected(name)]
    figures = Figures()
    for number in range(ROUNDS + 1):
        say("round %d" % number)
        for name in names:
            aggregate, functions = REPORTS[name]
            for what, sql in ((name, "SELECT length((%s)::text) FROM journeys" % aggregate), (name + " pass", passes(functions))):
                wall, cpu, _ = session.measure(sql)
                if number > 0:
                    figures.add(what, wall, cpu)
    goals, rows = [], []
    few = "%d" % min(customers, 100000)
    session.run("CREATE TEMP TABLE sample AS SELECT * FROM journeys WHERE customer_id <= %s; ANALYZE sample; "
                "SET work_mem = '2GB'; SET hash_mem_multiplier = 4; SET enable_sort = off" % few)
    for name in names:
        say(name)
        agree(session, REPORTS[name][0])
        goals.append(target_row(name, figures.ratios(name, name + " pass"), 3))
        size = group_bytes(session, REPORTS[name][0])
        rows.append([name, rounded(figures.median(name)), rounded(figures.median(name + " pass")), rounded(size, 0)])
    session.close()
    report("reports", "\n\n".join([
        started + ".", "CPU of an aggregate over all journeys, divided by that of the functions that read the same of each:",
        table(TARGETS, goals),
        "CPU ms over {:,} journeys, and bytes of a group where each of {:,} customers is one:".format(customers, int(few)),
        table(["aggregate", "CPU ms", "the pass", "bytes a group"], rows)]))


main()
