"""The members of a study: every row of its sheets as a frozen, typed object.

Fields are the columns of the sheet's schema, and a test keeps them in step. A date is a text year-month-day, a list a
tuple; what may be left empty and has no default is None. Members are made of rows that were checked.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

ROW = "_row"  # how a plain row names its number in the sheet
Cells = dict[str, Any]
Rows = list[Cells]  # of a sheet, each with its number as `_row`
Sheets = dict[str, Rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A row of a sheet; `row` is its number there, as the user sees it."""

    row: int

    @classmethod
    def of(cls, cells: Mapping[str, Any]) -> Self:
        """The member of a plain row. Raises KeyError where a column lacks."""
        given: Cells = {field: cells[column] for column, field in _columns(cls).items()}
        given = {field: tuple(value) if isinstance(value, list) else value for field, value in given.items()}
        return cls(**given)

    def cells(self, columns: Iterable[str] = ()) -> Cells:
        """The member as a plain row: these columns, or all of the sheet (`_row` only if named)."""
        known = _columns(type(self))
        chosen = list(columns) or [column for column in known if column != ROW]
        values = {column: getattr(self, known[column]) for column in chosen}
        return {column: list(value) if isinstance(value, tuple) else value for column, value in values.items()}


MORE = "more"  # field of the columns that the config names
_COLUMNS: dict[type, dict[str, str]] = {}


def _columns(kind):
    """{column of the sheet: field}; `from`, which is a word of the language, is the field `from_`."""
    if kind not in _COLUMNS:
        _COLUMNS[kind] = {
            ROW: "row",
            **{each.name.rstrip("_"): each.name for each in fields(kind) if each.name not in ("row", MORE)},
        }
    return _COLUMNS[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel(Member):
    """A kit."""

    panel: str
    label: str
    platform: str
    specimen: str
    signal: str
    blanks_in_fit: bool
    criteria_set: str
    replicate_rule: str
    min_dilution: float
    max_dilution: float
    max_storage_days: int | None
    max_freeze_thaw: int | None
    visits: tuple[str, ...]
    accept_unproven: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyte(Member):
    """What is measured."""

    analyte: str
    panel: str
    names_in_export: tuple[str, ...]
    label: str
    group: str
    order: int
    quantity: str
    unit: str
    standard_unit: str
    curve_model: str
    orientation: str
    asymmetry_prior: bool
    weights: str
    variance_exponent: float
    limit_rule: str
    detection_rule: str
    lloq_validated: float | None
    uloq_validated: float | None
    use: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Material(Member):
    """A standard, control or spike of a kit lot, for one analyte."""

    panel: str
    kit_lot: str
    material: str
    level: str
    analyte: str
    expected: float | None
    low: float | None
    high: float | None
    unit: str
    expiry: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate(Member):
    """One plate read, or one delivered result table."""

    plate: str
    batch: str
    panel: str
    file: str
    plate_in_file: str
    format: str
    layout: str
    run_date: str | None
    kit_lot: str
    operator: str
    analytes: str
    include: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Member):
    """What a name written in exports of a scope means."""

    scope: str
    name: str
    role: str
    sample_id: str
    level: str
    dilution: float | None
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Member):
    """A tube."""

    sample_id: str
    participant: str
    course: str
    visit: str
    collection_date: str | None
    specimen: str
    freeze_thaw: int | None
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithMore(Member):
    """A row that holds further columns, those that the config names: `more`; `cells` are those of the schema alone."""

    more: Mapping[str, str]

    @classmethod
    def of(cls, cells: Mapping[str, Any]) -> Self:
        """The member of a plain row, whose other columns are named by the config."""
        named = _columns(cls)
        more = {column: value for column, value in cells.items() if column not in named}
        return cls(**{field: cells[column] for column, field in named.items()}, more=more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant(WithMore):
    """A person, by study code."""

    participant: str
    status: str
    reason: str
    schedule: str
    group: str
    sex: str
    age: int | None
    antibody: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unblinding(WithMore):
    """What a participant of a blinded study had."""

    participant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Member):
    """A planned visit of a course."""

    visit: str
    label: str
    order: int
    day: int | None
    window_before: int
    window_after: int
    baseline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Course(Member):
    """A treatment course of a participant."""

    participant: str
    course: str
    order: int
    day1_date: str
    biomarker_baseline: str
    score_baseline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Member):
    """An infusion, relapse, withdrawal or completion."""

    participant: str
    course: str
    event: str
    date: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale(Member):
    """A clinical scale of the study's own."""

    scale: str
    label: str
    minimum: float
    maximum: float
    step: float
    worse: str
    mcid: float | None
    minimal_symptom_max: float | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow(Member):
    """The scores of a participant at a visit: `scores` has one for each scale, None where it was not done."""

    participant: str
    course: str
    visit: str
    date: str | None
    scores: Mapping[str, float | None]

    @classmethod
    def of(cls, cells: Mapping[str, Any]) -> Self:
        """The member of a plain row, whose other columns are the scales."""
        named = {column: field for column, field in _columns(cls).items() if field != "scores"}
        scores = {column: value for column, value in cells.items() if column not in named}
        return cls(**{field: cells[column] for column, field in named.items()}, scores=scores)

    def cells(self, columns: Iterable[str] = ()) -> Cells:
        """The member as a plain row with a column for each scale."""
        named = {column: getattr(self, field) for column, field in _columns(type(self)).items() if field != "scores"}
        whole = {**named, **self.scores}
        chosen = list(columns) or [column for column in whole if column != ROW]
        return {column: whole[column] for column in chosen}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow(Member):
    """What a column or word of delivered result tables means."""

    scope: str
    column: str
    meaning: str
    word: str
    analyte: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment(Member):
    """A correction as data."""

    amendment: str
    what: str
    plate: str
    well: str
    analyte: str
    sample_id: str
    level: str
    from_: str
    to: str
    reason: str
    who: str
    when: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Member):
    """A batch approved by a second person, as its checksum was then."""

    batch: str
    sha256: str
    who: str
    when: str
    comment: str


# The sheets of a study in the order in which they are read.
KINDS: dict[str, type[Member]] = {
    "panels": Panel,
    "analytes": Analyte,
    "materials": Material,
    "plates": Plate,
    "names": Name,
    "samples": Sample,
    "scales": Scale,
    "participants": Participant,
    "unblinding": Unblinding,
    "visits": Visit,
    "courses": Course,
    "events": Event,
    "scores": ScoreRow,
    "columns": ColumnRow,
    "amendments": Amendment,
    "approvals": Approval,
}


def is_analysed(status: str, schedule: str, schedules: Collection[str]) -> bool:
    """Whether someone of this status and schedule is in the analysed set; no schedule named means all of them."""
    return status == "enrolled" and (not schedules or schedule in schedules)
