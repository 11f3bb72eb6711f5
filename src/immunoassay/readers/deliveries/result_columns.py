"""What the columns of a delivered table are: by the columns sheet, by their headings, and what a heading may be.

A known heading is a name of `NAMES`, without signs and case; a unit in brackets behind it is read apart. Where the sheet
names a column, its heading is not looked at; the rows of a known software (`known_tables`) come next, then the names, then
what the headings of a wide table say (`wide_columns`). `find` gives the header of a table; what stays open is asked by
`questions`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from immunoassay.readers import written_cells
from immunoassay.readers.deliveries import known_tables, wide_columns
from immunoassay.readers.written_cells import Cell, Rows, key
from immunoassay.study.vocabulary import Units

_WRITTEN = {
    "sample": """sampleid samplename sample specimenid specimen labsampleid aliquotid aliquot tubeid barcode
        samplebarcode accessionnumber accession expsampleid sourceid""",
    "analyte": """analyte analytename analytereported biomarker marker parameter testname test assayname assay component
        antigen protein cytokine cytokinename chemokine""",
    "value": """finalresult reportedresult finalconcentration reportedconcentration quantifiedvalue result results
        resultvalue value concentration conc concentrationvaluereported concentrationvalue concentrationreported
        valuereported reportedvalue calculatedconcentration calcconcentration calcconc""",
    "unit": """unit units resultunit resultunits uom unitofmeasure concentrationunit concentrationunits
        concentrationunitreported unitreported""",
    "lod": """lod llod platelod limitofdetection lowerlimitofdetection detectionlimit lowerdetectionlimit limitofdetectionlod
        mindc minimumdetectableconcentration minimumdetectabledose""",
    "lloq": """lloq loq lowerlimitofquantification lowerlimitofquantitation limitofquantification limitofquantitation
        reportinglimit lowerreportinglimit rl lowerlimit""",
    "uloq": """uloq upperlimitofquantification upperlimitofquantitation upperreportinglimit upperlimit""",
    "date": """resultdate rundate testdate analysisdate assaydate datetested dateanalysed dateanalyzed dateofanalysis
        reporteddate date""",
    "role": "sourcetype sourceidtype sampletype welltype wellrole sampleclass samplerole role",
    "run": """run runid runname runno runnumber plate plateid platename plateno platenumber platebarcode assayplate batch
        batchid batchname batchno batchnumber assayrun assaybatch""",
    "replicate": """replicate replicateid replicateno replicatenumber rep repno duplicate duplicateno techrep
        technicalreplicate""",
}
NAMES = {role: names.split() for role, names in _WRITTEN.items()}
LIMITS = ("lod", "lloq", "uloq")
COMMENTS = {"comment", "comments", "remark", "remarks", "note", "notes", "resultcomment", "samplecomment"}
_STATES_WORDS = """qualifier resultqualifier resultflag flag flags operator modifier prefix status resultstatus teststatus
    analysisstatus reportstatus state resultstate jobstatus qc qcstatus qcflag qcresult qualitycontrol qcwarning
    assaywarning warning warnings validity outofrange inrange concinrange detectionrange range error errors"""
STATES = frozenset(_STATES_WORDS.split())
WELLS = {"well", "wells", "wellid", "welllocation", "location", "signal"}
HEADER_ROWS = 30
EMPTY = "(empty)"  # in the sheet, the word of a cell without one

_CONCENTRATION = re.compile("conc|result|value|amount|quantified|adjusted|calculated|titer|titre")
_OTHER = re.compile(
    "unit|cv|sd$|stdev|std|error|recovery|percent|expected|nominal|limit|lod|loq|flag|status|state|date|comment|qualifier"
    "|type|name|count|replicates|method|text|code|range|volume|time|factor|coefficient|normali[sz]"
)
_LIMIT = re.compile("lod$|^lod|loq|limit|lql|uql|detectable")
_DILUTION = re.compile("dilution|^df|^dil|^factor$|^multiplier$")
_DECLARED = re.compile("final|reported|quantifiedvalue")
_APPLIED = re.compile("final|reported|adj|corrected|quantifiedvalue")


@dataclass(frozen=True)
class Answers:
    """What is known beside the file: rows of the columns sheet on one delivery, vocabularies of words and units, and what the
    columns of known software are."""

    scope: str = "DELIVERY"  # its name in the plates sheet
    rows: tuple = ()
    words: dict = field(default_factory=dict)  # vocabulary.state_words
    units: Units | None = None  # vocabulary.Units; None converts nothing
    known: tuple = field(default_factory=known_tables.shipped)  # known_tables.Row


@dataclass
class Columns:
    """The columns of one table by position; `at` is the position of its header among the rows."""

    at: int
    names: list  # headings as written, without line breaks
    software: str = ""  # whose rows of known_tables are obeyed
    samples: list = field(default_factory=list)  # columns whose texts, joined, name the sample
    roles: dict = field(default_factory=dict)  # value, unit, date, role, run, replicate, dilution -> position
    analytes: list = field(default_factory=list)  # columns whose texts, joined, name the analyte
    wide: dict = field(default_factory=dict)  # column of values -> its analyte
    limits: dict = field(default_factory=dict)  # (lod, lloq or uloq, analyte or "") -> position
    of_analyte: dict = field(default_factory=dict)  # column of states -> the one analyte of a wide table it speaks of
    units: dict = field(default_factory=dict)  # column -> unit the sheet states for it
    states: dict = field(default_factory=dict)  # column -> whether a word that is not understood counts
    comments: list = field(default_factory=list)
    words: dict = field(default_factory=dict)  # (column, word without case) -> what the sheet says of it
    ignored: set = field(default_factory=set)  # by the sheet
    kept: set = field(default_factory=set)  # dilutions that are applied already
    rest: set = field(default_factory=set)  # columns of values only because a row speaks of all that remain
    given: set = field(default_factory=set)  # columns the sheet names
    missing: list = field(default_factory=list)  # rows of the sheet whose column is not in the header

    def taken(self) -> set[int]:
        """Positions that have a meaning."""
        return {
            *self.samples, *self.roles.values(), *self.analytes, *self.wide, *self.limits.values(), *self.states, *self.comments,
            *self.ignored, *self.kept,
        }  # fmt: skip

    def free(self) -> list[int]:
        """Positions of headed columns without a meaning."""
        taken = self.taken()
        return [at for at, name in enumerate(self.names) if key(name) and at not in taken]

    def stated_unit(self, at: int) -> str:
        """The unit of a column by the sheet, else the one in brackets in its heading, else ""."""
        of_heading = wide_columns.unit_of if at in self.wide else lambda name: split(name)[1]
        return self.units.get(at) or of_heading(self.names[at])

    def complete(self) -> bool:
        """Whether sample, analyte and value are known."""
        return bool(self.samples and (self.wide or (self.analytes and "value" in self.roles)))

    def named(self, meanings: Sequence[str]) -> dict[str, str]:
        """{meaning: heading} of those that are known; headings that are joined stand together."""
        places = {each: [at] for each, at in self.roles.items()} | {"sample": self.samples, "analyte": self.analytes}
        return {each: " and ".join(self.names[at] for at in places[each]) for each in meanings if places.get(each)}

    def joined(self, places: Sequence[int], line: written_cells.Row) -> str:
        """The texts of several columns of a row as one name."""
        return " ".join(filter(None, (written_cells.text_at(line, place) for place in places)))


def split(name: str) -> tuple[str, str]:
    """A heading as (name, unit): `Result (pg/mL)` gives ("Result", "pg/mL")."""
    match = re.fullmatch(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]]", name)
    return (match[1], match[2].strip()) if match else (name, "")


def heading(cell: Cell) -> str:
    """A heading as written, its spaces and line breaks as one space."""
    return " ".join(written_cells.text(cell).split())


def may_be_concentration(name: str) -> bool:
    """Whether a heading may name a column of results."""
    bare = key(split(name)[0])
    return bare in NAMES["value"] or bool(_CONCENTRATION.search(bare)) and not _OTHER.search(bare)


def may_be_limit(name: str) -> bool:
    """Whether a heading may name a column of limits."""
    return bool(_LIMIT.search(key(split(name)[0])))


def is_declared(name: str) -> bool:
    """Whether a heading says that its results are the ones to report."""
    return bool(_DECLARED.search(key(split(name)[0])))


def is_adjusted(name: str) -> bool:
    """Whether a heading says that its results are multiplied by the dilution already."""
    return bool(_APPLIED.search(key(split(name)[0])))


def is_dilution(name: str) -> bool:
    """Whether a heading names a dilution factor."""
    return bool(_DILUTION.search(key(name)))


def replaced(rows: Sequence[Mapping[str, Any]], plate: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Rows of the columns sheet for one delivery: its own replace its panel's on the same column or meaning."""
    own = [row for row in rows if row["scope"] == plate["plate"]]
    return _before(own, [row for row in rows if row["scope"] == plate["panel"] != plate["plate"]])


def _before(own, others):
    """Rows, and those of others that none of them replaces."""
    columns = {(key(row["column"]) or "*", word_key(row["word"])) for row in own}
    meanings = {row["meaning"] for row in own if not row["word"]} - {"ignore", "state", "comment", *LIMITS}
    return [*own] + [
        row
        for row in others
        if (key(row["column"]) or "*", word_key(row["word"])) not in columns
        and (row["word"] or row["meaning"] not in meanings)
    ]


def find(rows: Rows, answers: Answers | None = None, wells_too: bool = False) -> Columns | None:
    """The Columns of the header among the first rows: the one that holds most of the rows of the sheet, else the
    first with sample, analyte and value, else the one with most known headings (incomplete); None without any row of texts.

    A header with wells or signals is none, unless `wells_too`, or the sheet or a known software speaks of it.
    """
    answers, found = answers or Answers(), []
    tells = known_tables.telling(answers.known)
    for at, row in enumerate(rows[:HEADER_ROWS]):
        texts = sum(isinstance(cell, str) and cell != "" and written_cells.number(cell) is None for cell in row)
        if texts < 2 and not answers.rows:
            continue
        names = [heading(cell) for cell in row]
        software, known = known_tables.of_header(names, answers.known, tells)
        if not (answers.rows or software or wells_too) and WELLS & {key(name) for name in names}:
            continue
        if sum(bool(name) for name in names) > 1:
            below = next(filter(None, rows[at + 1 : at + 3]), [])
            columns = _columns(at, names, answers.rows, known, below)
            columns.software = software
            words = texts == sum(map(bool, names))
            score = (-len(columns.missing), columns.complete(), words, len(columns.taken()), sum(map(bool, names)), -at)
            found.append((score, columns))
    return max(found, key=lambda each: each[0], default=(None, None))[1]


def _columns(at, names, own, known, below):
    columns = Columns(at, names)
    given = _before(own, known)
    for row in given:
        if row["column"] != "*":
            wanted = heading(row["column"]).casefold()
            places = [place for place, name in enumerate(names) if name.casefold() == wanted]
            if len(places) == 1:
                _give(columns, places[0], row)
            elif row in own:
                columns.missing.append(row)
    bare = [key(split(name)[0]) for name in names]
    first = {name: place for place, name in reversed(list(enumerate(bare)))}
    free = set(columns.free())
    rest = [row for row in given if row["column"] == "*"]
    wide = len(columns.wide) > 1 or any(columns.wide.values()) or any(row["meaning"] == "value" for row in rest)
    for role, known in NAMES.items():
        if columns.named([role]) or (wide and role in ("analyte", "value")):
            continue
        if role == "value" and columns.wide or role in LIMITS and any(limit == role for limit, _ in columns.limits):
            continue
        place = next((first[name] for name in known if first.get(name) in free), None)
        if place is None:
            continue
        free.discard(place)
        if role in ("sample", "analyte"):
            (columns.samples if role == "sample" else columns.analytes).append(place)
        elif role in LIMITS:
            columns.limits[(role, "")] = place
        else:
            columns.roles[role] = place
    if columns.wide and not wide:  # one column of values: a column names the analyte
        columns.roles["value"] = columns.wide.popitem()[0]
    for place, name in enumerate(bare):
        if place in free and name in COMMENTS:
            columns.comments.append(place)
        elif place in free and (name in STATES or "flag" in name or "qualifier" in name or "detectionrange" in name):
            columns.states[place] = True
    beside = wide_columns.companions({at: names[at] for at in columns.free()}) if rest else set()
    for row in rest:
        for place in columns.free():
            if place not in beside and not any(place == at for at, _ in columns.words):
                _give(columns, place, row)
    columns.rest = {place for place in columns.wide if place in free and rest}
    columns.wide = {place: analyte or wide_columns.analyte(names[place]) for place, analyte in columns.wide.items()}
    if not columns.analytes and "analyte_otherwise" in columns.roles:
        columns.analytes = [columns.roles.pop("analyte_otherwise")]
    if columns.samples and not (columns.wide or columns.analytes or "value" in columns.roles):
        free_names = {at: names[at] for at in columns.free()}
        columns.wide = wide_columns.by_unit(free_names) or wide_columns.by_unit_row(free_names, below)
    wide_columns.beside(columns)
    return columns


def _give(columns, place, row):
    """The meaning that a row of the sheet gives to a column, or to a word in it."""
    meaning = row["meaning"]
    columns.given |= set() if row["word"] else {place}
    if row["word"]:
        columns.words[(place, word_key(row["word"]))] = meaning
        return
    if row["unit"]:
        columns.units[place] = row["unit"]
    if meaning in ("sample", "analyte"):
        (columns.samples if meaning == "sample" else columns.analytes).append(place)
    elif meaning == "value":
        columns.wide[place] = row["analyte"]
    elif meaning in LIMITS:
        columns.limits[(meaning, row["analyte"])] = place
    elif meaning == "state":
        columns.states[place] = True
    elif meaning == "comment":
        columns.comments.append(place)
    elif meaning == "dilution_not_applied":
        columns.roles["dilution"] = place
    elif meaning in ("unit", "date", "role", "run", "replicate", "analyte_otherwise"):
        columns.roles[meaning] = place
    else:
        (columns.kept if meaning == "dilution_applied" else columns.ignored).add(place)


def says(word: str, text: str) -> bool:
    """Whether a cell is what a word of the sheet (as word_key) means: the same, any that holds it (`*word*`), or none
    (`(empty)`)."""
    if word == EMPTY:
        return not text
    if word[:1] == word[-1:] == "*" and any(map(str.isalnum, word)):
        return word.strip("*") in word_key(text)
    return word_key(text) == word


def word_key(text: str) -> str:
    """A word of the sheet or a cell as the two are compared: without case, its spaces as one."""
    return " ".join(str(text).split()).casefold()
