"""What a file is made of: encoding, delimiter, header, and which column is what.

Used by import.py.
"""
import csv
import gzip
import io
import os
import re

from import_read import (YEAR_LAST, Stop, did_you_mean, is_amount, nothing, plain, time_form)

FIELDS = ("customer_id", "ts", "event", "channel", "value")
NEEDED = ("customer_id", "ts", "event")
SAMPLE_ROWS = 2000
SAMPLE_BYTES = 1 << 22
MAX_FIELD = 10 << 20
MAX_LINES = 1000                # of one record

# Names too common to mean something at the end of a longer one ("browser_name").
ALONE = set("""user client contact account lead case session id household member visitor
    name type status category step stage action source medium platform referrer
    title path url page recipient
    date time created day when paid payment score total
    datum fecha data jour dia zeit heure hora tijd wert valor
    kunde cliente klant schritt etape etapa paso passo fase stap lid""".split())

# Times of copying, not of happening.
COPIED = re.compile(r"sync|etl|load|ingest|extract|updat|modif|delet|birth|geburt|naissance|nacimiento|nascita", re.I)

# One word with a digit: a number or a code, rather than a name.
ID_LIKE = re.compile(r"\S*\d\S*$")
CLOCK_NAME = re.compile(r"time|zeit|heure|hora\b|\bora\b|tijd", re.I)

# Names that mean the customer unless they differ in every row.
ROW_NUMBERS = {"id", "session", "sessionid", "case", "lead"}

# Names a column of that meaning goes by, the surest first; compared without
# case, spaces and punctuation.
ALIASES = {
    "customer_id": """customerid customer customerno customernumber userid user email
        customeremail emailaddress useremail householdid household contactid contact
        clientid client memberid member personid visitorid visitor profileid
        distinctid anonymousid fullvisitorid userpseudoid accountid account leadid
        lead patientid patient caseid case shopperid subscriberid recipient cookieid deviceid
        kundennummer kundennr kundenid kunde benutzerid benutzer nutzerid nutzer
        mitgliedsnummer mitgliedsnr
        idclient numeroclient numclient noclient codeclient numerodeclient
        idutilisateur utilisateur courriel adherent
        idcliente clienteid numerocliente numerodecliente codigocliente codigodecliente
        codicecliente numerodocliente codigodocliente cliente idusuario usuarioid usuario
        correoelectronico correo idutente utente idutilizador utilizador
        klantnummer klantnr klantid klant gebruikersid gebruiker emailadres
        sessionid session id""".split(),
    "ts": """ts timestamp eventtimestamp eventtime datetime createdat created
        occurredat happenedat time date eventdate createddate creationdate orderdate
        purchasedate invoicedate transactiondate visitdate sentat receivedat
        processedat startedat timestampms timestampus unixtime epoch derivedtstamp
        collectortstamp tstamp when day
        zeitpunkt zeitstempel datumuhrzeit datum bestelldatum kaufdatum buchungsdatum
        rechnungsdatum erstelltam zeit
        horodatage dateheure dateevenement datecommande datedecommande dateachat jour heure
        fechahora fechayhora fecha fechaevento fechapedido fechadepedido fechacompra hora
        dataora dataeora dataevento dataordine dataacquisto data
        datahora dataehora datapedido datadopedido datacompra
        tijdstip tijdstempel datumtijd besteldatum aankoopdatum tijd updatedat""".split(),
    "event": """event eventname activity action eventtype activityname touchpoint
        touchpointname type step stage pagename page eventcategory name status
        ereignis ereignistyp ereignisname ereignisart aktion aktivitat vorgang schritt
        evenement typeevenement typedevenement activite etape
        evento tipoevento tipodeevento nombreevento accion actividad paso etapa
        azione attivita passo fase acao atividade
        gebeurtenis actie activiteit stap
        category pagetitle title pagepath path url""".split(),
    "channel": """channel source utmsource sourcename trafficsource sourcemedium medium
        utmmedium channelgroup channelgrouping marketingchannel leadsource
        acquisitionchannel kanal quelle herkunft canal origine provenance origen fuente
        canale fonte origem kanaal herkomst bron referrer platform""".split(),
    "value": """value eventvalue amount revenue ordervalue orderamount price total
        totalprice totalamount ordertotal sales spend grandtotal paid payment
        betrag gesamtbetrag umsatz bestellwert gesamtpreis preis summe wert
        montant montanttotal chiffredaffaires prix valeur
        importe importetotal monto ingresos precio valor
        importo prezzo ricavo totale valore montante valortotal preco receita
        bedrag totaalbedrag omzet prijs waarde
        subtotal unitprice score""".split(),
}


class Source:
    """A delimited text file: encoding, delimiter, header and its records."""

    def __init__(self, path):
        self.path = path
        try:
            with open(path, "rb") as f:
                self.gz = f.read(2) == b"\x1f\x8b"
            with self.binary() as f:
                head = f.read(SAMPLE_BYTES)
        except OSError as e:
            raise Stop("%s: %s." % (path, e.strerror or e))
        except EOFError:
            raise Stop("%s: the gzip file ends too early." % path)
        if not head.strip():
            raise Stop("%s is empty." % path)
        if head[:4] in (b"PK\x03\x04", b"PAR1") or head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise Stop("%s is no CSV file (a zip, Excel or Parquet file by its first bytes): "
                       "export it as CSV." % path)
        self.encoding, self.encoding_note = guess_encoding(head)
        text = head.decode(self.encoding, "replace")
        self.delimiter = guess_delimiter(text)
        sample = []
        for _, row in self.records():
            sample.append(row)
            if len(sample) > SAMPLE_ROWS:
                break
        self.has_header = guess_header(sample)
        widths = [len(r) for r in sample]
        self.names = [n.strip() for n in sample[0]] if self.has_header else \
            ["column %d" % (i + 1) for i in range(max(set(widths), key=widths.count))]
        self.sample = sample[1:] if self.has_header else sample

    def binary(self):
        return gzip.open(self.path, "rb") if self.gz else open(self.path, "rb")

    def records(self):
        """(line, fields) of every record that is not blank; a record may span lines."""
        csv.field_size_limit(MAX_FIELD)
        with self.binary() as raw, io.TextIOWrapper(
                raw, encoding=self.encoding, errors="surrogateescape", newline="") as text:
            reader = csv.reader(text, delimiter=self.delimiter, skipinitialspace=self.delimiter != "\t")
            line = 1
            while True:
                try:
                    row = next(reader, None)
                except csv.Error as e:
                    raise Stop("%s, line %d: %s." % (self.path, line, e))
                except (OSError, EOFError, UnicodeError) as e:
                    raise Stop("%s, after line %d: %s." % (self.path, reader.line_num, e))
                if row is None:
                    return
                if reader.line_num - line > MAX_LINES:
                    raise Stop("%s, line %d: a quoted field goes on for more than %d lines. A closing quote is "
                               "probably missing there." % (self.path, line, MAX_LINES))
                if any(f.strip() for f in row):
                    yield line, row
                line = reader.line_num + 1

    def rows(self):
        records = self.records()
        if self.has_header:
            next(records)
        return records


def guess_encoding(head):
    asked = os.environ.get("ENCODING")
    if asked:
        try:
            "".encode(asked)
        except LookupError:
            raise Stop('ENCODING: Python knows no encoding "%s".' % asked)
        return asked, "%s (ENCODING)" % asked
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", "UTF-8 with a BOM"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", "UTF-16"
    # The sample may end inside a character.
    for cut in range(4):
        try:
            head[:len(head) - cut].decode("utf-8")
            return "utf-8", "UTF-8"
        except UnicodeDecodeError:
            pass
    return "cp1252", "not UTF-8, read as Windows-1252; say ENCODING=... if names look wrong"


def guess_delimiter(text):
    """The delimiter that splits the first records into equally many, most fields."""
    best, best_score = ",", (0, 0)
    for delimiter in ",;\t|":
        widths = []
        for row in csv.reader(io.StringIO(text[:200000], newline=""), delimiter=delimiter):
            if any(row):
                widths.append(len(row))
            if len(widths) >= 100:
                break
        if not widths:
            continue
        common = max(set(widths), key=lambda w: (widths.count(w), w))
        score = (common > 1 and widths.count(common) / len(widths) > 0.5, common)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def guess_header(sample):
    """A first line is a header if it names fields, or is unlike what follows."""
    first = sample[0]
    if any(time_form(f.strip()) for f in first):
        return False
    known = {a for names in ALIASES.values() for a in names}
    if any(plain(f) in known for f in first):
        return True
    looks = [any(c.isdigit() for c in f) for f in first]
    below = [any(c.isdigit() for c in f) for f in sample[1]] if len(sample) > 1 else looks
    return not any(looks) and any(below)


# ---- which column is what -------------------------------------------------

def cell(row, column):
    """A field of a record: one column, several joined, or a constant."""
    if isinstance(column, str):
        return column
    return " ".join(row[c].strip() if len(column) > 1 else row[c] for c in column if c < len(row))


def find_column(word, names):
    """Position of a column that the user names, by its name or number."""
    for same in (str, str.strip, plain):
        hits = [i for i, n in enumerate(names) if same(n) == same(word)]
        if hits:
            return hits[0]
    if word.strip().isdigit() and 1 <= int(word) <= len(names):
        return int(word) - 1
    raise Stop('COLUMNS: there is no column "%s".%s\nThe file has: %s'
               % (word.strip(), did_you_mean(word, names), ", ".join(names)))


def asked_columns(names):
    """COLUMNS as {field: column or constant or None}.  A bare number is a terminal's width."""
    text = os.environ.get("COLUMNS", "").strip()
    asked = {}
    if not text or text.isdigit():
        return asked
    for part in next(csv.reader([text], skipinitialspace=True)):
        field, eq, word = part.partition("=")
        field = {"customer": "customer_id", "time": "ts", "timestamp": "ts"}.get(field.strip(), field.strip())
        if not eq or field not in FIELDS:
            raise Stop('COLUMNS: "%s" is not understood.%s\nIt is a list like customer_id=Email,ts=Created At,event=Type; '
                       "the fields are %s." % (part, did_you_mean(field, FIELDS), ", ".join(FIELDS)))
        if word.startswith(":"):
            asked[field] = word[1:]
        elif not word.strip():
            asked[field] = None
        elif word in names or "+" not in word:
            asked[field] = (find_column(word, names),)
        else:
            asked[field] = tuple(find_column(w, names) for w in word.split("+"))
    return asked


def share(sample, i, test):
    filled = [r[i] for r in sample if i < len(r) and not nothing(r[i])]
    return sum(1 for f in filled if test(f.strip())) / len(filled) if filled else 0.0


def filled(sample, i):
    return sum(1 for r in sample if i < len(r) and not nothing(r[i]))


def is_fraction(text):
    """An amount that is no whole number, so nobody's name."""
    return not text.isdigit() and is_amount(text)


def fits(field, sample, i, alias=""):
    """Whether what a column holds can be that field, given the name it goes by."""
    if field == "ts":
        return share(sample, i, time_form) > 0.6
    if field == "value":
        return not filled(sample, i) or share(sample, i, is_amount) > 0.6
    if field == "customer_id" and alias in ROW_NUMBERS:
        return len({r[i] for r in sample if i < len(r)}) < max(len(sample), 20)
    if field == "event":
        # A name of its own in every row is a number or a title.
        distinct = len({r[i] for r in sample if i < len(r)})
        if len(sample) >= 20 and distinct > len(sample) / 2:
            return False
        return not (share(sample, i, time_form) > 0.6 or share(sample, i, is_amount) > 0.9)
    return True


def guess_columns(source):
    """{field: (column, why)}: what was asked for, then names, then content."""
    names, sample = source.names, source.sample
    chosen = {f: (c, "COLUMNS") for f, c in asked_columns(names).items()}
    used = {c for col, _ in chosen.values() if isinstance(col, tuple) for c in col}
    plains = [plain(n) for n in names]

    def take(field, i, why):
        chosen[field] = ((i,), why)
        used.add(i)

    for alike in (lambda f, p, a: p == a,
                  lambda f, p, a: a not in ALONE and len(a) > 3 and p.endswith(a),
                  lambda f, p, a: f in ("ts", "value") and a not in ALONE and len(a) > 4 and a in p):
        for field in FIELDS:
            hits = [i for a in ALIASES[field] for i, p in enumerate(plains)
                    if field not in chosen and i not in used and alike(field, p, a)
                    and fits(field, sample, i, a)]
            if hits:
                take(field, hits[0], "by its name")
    for field in NEEDED:
        if field not in chosen:
            i = by_content(field, names, sample, used)
            if i is not None:
                take(field, i, "by what it holds")
    join_clock(chosen, used, names, sample)
    for field in NEEDED:
        if chosen.get(field, (None,))[0] is None:
            raise Stop('No column looks like the %s.\nThe file has: %s\nSay which it is, e.g. COLUMNS=\'%s=%s\'%s'
                       % ({"customer_id": "customer", "ts": "time", "event": "event"}[field], ", ".join(names), field,
                          names[0], ", or one name for all rows: COLUMNS='event=:purchase'" if field == "event" else "."))
    return chosen


def by_content(field, names, sample, used):
    """A column for a field that no column is named after, or None."""
    free = [i for i in range(len(names)) if i not in used]
    if field == "ts":
        times = [i for i in free if share(sample, i, time_form) > 0.9]
        return min(times, key=lambda i: bool(COPIED.search(names[i])), default=None)
    # What most rows lack says neither who nor what.
    free = [i for i in free if filled(sample, i) > len(sample) / 2]
    distinct = {i: len({r[i] for r in sample if i < len(r)}) for i in free}
    if field == "customer_id":
        hits = [i for i in free if share(sample, i, lambda t: "@" in t) > 0.8]
        hits += [i for i in free if 1 < distinct[i] < len(sample) and share(sample, i, time_form) < 0.6
                 and share(sample, i, is_fraction) < 0.1 and distinct[i] > len(sample) / 50]
        return max(hits, key=lambda i: (share(sample, i, lambda t: "@" in t), share(sample, i, ID_LIKE.match) > 0.9,
                                        distinct[i]), default=None)
    hits = [i for i in free if fits("event", sample, i) and distinct[i] <= max(2, len(sample) / 5)]
    return max(hits, key=lambda i: (share(sample, i, ID_LIKE.match) < 0.9, distinct[i]), default=None)


def join_clock(chosen, used, names, sample):
    """A date column and a clock column beside it belong together."""
    column, why = chosen.get("ts", (None, None))
    if why in (None, "COLUMNS") or share(sample, column[0], lambda t: ":" in t):
        return
    for i, name in enumerate(names):
        if i not in used and CLOCK_NAME.search(name) and share(
                sample, i, lambda t: re.match(r"\d{1,2}:\d{2}(:\d{2})?", t)) > 0.9:
            chosen["ts"] = ((column[0], i), "by their names")
            used.add(i)
            return


def decide_order(source, column):
    """Whether year-last dates have the day or the month first, with the reason."""
    first = second = dots = total = 0
    proof = {}
    for line, row in source.rows():
        m = YEAR_LAST.match(cell(row, column).strip())
        if not m:
            continue
        total += 1
        a, b = int(m.group(1)), int(m.group(3))
        dots += m.group(2) == "."
        if a > 12 and b <= 12:
            first += 1
            proof.setdefault("dmy", (line, m.group(0)))
        elif b > 12 and a <= 12:
            second += 1
            proof.setdefault("mdy", (line, m.group(0)))
    asked = os.environ.get("DATEFORM", "").lower()
    if asked:
        if asked not in ("dmy", "mdy"):
            raise Stop('DATEFORM is "%s"; it may be dmy (day first) or mdy (month first).' % asked)
        return asked, "as DATEFORM says"
    if first and second:
        raise Stop("The dates contradict each other: line %d has %s, line %d has %s; %d rows must be day first "
                   "and %d month first.\nSay which is right with DATEFORM=dmy or DATEFORM=mdy; the other rows are "
                   "then rejected." % (*proof["dmy"], *proof["mdy"], first, second))
    for order in ("dmy", "mdy"):
        if order in proof:
            return order, "for line %d has %s" % proof[order]
    if dots == total:
        return "dmy", "as dates with dots are everywhere"
    raise Stop("Ambiguous dates: all %d of them could be day/month or month/day (no part is above 12), e.g. %s.\n"
               "Say which with DATEFORM=dmy (day first) or DATEFORM=mdy (month first)."
               % (total, next(cell(r, column) for _, r in source.rows() if YEAR_LAST.match(cell(r, column).strip()))))
