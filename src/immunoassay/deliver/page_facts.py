"""What the report page says of the study as a whole: counts, words, the meaning of every column, methods and provenance."""

from collections.abc import Iterable, Mapping
from typing import Any

from immunoassay.deliver import columns, page_data
from immunoassay.study.vocabulary import criteria_for
from immunoassay.words import file_words, page_words

# what the page needs of the criteria to say what a correction would change
CRITERIA = ("id", "version", "required", "replicates", "hook_percent", "parallelism_cv_percent", "compare_decimals")

PROVENANCE = ("raw_files", "sheets", "layouts", "software", "counts", "results")


def facts(
    config: Mapping[str, Any],
    sheets: Mapping[str, Any],
    criteria: Mapping[str, Any],
    methods: str,
    provenance: Mapping[str, Any],
    names: Iterable[str],
    apart: Iterable[str] = (),
) -> dict[str, Any]:
    """The facts of the page, a plain dict.

    `config` has study, report_participants, lloq_across_plates and compare_with; `sheets` rows by sheet; `criteria` the
    criteria sets by name; `methods` the methods text; `provenance` of deliver/provenance; `names` the tables of the page.
    `files` {batch: folder} are the batches `apart`, which have pages of their own.
    """
    return {
        **_of_page(config, sheets, criteria, names),
        "release": config["compare_with"],
        "methods": methods,
        "provenance": {name: provenance[name] for name in PROVENANCE},
        "files": dict.fromkeys(apart, "report_batches"),
    }


def of_batch(
    config: Mapping[str, Any], sheets: Mapping[str, Any], criteria: Mapping[str, Any], names: Iterable[str], batch: str
) -> dict[str, Any]:
    """The facts of the page of one batch; `report` is where the report page lies, seen from it."""
    facts = _of_page(config, sheets, criteria, names)
    title = file_words.of_batch(facts["title"], batch)
    return facts | {"title": title, "files": {}, "report": "../report.html"}


def _of_page(config, sheets, criteria, names):
    """What every page says."""
    known = [name for name in names if name in columns.OF_STEPS]
    study, words = config["study"], page_words.of_page()
    return {
        "title": study["title"],
        "note": study["note"],
        "simulated": study["simulated"],
        "report_participants": config["report_participants"],
        "lloq_across_plates": config["lloq_across_plates"],
        "sheets": sheets,
        "criteria": _criteria(sheets, criteria),
        "digits": page_data.DIGITS,
        **words,
        "tables": {name: columns.OF_STEPS[name].row for name in known} | words["tables"],
        "columns": {name: columns.notes(name) for name in known},
    }


def _criteria(sheets, criteria):
    """{analyte: what CRITERIA names of its criteria set}; the sets of a kit that has no plate are not given."""
    sets = {row["panel"]: row["criteria_set"] for row in sheets["panels"]}
    known = [row for row in sheets["analytes"] if sets[row["panel"]] in criteria]
    found = {row["analyte"]: criteria_for(criteria, sets[row["panel"]], row["analyte"]) for row in known}
    return {name: {key: each[key] for key in CRITERIA if key in each} for name, each in found.items()}
