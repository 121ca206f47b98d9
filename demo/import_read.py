"""What one field says: a time, an amount, or nothing.

Used by import.py and import_guess.py.
"""
import datetime
import difflib
import os
import re
import unicodedata
import zoneinfo

NOTHING = {"", "null", "none", "nan", "na", "n/a", "nil", "\\n", "(null)", "#n/a"}


class Stop(Exception):
    """The file cannot be read as it is; the text says why and what to do."""


class Reject(Exception):
    """One row cannot be loaded; the text says why."""


def plain(name):
    """A name without case, accents, spaces and punctuation."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", bare)


def nothing(text):
    return text.strip().lower() in NOTHING


def did_you_mean(word, choices):
    """The choice that is closest to the word, as a question, or ''."""
    by_plain = {plain(c): c for c in choices}
    near = difflib.get_close_matches(plain(word), list(by_plain), 1, 0.6)
    return ' Did you mean "%s"?' % by_plain[near[0]] if near else ""


# ---- times ----------------------------------------------------------------

CLOCK = (r"(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp])?(?:\.?[Mm]\.?)?)?"
         r"\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$")
YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + CLOCK)
YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + CLOCK)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?(Z)?$")
DAY_MONTH = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4}|\d{2})" + CLOCK)
MONTH_DAY = re.compile(r"(?:[A-Za-z]{3,9},\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})" + CLOCK)
EPOCH = re.compile(r"\d{9,10}(\.\d+)?$|\d{13}$|\d{16}$|\d{19}$")
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
UTC = datetime.timezone.utc
START = datetime.datetime(1970, 1, 1, tzinfo=UTC)


def time_form(text):
    """How a text says a time: a word, or None when it is no time."""
    for form, pattern in (("year first", YEAR_FIRST), ("year last", YEAR_LAST), ("compact", COMPACT),
                          ("month name", DAY_MONTH), ("month name", MONTH_DAY), ("epoch", EPOCH)):
        if pattern.match(text):
            return form
    return None


class Times:
    """Reads times; knows the zone of naive ones and the order of day and month."""

    def __init__(self, zone):
        self.zone = zone
        self.utc = str(zone) == "UTC"
        self.order = None           # "dmy" or "mdy", once decided
        self.missing = self.twice = self.naive = 0
        self.cache = {}

    def read(self, text):
        """The UTC time as Postgres reads it; Reject when there is none."""
        text = text.strip()
        found = self.cache.get(text)
        if found is None:
            if nothing(text):
                raise Reject("no time")
            try:
                found = self.parse(text)
            except (ValueError, OverflowError):
                raise Reject('no such time: "%s"' % text[:40])
            if len(self.cache) > 100000:
                self.cache.clear()
            self.cache[text] = found
        stamp, naive, missing, twice = found
        self.naive += naive
        self.missing += missing
        self.twice += twice
        return stamp

    def parse(self, text):
        m = YEAR_FIRST.match(text)
        if m:
            year, _, month, day, *clock = m.groups()
            return self.finish(year, month, day, clock)
        if EPOCH.match(text):
            return self.epoch(text)
        m = YEAR_LAST.match(text)
        if m:
            a, _, b, year, *clock = m.groups()
            if self.order is None:
                raise Reject("day first or month first? Say DATEFORM=dmy or mdy")
            if self.order == "mdy":
                a, b = b, a
            return self.finish(year, b, a, clock)
        m = COMPACT.match(text)
        if m:
            year, month, day, h, mi, s, z = m.groups()
            return self.finish(year, month, day, [h, mi, s, None, None, z])
        m = DAY_MONTH.match(text)
        if m:
            day, month, year, *clock = m.groups()
        else:
            m = MONTH_DAY.match(text)
            if not m:
                raise ValueError
            month, day, year, *clock = m.groups()
        return self.finish(year, 1 + MONTHS.index(month[:3].lower()), day, clock)

    def epoch(self, text):
        whole, _, part = text.partition(".")
        unit = {13: 1000, 16: 1, 19: 0}.get(len(whole), 1000000)
        us = int(whole) * unit if unit else int(whole) // 1000
        us += int((part + "000000")[:6]) if part else 0
        return stamp_of(START + datetime.timedelta(microseconds=us)), 0, 0, 0

    def finish(self, year, month, day, clock):
        hour, minute, second, fraction, half, zone = clock
        year = int(year)
        if year < 100:
            year += 2000 if year < 70 else 1900
        hour = int(hour or 0)
        if half:
            if not 1 <= hour <= 12:
                raise ValueError
            hour = hour % 12 + (12 if half in "pP" else 0)
        at = datetime.datetime(year, int(month), int(day), hour, int(minute or 0), int(second or 0),
                               int((fraction + "000000")[:6]) if fraction else 0)
        if zone:
            if zone[0] in "+-":
                digits = zone[1:].replace(":", "") + "00"
                shift = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
                at = at - shift if zone[0] == "+" else at + shift
            return stamp_of(at), 0, 0, 0
        if self.utc:
            return stamp_of(at), 1, 0, 0
        return self.local(at)

    def local(self, at):
        """A wall clock time: the earlier one if it came twice, shifted if it never came."""
        here = at.replace(tzinfo=self.zone)
        there = here.astimezone(UTC)
        twice = missing = 0
        if here.utcoffset() != here.replace(fold=1).utcoffset():
            missing = int(there.astimezone(self.zone).replace(tzinfo=None) != at)
            twice = 1 - missing
        return stamp_of(there), 1, missing, twice


def stamp_of(at):
    return at.replace(tzinfo=None).isoformat(" ") + "+00"


# ---- values ---------------------------------------------------------------

CURRENCY = re.compile(r"^(?:[A-Z]{3}|[A-Z]{0,2}[$€£¥₹]|kr|zł|Fr)\.?\s*|\s*(?:[A-Z]{3}|[A-Z]{0,2}[$€£¥₹]|kr|zł|Fr)\.?$")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
# Groups of three, or as in India 1,50,000; a space parts them in any form.
FORMS = {
    "point": re.compile(r"(\d+|\d{1,3}([ ,])\d{3}(\2\d{3})*|\d{1,2}(,\d{2})+,\d{3})?(\.\d*)?([eE][+-]?\d+)?$"),
    "comma": re.compile(r"(\d+|\d{1,3}([ .])\d{3}(\2\d{3})*)?(,\d*)?([eE][+-]?\d+)?$"),
}
SPACES = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009'’_", " "))


def bare_number(text):
    """(digits and separators only, sign) of an amount."""
    text = text.strip()
    sign = 1
    if text.startswith("(") and text.endswith(")"):
        text, sign = text[1:-1].strip(), -1
    text = text.replace("\u2212", "-")
    if text.startswith("-"):
        text, sign = text[1:].strip(), -sign
    text = CURRENCY.sub("", CURRENCY.sub("", text)).translate(SPACES).strip()
    if text.endswith("-"):
        text, sign = text[:-1].strip(), -sign
    elif text.startswith(("-", "+")):
        text, sign = text[1:].strip(), -sign if text[0] == "-" else sign
    return text, sign


def decide_decimal(texts):
    """Decimal "point" or "comma" of a column, with a word when it was a choice."""
    asked = os.environ.get("DECIMAL", "").lower()
    if asked:
        if asked not in ("comma", "point"):
            raise Stop('DECIMAL is "%s"; it may be comma or point.' % asked)
        return asked, "decimal %s, as DECIMAL says" % asked
    votes = {"point": 0, "comma": 0}
    open_question = None
    for text in texts:
        t, _ = bare_number(text)
        point, comma = plain_number(t, "point"), plain_number(t, "comma")
        if not point or not comma:
            votes["point"] += point is not None
            votes["comma"] += comma is not None
        elif point != comma:
            open_question = text.strip()
    if votes["comma"] > votes["point"]:
        return "comma", "decimal comma"
    if votes["point"] or not open_question:
        return "point", ""
    return "point", '"%s" read as %s; DECIMAL=comma reads it the other way' % (
        open_question, amount(open_question, "point"))


def plain_number(text, decimal):
    """An amount in that form as Python reads it, or None when it is in another."""
    if not FORMS[decimal].match(text):
        return None
    text = text.replace(" ", "")
    text = text.replace(".", "").replace(",", ".") if decimal == "comma" else text.replace(",", "")
    return text if NUMBER.match(text) else None


def amount(text, decimal):
    """A value, None when there is none; Reject when it is no number of that form."""
    if nothing(text):
        return None
    if NUMBER.match(text) and decimal == "point":
        number = float(text)
    else:
        bare, sign = bare_number(text)
        t = plain_number(bare, decimal)
        if t is None:
            other = "comma" if decimal == "point" else "point"
            raise Reject('the value is no number%s: "%s"' % (
                " with a decimal %s (DECIMAL=%s reads it)" % (decimal, other) if plain_number(bare, other) else "",
                text[:40]))
        number = sign * float(t)
    if number in (float("inf"), float("-inf")):
        raise Reject("the value is out of range")
    return number


def is_amount(text):
    bare, _ = bare_number(text)
    return any(plain_number(bare, decimal) for decimal in FORMS)


def the_zone():
    """The zone of naive times: TZ, as a name of the zone database."""
    name = os.environ.get("TZ", "").lstrip(":") or "UTC"
    if name.startswith("/"):
        name = "UTC"
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        if name == "UTC":
            return UTC
        raise Stop('TZ: there is no time zone "%s".%s' % (name, did_you_mean(name, zoneinfo.available_timezones())))
