"""The whole study as its sheets tell it: loaded, cross-checked, every problem reported at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from immunoassay.files.house import RESOURCES, schema_file
from immunoassay.problems import NotUsable, Problem, StudyError, few
from immunoassay.study import (
    amended,
    choices,
    comparisons,
    course_names,
    courses,
    crosschecks,
    kit_lots,
    labels,
    own,
    paths,
    people,
    raw_files,
    scale_rules,
    sheet_places,
    vocabulary,
)
from immunoassay.study.config import check_config, read_config
from immunoassay.study.members import (
    KINDS,
    Amendment,
    Analyte,
    Approval,
    Cells,
    ColumnRow,
    Course,
    Event,
    Material,
    Name,
    Panel,
    Participant,
    Plate,
    Rows,
    Sample,
    Scale,
    ScoreRow,
    Sheets,
    Unblinding,
    Visit,
    is_analysed,
)
from immunoassay.study.schema import load_schema
from immunoassay.study.similar_names import suggestion

SHEETS = tuple(KINDS)
# A study without them is still a study: of assays, without treatment, without events.
OPTIONAL = (
    *("materials", "names", "samples", "participants", "unblinding", "visits", "courses"),
    *("events", "scales", "scores", "columns", "amendments", "approvals"),
)
CONFIG = "config/config.yaml"


@dataclass(frozen=True)
class Study:
    """A study that was checked: config, the members of its sheets in their order (visits in the order of the visits),
    vocabularies, and the flags found while loading.

    `analytes` are those that are wanted, `unwanted` those the sheet says are not (use: no); a material for every analyte is
    one for each. Scales and criteria sets are those of the workflow and the study's own, by name. `places` says of every
    sheet how messages call it: by its file, or by the workbook and its tab.
    """

    config: dict[str, Any]
    panels: tuple[Panel, ...]
    analytes: tuple[Analyte, ...]
    materials: tuple[Material, ...]
    plates: tuple[Plate, ...]
    names: tuple[Name, ...]
    samples: tuple[Sample, ...]
    participants: tuple[Participant, ...]
    unblinding: tuple[Unblinding, ...]
    visits: tuple[Visit, ...]
    courses: tuple[Course, ...]
    events: tuple[Event, ...]
    scores: tuple[ScoreRow, ...]
    columns: tuple[ColumnRow, ...]
    amendments: tuple[Amendment, ...]
    approvals: tuple[Approval, ...]
    unwanted: tuple[Analyte, ...]
    own_scales: tuple[Scale, ...]
    scales: dict[str, dict[str, Any]]
    units: vocabulary.Units
    criteria_sets: dict[str, dict[str, Any]]
    state_words: dict[str, tuple[str, bool]]
    flags: tuple[Problem, ...]
    base: Path
    places: dict[str, str]

    def rows(self, sheet: str, columns: Iterable[str] = (), **where: Any) -> list[Cells]:
        """Plain rows of a sheet that match `where`: these columns, or all (`_row`, the number of the row, only if named)."""
        members = self.own_scales if sheet == "scales" else getattr(self, sheet)
        chosen = [each for each in members if not where or each.cells(where) == where]
        return [each.cells(columns) for each in chosen]

    @cached_property
    def by_batch(self) -> dict[str, list[Plate]]:
        """Plates by batch, in the order of the sheet."""
        groups: dict[str, list[Plate]] = {}
        for plate in self.plates:
            groups.setdefault(plate.batch, []).append(plate)
        return groups

    @property
    def batches(self) -> list[str]:
        """Names of the batches, in the order of the sheet."""
        return list(self.by_batch)

    @property
    def sheet_files(self) -> dict[str, str]:
        """{sheet: the file that holds it} of the sheets that are there, relative to the study folder."""
        files = {name: sheet_places.file_of(place) for name, place in self.places.items()}
        return {name: file for name, file in files.items() if (self.base / file).is_file()}

    @property
    def members(self) -> list[str]:
        """Participants of the analysed set, in the order of the sheet."""
        schedules = self.config["analysed_schedules"]
        return [each.participant for each in self.participants if is_analysed(each.status, each.schedule, schedules)]

    @property
    def compared(self) -> dict[str, str]:
        """{factor: level with which the others are compared, "" for the first by name} of what can be compared now."""
        return comparisons.compared(self.config, *self._people)

    @property
    def sealable(self) -> list[str]:
        """Factors that come from the unblinding sheet, whether it is there or not."""
        return comparisons.blinded(self.config, [])

    @property
    def blinded(self) -> list[str]:
        """Factors of which nobody may know the levels yet."""
        return comparisons.blinded(self.config, self._people[1])

    @property
    def levels(self) -> dict[str, dict[str, str | None]]:
        """{factor: {participant: level, None without one}} of the analysed set."""
        return comparisons.levels(self.config, *self._people)

    @property
    def covariates(self) -> list[str]:
        """Columns of people, and scales, for which comparisons are adjusted."""
        return comparisons.adjusting(self.config, self.scales, self._people[0])

    @property
    def people(self) -> list[Cells]:
        """The analysed set with its factors and covariates (comparisons.people_rows)."""
        return comparisons.people_rows(self.config, self.scales, *self._people)

    @property
    def populations(self) -> dict[str, list[str]]:
        """{analyte: participants in whom it is analysed}, of those with a population of their own."""
        return comparisons.populations(self.config, self._people[0])

    @cached_property
    def _people(self):
        """Rows of the participants of the analysed set, and of the unblinding sheet, with the columns the config names."""
        members = set(self.members)
        rows = [{**each.cells(), **each.more} for each in self.participants if each.participant in members]
        return rows, [{**each.cells(), **each.more} for each in self.unblinding]

    @property
    def participant_groups(self) -> list[str]:
        """Groups of the participants of the analysed set, in the order of the alphabet."""
        members = set(self.members)
        return sorted({each.group for each in self.participants if each.participant in members and each.group})

    @property
    def clinical(self) -> bool:
        """Whether anything can be observed of participants at visits."""
        return bool(self.visits) and (
            any(row.participant and row.visit for row in self.samples)
            or any(row.participant and row.visit for row in self.scores)
        )

    @property
    def scored(self) -> list[str]:
        """Scales of which any score is known."""
        return [name for name in self.scales if any(row.scores[name] is not None for row in self.scores)]

    @property
    def first_course(self) -> str:
        """Name of the course of order 1; "" without any."""
        return course_names.first_course(self.rows("courses", ("course", "order")))

    @property
    def first_tubes(self) -> list[Sample]:
        """Tubes of the analysed set taken at visits of first courses."""
        return self._first(self.samples)

    @property
    def first_scores(self) -> list[ScoreRow]:
        """Scores of the analysed set at visits of first courses."""
        return self._first(self.scores)

    def _first(self, rows):
        members = set(self.members)
        first = {(each.participant, each.course) for each in self.courses if each.order == 1}
        own = (row for row in rows if row.participant in members and row.visit)
        return [row for row in own if (row.participant, row.course) in first]

    @cached_property
    def choices(self) -> choices.Choices:
        """What is compared and drawn: as the config names it, else what follows from the sheets."""
        tubes, scores = self.first_tubes, self.first_scores
        return choices.choices(self.config, self.panels, self.analytes, self.visits, tubes, scores, self.scales)


def study_in(folder: Path | str) -> Study:
    """The loaded study in `folder`. Raises StudyError; NotUsable when the folder holds no config."""
    path = Path(folder) / CONFIG
    if not path.is_file():
        raise NotUsable(f"{path}: no such file; a study is a folder with config/config.yaml")
    config, problems = read_config(path)
    if problems:
        raise StudyError(problems)
    return load_study(config, folder, own_file=False)


def empty(base: Path | str) -> Study:
    """A study of nothing, for a workflow that hosts this one and whose own targets need none of it."""
    config, _ = check_config({"study": {"title": "none", "simulated": False}}, load_schema(schema_file("config")))
    nothing: Sheets = {name: [] for name in SHEETS}
    return _study(config, nothing, {}, vocabulary.units(RESOURCES["units"]), {}, [], Path(base), config["sheets"])


def load_study(config: dict[str, Any], base: Path | str, own_file: bool = True) -> Study:
    """Load and check the study in the folder `base`, of which `config` is what the config file says.

    `own_file`: the study's own file is still to be checked; not where it was just read, or another workflow hands it over.
    Raises StudyError with every STOP problem of config, sheets and paths.
    """
    base, written = Path(base), config
    if own_file and (base / CONFIG).is_file() and (problems := read_config(base / CONFIG)[1]):
        raise StudyError(problems)
    config, problems = check_config(config, load_schema(schema_file("config")))
    problems = problems or paths.check_config(config, base)
    if any(problem.level == "STOP" for problem in problems):
        raise StudyError(problems)
    places = sheet_places.find(config["sheets"], written.get("sheets", {}), base)
    problems += places.problems
    if not places.readable:
        raise StudyError(problems)
    units = vocabulary.units(RESOURCES["units"])
    criteria_sets, found = own.criteria_sets(RESOURCES, base)
    sheets, scales, files, readable, more = _sheets(places, written, config)
    context = crosschecks.Context(
        written, config, sheets, files, scales, units, criteria_sets, base, config["raw_folders"]
    )
    problems += [*found, *more]
    sheets["amendments"], found = amended.signed(sheets["amendments"], files["amendments"])
    problems += found
    problems += crosschecks.check(context) if readable else []  # every row would miss what was not read
    problems += _settle_plates(config, sheets, files, base)
    stops = [problem for problem in problems if problem.level == "STOP"]
    if stops:
        raise StudyError(stops)
    problems += courses.one_name_per_order(sheets, files["courses"])
    problems += _set_unwanted_aside(sheets, files["analytes"])
    sheets["materials"] = kit_lots.of_every_analyte(sheets["materials"], sheets["analytes"])
    return _study(config, sheets, scales, units, criteria_sets, problems, base, files)


def _sheets(places, written, config):
    """(rows by sheet, scales by name, how messages call each sheet, whether all could be read, problems).

    `written` is the `config` without defaults.
    """
    sheets, files, readable, problems, absent, known = {}, {}, True, [], [], {}
    for name in SHEETS:
        schema, more = load_schema(schema_file(name)), {}
        if schema.get("x-scales"):
            more = scale_rules.columns(known, sheets["scales"])
        elif schema.get("x-named"):
            known = known or scale_rules.by_name(sheets["scales"])
            more = comparisons.further_columns(config, known)[name]
        if name in OPTIONAL and name not in written.get("sheets", {}) and not places.has(name):
            sheets[name], files[name] = [], places.name(name)
            absent.append(name)
            continue
        sheet = places.read(name, schema, more)
        sheets[name], files[name] = sheet.rows, sheet.file
        problems += sheet.problems
        readable &= sheet.readable or not sheet.problems
        if not sheet.rows and not sheet.problems and name not in OPTIONAL:
            problems.append(Problem(
                "E-FILE-002", "STOP", sheet.file, "the sheet has a header and no rows", "the study cannot be read without it",
                "add the rows", row="1",
            ))  # fmt: skip
    misplaced = any(problem.level == "STOP" for problem in places.problems)  # what is absent may be called otherwise
    if readable:
        problems += [] if misplaced else people.tubes_lacking(sheets, files, absent)
        problems += people.complete(sheets, files)
    _fill_names(sheets)
    return sheets, known, files, readable, problems


def _settle_plates(config, sheets, files, base):
    """Problems of plates and raw files; `sheets` keep plates, amended, amendments and approvals that count."""
    sheets["plates"], problems = amended.apply_to_plates(sheets["plates"], sheets["amendments"])
    problems += raw_files.check(sheets["plates"], sheets["amendments"], base)
    problems += raw_files.unclaimed_exports(config, sheets, base) + raw_files.left_behind(config, base)
    sheets["plates"], found = that_count(sheets["plates"], config["batches"])
    sheets["amendments"] = amended.that_count(sheets["amendments"], sheets["plates"], config["batches"])
    counting = {row["batch"] for row in sheets["plates"]}
    sheets["approvals"] = [row for row in sheets["approvals"] if row["batch"] in counting]
    return problems + found + plates_set_aside(sheets["plates"], files["plates"])


def _study(config, sheets, scales, units, criteria_sets, problems, base, places):
    """The Study of rows that were checked."""
    members = {name: tuple(kind.of(row) for row in sheets[name]) for name, kind in KINDS.items()}
    members["visits"] = tuple(sorted(members["visits"], key=lambda visit: visit.order))
    return Study(
        config,
        own_scales=members.pop("scales"),
        **members,
        unwanted=tuple(map(Analyte.of, sheets.get("unwanted", []))),
        scales=scales,
        units=units,
        criteria_sets=criteria_sets,
        state_words=vocabulary.state_words(RESOURCES["state_words"]),
        flags=tuple(problems),
        base=base,
        places=places,
    )


def _set_unwanted_aside(sheets, file):
    """A FLAG that counts the analytes nobody wants; `sheets` then hold them as `unwanted`, not among the analytes."""
    unwanted = [row for row in sheets["analytes"] if not row["use"]]
    sheets["analytes"], sheets["unwanted"] = [row for row in sheets["analytes"] if row["use"]], unwanted
    if not unwanted:
        return []
    names = few([row["analyte"] for row in unwanted], 10)
    return [Problem(
        "W-CMP-006", "FLAG", file, f"analytes nobody wants (use: no), {len(unwanted)}: {names}",
        "exports may hold them; nothing of them is kept", "nothing; use: yes takes one in", row=str(unwanted[0]["_row"]),
        column="use",
    )]  # fmt: skip


def that_count(plates: Rows, chosen: Collection[str]) -> tuple[Rows, list[Problem]]:
    """(rows of the plates that count, problems): `chosen` names their batches, nothing means all."""
    known = list(dict.fromkeys(row["batch"] for row in plates))
    problems = [
        Problem(
            "E-REF-010", "STOP", CONFIG, f'no plate is of batch "{name}"{suggestion(name, known)}',
            "the study would silently lack it", "write batches as in the plates sheet", column="batches",
        )
        for name in chosen
        if name not in known
    ]  # fmt: skip
    aside = [name for name in known if chosen and name not in chosen]
    if aside:
        problems.append(
            Problem(
                "W-BATCH-001", "FLAG", CONFIG, f"{len(aside)} batches do not count: {', '.join(aside)}",
                "their exports are neither read nor reported", "take them into batches, or leave batches empty",
                column="batches",
            )
        )  # fmt: skip
    return [row for row in plates if not chosen or row["batch"] in chosen], problems


def plates_set_aside(plates: Rows, sheet: str) -> list[Problem]:
    """A FLAG for every plate that the sheet or an amendment sets aside, with the reason."""
    why, fix = "its values are not reported", "nothing; include: yes, or deleting the amendment, takes it back"
    return [
        Problem(
            "W-CMP-001", "FLAG", sheet, f"plate {row['plate']} is set aside: {row['reason']}", why, fix,
            row=str(row["_row"]), column="include", batch=row["batch"], plate=row["plate"],
        )
        for row in plates
        if not row["include"]
    ]  # fmt: skip


def _fill_names(sheets):
    """Defaults that follow from another column: labels, names in exports, the unit of the standards, and weights."""
    labels.fill(sheets)
    for row in sheets["analytes"]:
        row["names_in_export"] = row["names_in_export"] or ([row["analyte"]] if row["analyte"] else [])
        row["standard_unit"] = row["standard_unit"] or row["unit"]
        exponent = row["variance_exponent"]
        row["weights"] = row["weights"] or ("two_component" if exponent is None else "power")
        row["variance_exponent"] = 2.0 if exponent is None else exponent
    for row in sheets["visits"]:
        row["label"] = row["label"] or row["visit"]
