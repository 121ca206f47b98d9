#!/usr/bin/env python3
"""Loads a CSV file of customer events into the table events.

    import.py FILE            guess, show the guess, load through psql
    import.py --show FILE     guess and show only
    import.py --stdout FILE   write the rows as COPY text instead of loading

FILE may be gzipped; comma, semicolon, tab or pipe separated; with or without a
header; UTF-8, UTF-16 with a BOM, else read as Windows-1252.  What the guess
gets wrong is said in environment variables (make passes its own on):

    COLUMNS   customer_id=Email,ts=Created At,event=Type,channel=,value=Amount
              a column by name or number; "ts=Date+Time" joins two;
              "event=:purchase" is the same name for every row; "channel=" none
    TZ        zone of times that do not name one, default UTC
    DATEFORM  dmy or mdy, for dates like 03/04/2024
    DECIMAL   comma or point, for values like 1.234
    ENCODING  of the text
    REJECTS   file for the rows that cannot be loaded

The rows go out as a stream: memory does not grow with the file.
"""
import csv
import os
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from import_guess import FIELDS, NEEDED, Source, cell, decide_order, guess_columns  # noqa: E402
from import_read import Reject, Stop, Times, YEAR_LAST, amount, decide_decimal, nothing, the_zone  # noqa: E402

MAX_NAME_BYTES = 4096


def say(text=""):
    print(text, flush=True)


ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Loader:
    def __init__(self, source):
        self.source = source
        self.columns = guess_columns(source)
        self.times = Times(the_zone())
        self.order_note = ""
        ts = self.column("ts")
        if os.environ.get("DATEFORM") or any(YEAR_LAST.match(cell(r, ts).strip()) for r in source.sample):
            self.times.order, self.order_note = decide_order(source, ts)
        value = self.column("value")
        self.decimal, self.decimal_note = decide_decimal(
            cell(r, value) for r in source.sample) if isinstance(value, tuple) else ("point", "")
        self.loaded = self.trimmed = 0
        self.reasons = {}

    def column(self, field):
        return self.columns.get(field, (None, ""))[0]

    def convert(self, row):
        """A record as a line of COPY text; Reject when it is no event."""
        if any(f.strip() for f in row[len(self.source.names):]):
            raise Reject("%d fields, expected %d" % (len(row), len(self.source.names)))
        customer = cell(row, self.column("customer_id"))
        if nothing(customer):
            raise Reject("no customer")
        if customer != customer.strip():
            customer = customer.strip()
            self.trimmed += 1
        ts = self.times.read(cell(row, self.column("ts")))
        event = cell(row, self.column("event"))
        if nothing(event):
            raise Reject("no event")
        channel = cell(row, self.column("channel")) if self.column("channel") is not None else ""
        channel = None if nothing(channel) else channel
        value = amount(cell(row, self.column("value")), self.decimal) if self.column("value") is not None else None
        for text in (customer, event, channel or ""):
            try:
                if len(text) * 4 > MAX_NAME_BYTES and len(text.encode()) > MAX_NAME_BYTES:
                    raise Reject("a name longer than %d bytes" % MAX_NAME_BYTES)
                if "\0" in text:
                    raise Reject("a zero byte in the text")
                text.encode()
            except UnicodeEncodeError:
                raise Reject("not valid %s" % self.source.encoding)
        return "%s\t%s\t%s\t%s\t%s\n" % (
            customer.translate(ESCAPES), ts, event.translate(ESCAPES),
            "\\N" if channel is None else channel.translate(ESCAPES), "\\N" if value is None else repr(value))

    def run(self, write):
        """Sends every event to write(text) and the rest to the file of rejects."""
        rejects = Rejects(self.source)
        block = []
        for line, row in self.source.rows():
            try:
                block.append(self.convert(row))
            except Reject as e:
                reason = str(e)
                kind = reason.partition(":")[0]
                self.reasons[kind] = self.reasons.get(kind, 0) + 1
                rejects.add(line, reason, row)
                continue
            if len(block) == 2000:
                write("".join(block).encode())
                self.loaded += len(block)
                block = []
        write("".join(block).encode())
        self.loaded += len(block)
        rejects.close()
        self.doubt(rejects.path)
        return rejects.path

    def doubt(self, path):
        """Stops when most rows were rejected, unless COLUMNS said who, when and what."""
        rejected = sum(self.reasons.values())
        if rejected <= self.loaded or all(self.columns[f][1] == "COLUMNS" for f in NEEDED):
            return
        raise Stop("%s of %s rows could not be loaded, so the columns are probably not what was guessed: %s.\n"
                   "The reasons, row by row in %s: %s.\n"
                   "Say which column is which: COLUMNS='%s'\n"
                   "Nothing was loaded. When COLUMNS names %s, the rows that can be loaded are." % (
                       format(rejected, ","), format(rejected + self.loaded, ","), ", ".join(
                           "%s is %s" % (f, self.word(f)) for f in FIELDS if self.column(f) is not None),
                       path, self.told_reasons(), self.spelled(), ", ".join(NEEDED)))

    def told_reasons(self):
        return ", ".join("%s %s" % (format(n, ","), k) for k, n in sorted(self.reasons.items(), key=lambda x: -x[1])[:6])

    def word(self, field):
        """What COLUMNS says for the column of a field."""
        column = self.column(field)
        return ":" + column if isinstance(column, str) else "+".join(self.source.names[c] for c in column) if column else ""

    def show(self):
        """The guess, as a small table, and how to change it."""
        s = self.source
        say("Reading %s: %d columns separated by %s, %s, %s." % (
            os.path.basename(s.path), len(s.names),
            {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}[s.delimiter], s.encoding_note,
            "names in the first line" if s.has_header else "no names in the first line"))
        table = [("field", "column", "for example", "chosen")]
        for field in FIELDS:
            column, why = self.columns.get(field, (None, ""))
            if column is None:
                table.append((field, "-", "", "COLUMNS" if why else "nothing looks like it"))
            elif isinstance(column, str):
                table.append((field, "-", column, "COLUMNS: the same for every row"))
            else:
                example = next((cell(r, column) for r in s.sample if not nothing(cell(r, column))), "")
                notes = [why] + [n for n in (self.note(field),) if n]
                table.append((field, " + ".join(s.names[c] for c in column), shorten(example), "; ".join(notes)))
        widths = [max(len(r[i]) for r in table) for i in range(4)]
        for i, row in enumerate(table):
            say(" " + " | ".join(f.ljust(w) for f, w in zip(row, widths)).rstrip())
            if i == 0:
                say("-" + "-+-".join("-" * w for w in widths))
        taken = {c for col, _ in self.columns.values() if isinstance(col, tuple) for c in col}
        rest = [n for i, n in enumerate(s.names) if i not in taken]
        if rest:
            say("Not used: " + ", ".join(rest))
        say("Is that wrong? Say it: COLUMNS='%s'" % self.spelled())

    def note(self, field):
        if field == "ts":
            form = {"dmy": "day/month/year ", "mdy": "month/day/year "}.get(self.times.order, "") + self.order_note
            return form.strip()
        return self.decimal_note if field == "value" else ""

    def spelled(self):
        parts = []
        for field in FIELDS:
            part = "%s=%s" % (field, self.word(field))
            parts.append('"%s"' % part if "," in part else part)
        return ",".join(parts)

    def tell(self, seconds, path):
        """What was loaded, what was not, and how times were understood."""
        say("Loaded %s rows in %.1f s." % (format(self.loaded, ","), seconds))
        rejected = sum(self.reasons.values())
        if rejected:
            say("Rejected %s rows, see %s: %s." % (format(rejected, ","), path, self.told_reasons()))
        t = self.times
        if t.naive:
            say("%s times name no zone and were read as %s%s." % (
                "All" if t.naive >= self.loaded else format(t.naive, ","), t.zone,
                "" if os.environ.get("TZ") else " (say TZ=Europe/Berlin or the like if that is wrong)"))
        if t.missing:
            say("%d of them fall into the hour that summer time skips and were moved an hour on." % t.missing)
        if t.twice:
            say("%d of them fall into the hour that comes twice; the first one was taken." % t.twice)
        if self.trimmed:
            say("%d customer ids had spaces around them, which were removed." % self.trimmed)


class Rejects:
    """The rows that could not be loaded, with line and reason; a file only if there are any."""

    def __init__(self, source):
        name = re.sub(r"(\.(csv|tsv|txt))?(\.gz)?$", "", os.path.basename(source.path))
        self.path = os.environ.get("REJECTS") or "demo-rejected-%s.csv" % name
        self.source = source
        self.file = None

    def add(self, line, reason, row):
        if self.file is None:
            try:
                self.file = open(self.path, "w", encoding="utf-8", errors="backslashreplace", newline="")
            except OSError as e:
                raise Stop("%s cannot be written (%s): say another place with REJECTS=/path/to/file.csv."
                           % (self.path, e.strerror))
            self.out = csv.writer(self.file)
            self.out.writerow(["line", "reason"] + self.source.names)
        self.out.writerow([line, reason] + [f.replace("\0", "\\0") for f in row])

    def close(self):
        if self.file:
            self.file.close()


def shorten(text):
    text = " ".join(text.split())
    return text if len(text) <= 32 else text[:31] + "…"


def into_psql(loader):
    """Runs COPY in psql; returns the path of the rejects."""
    copy = "COPY events (%s) FROM STDIN" % ", ".join(FIELDS)
    env = {k: v for k, v in os.environ.items() if k not in ("TZ", "COLUMNS")}
    psql = subprocess.Popen(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", copy], stdin=subprocess.PIPE,
                            env={**env, "PGCLIENTENCODING": "UTF8"})
    try:
        path = loader.run(psql.stdin.write)
        psql.stdin.close()
    except BrokenPipeError:
        psql.wait()
        raise Stop("psql gave up; its words stand above.")
    except Stop:
        # Without an end of data the server keeps nothing of it.
        psql.kill()
        psql.wait()
        raise
    if psql.wait() != 0:
        raise Stop("psql failed; its words stand above.")
    return path


def main(arguments):
    options = [a for a in arguments if a.startswith("--")]
    files = [a for a in arguments if not a.startswith("--")]
    if len(files) != 1 or set(options) - {"--show", "--stdout"}:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        loader = Loader(Source(files[0]))
        if "--stdout" in options:
            loader.run(sys.stdout.buffer.write)
            return 0
        loader.show()
        if "--show" in options:
            return 0
        started = time.time()
        path = into_psql(loader)
        loader.tell(time.time() - started, path)
        if not loader.loaded:
            raise Stop("No row could be loaded.")
    except Stop as e:
        sys.stdout.flush()
        print("\n" + str(e), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
        sys.stderr.reconfigure(encoding="utf-8", errors="replace")
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
