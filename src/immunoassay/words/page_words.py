"""What the report page says: its sections with the question each answers, its labels, and sentences of counts."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from immunoassay.problems import few
from immunoassay.words import chart_words, glossary
from immunoassay.words.code_words import plain
from immunoassay.words.ending_words import many
from immunoassay.words.language import said

FRAME = {
    "skip": "Go to the content",
    "sections": "Sections",
    "loading": "Reading the data of the page …",
    "noscript": "This page shows its data with JavaScript, which is switched off here. Nothing is fetched from anywhere.",
}
SECTIONS = {
    "overview": ("Overview", "What ran, on what, what came out, and what wants a decision?"),
    "batches": ("Batches", "Is this plate good, and if not, what is wrong with it?"),
    "quality": ("Quality over time", "Do controls, limits and kit lots hold over the runs?"),
    "biomarkers": ("Biomarkers", "What changed, in whom, and how much of it lies below the LLOQ?"),
    "associations": ("Associations", "What goes with what, and what is behind each number?"),
    "participants": ("Participants", "What happened to one person, in real days?"),
    "trace": ("Trace", "Where does this number come from, and is it right?"),
    "decide": ("Decide", "What should be set aside or corrected, and what would that change?"),
    "methods": ("Methods and downloads", "How was it done, with which software and files, and where is the data?"),
}


def sample_number(number: int) -> str:
    """What stands for a sample whose participant is not reported: its place in the samples sheet."""
    return f"sample {number}"


def participant_number(number: int) -> str:
    """What stands for a participant who is not reported: the place in the participants sheet."""
    return f"participant {number}"


MASK = ("masked name", sample_number, participant_number)


def lacking(reason: Any, count: int) -> str:
    """Why some analytes of a sample have no result."""
    code = reason if isinstance(reason, str) else "not_recorded"
    return said(f"{many(count, 'analyte')}: {glossary.REASONS.get(code, plain(code))}")


def plate(lights: pd.DataFrame, why: Any) -> str:
    """Why a plate, or some analytes of it, do not count."""
    return said(
        f"{few(list(lights['analyte']), 4)}: {why if isinstance(why, str) and why else 'no reason is recorded'}"
    )


def replicates(results: pd.DataFrame) -> str:
    """That values are used although their replicates differ."""
    named = few([f"{row.sample_id} {row.analyte}" for row in results.itertuples()], 3)
    return said(f"values used although their replicates differ: {named}")


def problem(row: Mapping[str, Any]) -> str:
    """A problem that set something aside: found, why, what to do."""
    return said(f"{row['found']} \N{EN DASH} {row['why']} \N{EN DASH} {row['fix']}")


def planned(panel: str, samples: Sequence[str]) -> str:
    """That planned samples lack results of a panel."""
    return said(f"{panel}: {many(len(samples), 'planned sample')} without every result: {few(list(samples), 6)}")


CODES = {
    **glossary.DISPOSITIONS,
    **glossary.REASONS,
    **glossary.FLAGS,
    "PASS": "pass",
    "WARN": "warning",
    "FAIL": "fail",
    "NOT_EVALUABLE": "not evaluable",
    "quantified": "quantified",
    "below_lod": "below LOD",
    "below_lloq": "below LLOQ",
    "above_uloq": "above ULOQ",
    "not_reportable": "not reportable",
    "missing": "missing",
    "plate_set_aside": "plate set aside",
    "plate_rejected": "plate not accepted",
    "replicates_differ": "replicates differ",
    "problem": "set aside by a problem",
    "planned_without_result": "planned, no result",
    "usable": "used",
}
HEADINGS = {
    "sample_id": "sample",
    "n_results": "results",
    "n_attempts": "attempts",
    "n_reported": "with a result",
    "n_selected": "reported",
    "n_analytes": "analytes",
    "n_quantified": "quantified",
    "n_censored": "beyond a limit",
    "n_lacking": "lacking",
    "cv_percent": "CV %",
    "recovery_percent": "recovery %",
    "lloq": "LLOQ",
    "uloq": "ULOQ",
    "lod": "LOD",
    "lloq_applied": "LLOQ applied",
    "uloq_applied": "ULOQ applied",
    "words": "in words",
    "file_row": "row of the file",
    "file_sha256": "checksum (SHA-256)",
}
SAY = {
    "table.filter": "Filter",
    "table.download": "Download as TSV",
    "table.count": "{shown} of {all} rows",
    "simulated": "SIMULATED DATA \N{EN DASH} no person, sample or value is real",
    "overview.numbers": "In numbers",
    "overview.plates": "plates and deliveries",
    "overview.batches": "batches",
    "overview.panels": "kits",
    "overview.analytes": "analytes",
    "overview.samples": "samples",
    "overview.participants": "participants",
    "overview.results": "results",
    "overview.plates_not_used": "plates not used",
    "overview.lights": "Plates and analytes",
    "overview.lights_how": "One mark for each plate and analyte: ✓ pass, ! warning (used), ✕ fail or set aside, ? not evaluable. "
    "Point at a mark for the reason, follow it to the plate.",
    "overview.light": "{plate}, {analyte}: {verdict}. {why}",
    "overview.aside": "Plates that are not used",
    "overview.aside_none": "Every plate is used.",
    "overview.decisions": "What wants a decision",
    "overview.decisions_how": "First what concerns most results. Nothing here is decided for you.",
    "overview.decisions_none": "Nothing was set aside, rejected or left without a result.",
    "overview.changed": "What changed",
    "overview.changed_since": "Since the release {name}: {count} numbers or words in {rows} rows.",
    "overview.changed_nothing": "Since the release {name}: nothing; every reported value, verdict and number is the same.",
    "overview.changed_unknown": "No frozen release is compared with (compare_with in the config; immunoassay freeze NAME makes one).",
    "overview.newest": "Newest batch: {batch} ({date}), {results} results come from it: {quantified} quantified, {censored} beyond a limit, "
    "{lacking} not reportable.",
    "overview.coverage": "Completeness: samples and kits",
    "overview.coverage_how": "Results that say something (quantified, or beyond a limit) of the analytes of the kit; the list says why the rest lack.",
    "overview.coverage_lacking": "What lacks, and why",
    "overview.coverage_whole": "Every sample has a result of every analyte it was awaited for.",
}


def of_page() -> dict[str, Any]:
    """All words that the page itself needs: sections, say, codes, headings."""
    return {
        "sections": {name: {"title": title, "question": question} for name, (title, question) in SECTIONS.items()},
        "say": {code: said(words) for code, words in {**SAY, **chart_words.SAY}.items()},
        "codes": CODES,
        "headings": HEADINGS,
    }
