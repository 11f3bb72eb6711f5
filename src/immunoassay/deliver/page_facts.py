"""What the report page says of the study as a whole: counts, words, the meaning of every column, methods and provenance."""

from collections.abc import Iterable, Mapping
from typing import Any

from immunoassay.deliver import columns
from immunoassay.words import page_words


def facts(
    config: Mapping[str, Any],
    sheets: Mapping[str, Any],
    methods: str,
    provenance: Mapping[str, Any],
    names: Iterable[str],
) -> dict[str, Any]:
    """The facts of the page, a plain dict.

    `config` has study, report_participants, lloq_across_plates and compare_with; `sheets` rows by
    sheet; `methods` the methods text; `provenance` of deliver/provenance; `names` the tables of the page.
    """
    contracts = columns.contracts()
    known = [name for name in names if name in contracts]
    study = config["study"]
    return {
        "title": study["title"],
        "note": study["note"],
        "simulated": study["simulated"],
        "report_participants": config["report_participants"],
        "lloq_across_plates": config["lloq_across_plates"],
        "release": config["compare_with"],
        "sheets": sheets,
        "methods": methods,
        "provenance": {
            name: provenance[name] for name in ("raw_files", "sheets", "layouts", "software", "counts", "results")
        },
        "tables": {name: contracts[name].row for name in known},
        "columns": {name: columns.notes(name) for name in known},
        **page_words.of_page(),
    }
