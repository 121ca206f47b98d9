"""What the benchmarks share: sessions that tell their cost, figures, tables.

A figure is a list of (wall ms, cpu ms), one for each round. Processor time is
that of the process that does the work: of the backend here, of the peer's
process there. A ratio is taken within a round.
"""
import fnmatch
import json
import os
import re
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, "build", "bench")
GENERATE = os.path.join(BUILD, "generate")
PAGE = os.path.join(ROOT, "doc", "performance.md")


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


def cpu_ms(pid):
    """Processor time of a process so far, or None where Linux is not."""
    try:
        with open("/proc/%d/schedstat" % pid) as f:
            return int(f.read().split()[0]) / 1e6
    except (OSError, ValueError, IndexError):
        pass
    try:
        with open("/proc/%d/stat" % pid) as f:
            field = f.read().rsplit(") ", 1)[1].split()
        return (int(field[11]) + int(field[12])) * 1000 / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


class Server:
    """One session of PostgreSQL, through psql and a pipe."""

    def __init__(self, database):
        self.psql = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.pid = int(self.run("SELECT pg_backend_pid()"))

    def run(self, sql):
        """Runs statements; all that they print, one line a row."""
        self.psql.stdin.write(sql.strip().rstrip(";") + "\n;\n\\echo :end-of-answer\n")
        self.psql.stdin.flush()
        lines = []
        for line in self.psql.stdout:
            if line == ":end-of-answer\n":
                return "".join(lines).rstrip("\n")
            lines.append(line)
        raise SystemExit("bench: this statement failed; psql's words stand above:\n" + sql)

    def measure(self, sql):
        """(wall ms, cpu ms, answer)"""
        cpu = cpu_ms(self.pid)
        start = time.perf_counter()
        answer = self.run(sql)
        wall = (time.perf_counter() - start) * 1000
        return wall, None if cpu is None else cpu_ms(self.pid) - cpu, answer

    def peak_mb(self):
        """The most memory of its own this backend has had at once: without
        shared buffers and the pages of programs, as far as it touched them."""
        try:
            with open("/proc/%d/status" % self.pid) as f:
                kb = {key: int(value) for key, value in re.findall(r"(\w+):\s*(\d+) kB", f.read())}
            return (kb["VmHWM"] - kb["RssShmem"] - kb["RssFile"]) / 1024
        except (OSError, KeyError):
            return None

    def copy_in(self, table, order, customers, per_customer=0):
        """Fills a table with generated events."""
        source = subprocess.Popen([GENERATE, "copy", order, str(customers), "1", str(per_customer)],
                                  stdout=subprocess.PIPE)
        columns = "(customer_id, ts, event, channel, value)"
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.run("SELECT current_database()"),
                        "-c", "BEGIN; TRUNCATE %s; COPY %s %s FROM STDIN (FORMAT binary, FREEZE); COMMIT"
                        % (table, table, columns)], stdin=source.stdout, check=True)
        if source.wait() != 0:
            raise SystemExit("bench: generate failed")

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()


SETTINGS = """SET client_min_messages = warning; SET max_parallel_workers_per_gather = 0; SET jit = off;
    SET max_parallel_maintenance_workers = 0; SET maintenance_work_mem = '1GB'; SET work_mem = '512MB'"""


class Peer:
    """Another engine, in a process of its own."""

    def __init__(self, engine, directory):
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "peer.py"), engine, directory],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.version = json.loads(self.process.stdout.readline() or "null")

    def measure(self, sql):
        self.process.stdin.write(json.dumps(sql) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("bench: the peer failed at\n" + sql)
        return tuple(json.loads(line))

    def run(self, sql):
        return self.measure(sql)[2]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def database(name):
    """Creates it if it is not there."""
    there = subprocess.run(["psql", "-X", "-A", "-t", "-c", "SELECT 1 FROM pg_database WHERE datname = '%s'" % name],
                           capture_output=True, text=True, check=True).stdout.strip()
    if not there:
        subprocess.run(["createdb", name], check=True)
    return name


EVENTS = """(customer_id bigint, ts timestamptz, event text, channel text, value double precision)
    WITH (autovacuum_enabled = off)"""


def events_table(server, table, order, customers, per_customer=0):
    """A table of generated events, unless it is there from an earlier run."""
    made = "%s %s %s %s" % (os.environ.get("BENCH_SUM", ""), order, customers, per_customer)
    if server.run("SELECT obj_description(to_regclass('%s'))" % table) == made:
        return False
    say("loading " + table)
    server.run("DROP TABLE IF EXISTS %s; CREATE TABLE %s %s" % (table, table, EVENTS))
    server.copy_in(table, order, customers, per_customer)
    server.run("VACUUM (FREEZE) %s; ANALYZE %s; COMMENT ON TABLE %s IS '%s'" % (table, table, table, made))
    return True


class Figures:
    """What was measured: name -> [(wall, cpu)], a pair for each round."""

    def __init__(self):
        self.of = {}

    def add(self, name, wall, cpu):
        self.of.setdefault(name, []).append((wall, cpu))

    def __contains__(self, name):
        return name in self.of

    def median(self, name, which=1):
        values = [pair[which] for pair in self.of[name] if pair[which] is not None]
        return statistics.median(values) if values else None

    def ratios(self, name, base, wall=False):
        """name / base, round by round; of processor time unless wall."""
        out = []
        for a, b in zip(self.of[name], self.of[base]):
            if wall or a[1] is None or b[1] is None:
                out.append(a[0] / b[0])
            else:
                out.append(a[1] / max(b[1], 0.001))
        return out


def selected(name):
    """Whether ONLY asks for this query."""
    only = os.environ.get("ONLY", "").split()
    return not only or any(fnmatch.fnmatchcase(name, pattern) for pattern in only)


def rounded(x, digits=2):
    if x is None:
        return ""
    if abs(x) >= 100:
        return "{:,.0f}".format(x)
    return "{:,.{}f}".format(x, 1 if abs(x) >= 10 else digits)


def target_row(what, values, bound, at_least=False, unit="x"):
    """A line of the table of targets; values are those of each round. Without a
    bound it only informs."""
    middle = statistics.median(values)
    line = [rounded(min(values)), rounded(middle), rounded(max(values))]
    if bound is None:
        return [what, ""] + line + [""]
    met = round(middle, 2) >= bound if at_least else round(middle, 2) <= bound
    return [what, ("at least " if at_least else "at most ") + rounded(bound) + unit] + line + ["yes" if met else "**no**"]


TARGETS = ["what", "target", "min", "median", "max", "met"]


def table(head, rows):
    """A table in Markdown that is also readable as it is; numbers to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    width = [max(len(row[i]) for row in rows + [head]) for i in range(len(head))]
    number = [bool(rows) and all(re.fullmatch(r"-?[\d.,]*( ?[x%sMB]*)", row[i]) for row in rows) for i in range(len(head))]
    lines = []
    for row in [head, None] + rows:
        if row is None:
            cells = ["-" * (width[i] - 1) + ":" if number[i] else "-" * width[i] for i in range(len(head))]
        else:
            cells = [row[i].rjust(width[i]) if number[i] else row[i].ljust(width[i]) for i in range(len(head))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report(section, text):
    """Prints; with DOC=1 also puts it between the marks of that section."""
    print("\n" + text + "\n", flush=True)
    with open(os.path.join(BUILD, section + ".md"), "w") as f:
        f.write(text + "\n")
    if not os.environ.get("DOC"):
        return
    with open(PAGE) as f:
        page = f.read()
    begin, end = "<!-- bench: %s -->\n" % section, "<!-- end: %s -->\n" % section
    if begin not in page or end not in page:
        raise SystemExit("bench: doc/performance.md has no marks for " + section)
    head, rest = page.split(begin, 1)
    page = head + begin + "\n" + text + "\n\n" + end + rest.split(end, 1)[1]
    with open(PAGE, "w") as f:
        f.write(page)


def machine():
    """One line on where this ran."""
    model = ""
    try:
        with open("/proc/cpuinfo") as f:
            model = re.search(r"model name\s*:\s*(.*)", f.read()).group(1)
        with open("/proc/meminfo") as f:
            memory = round(int(re.search(r"MemTotal:\s*(\d+)", f.read()).group(1)) / 1048576)
    except (OSError, AttributeError):
        return "%s cores" % os.cpu_count()
    load = os.getloadavg()[0]
    return "%s, %s cores, %s GB; load when it started: %.1f" % (model, os.cpu_count(), memory, load)
