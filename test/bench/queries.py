"""The questions of the benchmark, as each engine is best asked.

Queries of one group must give one answer. Funnels give the depth of each
customer, and answer with the sum of depths; whether the depths are the same, too,
is asked once, of the queries of which the name begins with "check".
"""
from collections import namedtuple

FUNNEL = "product_view -> add_to_cart -> checkout -> purchase within 7 days"
STEPS = ("product_view", "add_to_cart", "checkout", "purchase")
MATCH = "product_view -> add_to_cart -> purchase without support_chat"
SEQUENCE = "product_view -> add_to_cart -> purchase"
WEEK_US = 7 * 86400 * 1000000
HALF_HOUR_US = 30 * 60 * 1000000
IN_STEPS = "event IN ('%s')" % "', '".join(STEPS)
IN_REGEX = "'product_view', 'add_to_cart', 'purchase', 'support_chat'"

# engine: postgres, duckdb or clickhouse; group: of equal answers; off: settings
# of the planner to turn off; needs: a function that must exist; repeat: times in
# a round.
Query = namedtuple("Query", "name engine title sql group off needs repeat", defaults=("", (), "", 1))


def depths(inner):
    """The sum of depths, of a query that gives d for each customer."""
    return "SELECT sum(d) FROM (%s) AS i" % inner


def histogram(inner):
    """Customers by depth, of such a query: "1:218115 2:114208 ..", without 0."""
    return ("SELECT string_agg(d || ':' || n, ' ' ORDER BY d) FILTER (WHERE d > 0) "
            "FROM (SELECT d, count(*) AS n FROM (%s) AS i GROUP BY d) AS h" % inner)


def rows_depth(table):
    return "SELECT funnel_step(ts, event, '%s') AS d FROM %s GROUP BY customer_id" % (FUNNEL, table)


def rows_count(table):
    return "SELECT sum(n) FROM (SELECT count(*) AS n FROM %s GROUP BY customer_id) AS s" % table


def windows_funnel(week):
    """Exact in plain SQL: the latest start from which each step can be reached,
    one window for each step over one sort."""
    over = "OVER (PARTITION BY customer_id ORDER BY ts)"
    return """SELECT coalesce(max(CASE WHEN event = 'purchase' AND ts - s4 <= {week} THEN 4
        WHEN event = 'checkout' AND ts - s3 <= {week} THEN 3
        WHEN event = 'add_to_cart' AND ts - s2 <= {week} THEN 2
        WHEN event = 'product_view' THEN 1 END), 0) AS d
      FROM (SELECT *, max(CASE WHEN event = 'checkout' THEN s3 END) {over} AS s4
        FROM (SELECT *, max(CASE WHEN event = 'add_to_cart' THEN s2 END) {over} AS s3
          FROM (SELECT customer_id, ts, event, max(CASE WHEN event = 'product_view' THEN ts END) {over} AS s2
            FROM events WHERE {steps}) AS a) AS b) AS c
      GROUP BY customer_id""".format(week=week, over=over, steps=IN_STEPS)


# The nearest step before, of those still within the window; a chain of outer
# joins gives wrong depths.
ASOF = """WITH s1 AS (SELECT customer_id, ts, ts AS first FROM {table} WHERE event = 'product_view'),
  s2 AS (SELECT e.customer_id, e.ts, p.first FROM {table} AS e ASOF JOIN s1 AS p
    ON e.customer_id = p.customer_id AND e.ts >= p.ts WHERE event = 'add_to_cart' AND e.ts - p.first <= {week}),
  s3 AS (SELECT e.customer_id, e.ts, p.first FROM {table} AS e ASOF JOIN s2 AS p
    ON e.customer_id = p.customer_id AND e.ts >= p.ts WHERE event = 'checkout' AND e.ts - p.first <= {week}),
  s4 AS (SELECT e.customer_id, e.ts, p.first FROM {table} AS e ASOF JOIN s3 AS p
    ON e.customer_id = p.customer_id AND e.ts >= p.ts WHERE event = 'purchase' AND e.ts - p.first <= {week})
  SELECT max(d) AS d FROM (SELECT customer_id, 1 AS d FROM s1 UNION ALL SELECT customer_id, 2 FROM s2
    UNION ALL SELECT customer_id, 3 FROM s3 UNION ALL SELECT customer_id, 4 FROM s4) AS u GROUP BY customer_id"""

LAG = """SELECT count(*) FROM (SELECT ts - lag(ts) OVER (PARTITION BY customer_id ORDER BY ts) AS gap FROM {table}) AS g
  WHERE gap IS NULL OR gap > {timeout}"""

REGEX = """SELECT count(*) FROM (SELECT string_agg(CASE event WHEN 'product_view' THEN 'v' WHEN 'add_to_cart' THEN 'c'
  WHEN 'purchase' THEN 'p' WHEN 'support_chat' THEN 's' ELSE 'x' END, '' ORDER BY ts) AS path
  FROM {table} {where} GROUP BY customer_id) AS p WHERE regexp_matches(path, 'v[^s]*c[^s]*p')"""

BUT_INDEX = ("enable_seqscan", "enable_bitmapscan", "enable_hashagg", "enable_sort")

POSTGRES = [
    Query("count", "postgres", "`count(*)` over the events", "SELECT count(*) FROM events", "events"),
    Query("group", "postgres", "`count(*)`, `GROUP BY customer`", rows_count("events"), "events"),
    Query("rows_funnel", "postgres", "`funnel_step` on rows, `GROUP BY customer`", depths(rows_depth("events")), "funnel"),
    Query("onepass_funnel", "postgres", "`funnel_stages(customer, ts, event, pattern)`, one pass",
          "SELECT sum(customers) FROM (SELECT funnel_stages(customer_id, ts, event, '%s') AS a FROM events) AS s, unnest(s.a)"
          % FUNNEL, "funnel", needs="funnel_stages(bigint,timestamptz,text,journey_pattern)"),
    Query("sql_funnel", "postgres", "plain SQL: the funnel by windows", depths(windows_funnel("interval '7 days'")),
          "funnel"),
    Query("rows_journeys", "postgres", "`journey_agg(ts, event)`, `GROUP BY customer`",
          "SELECT sum(length(j)) FROM (SELECT journey_agg(ts, event) AS j FROM events GROUP BY customer_id) AS s",
          "events"),
    Query("bulk_journeys", "postgres", "`journey_build('SELECT customer, ts, event ..')`, one pass",
          "SELECT sum(length(journey)) FROM journey_build('SELECT customer_id, ts, event FROM events')",
          "events", needs="journey_build(text)"),
    Query("rows_sessions", "postgres", "`sessionize` on rows",
          """SELECT count(*) FILTER (WHERE first) FROM (SELECT session_start(ts) OVER (PARTITION BY customer_id ORDER BY ts)
               = ts AS first FROM events) AS s""", "sessions"),
    Query("sql_sessions", "postgres", "plain SQL: sessions by `lag`",
          LAG.format(table="events", timeout="interval '30 min'"), "sessions"),
    Query("group_index", "postgres", "`count(*)` by customer over a covering index", rows_count("events"), "events",
          BUT_INDEX),
    Query("index_funnel", "postgres", "`funnel_step` over the covering index", depths(rows_depth("events")), "funnel",
          BUT_INDEX),
    Query("group_ordered", "postgres", "`count(*)` by customer, heap in customer order",
          rows_count("events_by_customer"), "events"),
    Query("ordered_funnel", "postgres", "`funnel_step`, heap in customer order", depths(rows_depth("events_by_customer")),
          "funnel"),
    Query("j_count", "postgres", "`count(*)` over the journeys", "SELECT count(*) FROM journeys", "customers",
          repeat=5),
    Query("j_funnel", "postgres", "journeys: `funnel_step`",
          "SELECT sum(funnel_step(journey, '%s')) FROM journeys" % FUNNEL, "funnel", repeat=5),
    Query("check_funnel", "postgres", "", histogram("SELECT funnel_step(journey, '%s') AS d FROM journeys" % FUNNEL),
          "depths"),
    Query("check_rows_funnel", "postgres", "", histogram(rows_depth("events_by_customer")), "depths"),
    Query("check_sql_funnel", "postgres", "", histogram(windows_funnel("interval '7 days'")), "depths"),
    Query("j_stages", "postgres", "journeys: `funnel_stages` with medians",
          "SELECT sum(customers) FROM (SELECT funnel_stages(journey, '%s') AS a FROM journeys) AS s, unnest(s.a)" % FUNNEL,
          "funnel", repeat=3),
    Query("j_sessions", "postgres", "journeys: `session_count`", "SELECT sum(session_count(journey)) FROM journeys",
          "sessions", repeat=5),
    Query("j_match", "postgres", "journeys: `@@ '.. without ..'`",
          "SELECT count(*) FROM journeys WHERE journey @@ '%s'" % MATCH, "match", repeat=5),
    Query("j_sequence", "postgres", "journeys: `@@ 'a -> b -> c'`",
          "SELECT count(*) FROM journeys WHERE journey @@ '%s'" % SEQUENCE, "sequence", repeat=5),
]

# Two layouts: as the log grows, which the heap of PostgreSQL has too, and sorted
# by customer, the best that can be done for these questions.
DUCKDB = [
    Query("duck_asof", "duckdb", "DuckDB: funnel, chain of inner `ASOF` joins",
          depths(ASOF.format(table="events", week=WEEK_US)), "funnel"),
    Query("duck_asof_sorted", "duckdb", "DuckDB: the same, sorted by customer",
          depths(ASOF.format(table="events_by_customer", week=WEEK_US)), "funnel"),
    Query("check_duck_asof", "duckdb", "", histogram(ASOF.format(table="events_by_customer", week=WEEK_US)), "depths"),
    Query("duck_window", "duckdb", "DuckDB: funnel, windows", depths(windows_funnel(WEEK_US)), "funnel"),
    Query("duck_sessions", "duckdb", "DuckDB: sessions by `lag`", LAG.format(table="events", timeout=HALF_HOUR_US),
          "sessions"),
    Query("duck_sessions_sorted", "duckdb", "DuckDB: the same, sorted by customer",
          LAG.format(table="events_by_customer", timeout=HALF_HOUR_US), "sessions"),
    Query("duck_regex", "duckdb", "DuckDB: regex on `string_agg`", REGEX.format(table="events", where=""), "match"),
    Query("duck_regex_sorted", "duckdb", "DuckDB: the same, sorted by customer, only the four names of the regex",
          REGEX.format(table="events_by_customer", where="WHERE event IN (%s)" % IN_REGEX), "match"),
]

CLICKHOUSE_CONDITIONS = ", ".join("event = '%s'" % step for step in STEPS)

CLICKHOUSE_DEPTH = "SELECT windowFunnel(%d)(ts, %s) AS d FROM events WHERE %s GROUP BY customer_id" % (
    WEEK_US, CLICKHOUSE_CONDITIONS, IN_STEPS)

# Works for the whole query only, not inside of it.
IN_ORDER = " SETTINGS optimize_aggregation_in_order = 1"

CLICKHOUSE = [
    Query("click_funnel", "clickhouse", "ClickHouse: `windowFunnel`, sorted by customer, `WHERE`",
          depths(CLICKHOUSE_DEPTH) + IN_ORDER, "funnel"),
    Query("check_click_funnel", "clickhouse", "",
          """SELECT arrayStringConcat(arraySort(groupArray(concat(toString(d), ':', toString(n)))), ' ')
             FROM (SELECT d, count() AS n FROM (%s) WHERE d > 0 GROUP BY d)""" % CLICKHOUSE_DEPTH, "depths"),
    Query("click_sessions", "clickhouse", "ClickHouse: sessions by `lagInFrame`, sorted by customer",
          """SELECT countIf(before = 0 OR ts - before > %d) FROM (SELECT ts, lagInFrame(ts) OVER
             (PARTITION BY customer_id ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before FROM events)"""
          % HALF_HOUR_US, "sessions"),
    Query("click_sequence", "clickhouse", "ClickHouse: `sequenceMatch`, sorted by customer, `WHERE`",
          """SELECT countIf(m) FROM (SELECT sequenceMatch('(?1).*(?2).*(?3)')(ts, event = 'product_view',
             event = 'add_to_cart', event = 'purchase') AS m FROM events
             WHERE event IN ('product_view', 'add_to_cart', 'purchase') GROUP BY customer_id)""" + IN_ORDER, "sequence"),
]
