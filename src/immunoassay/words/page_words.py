"""What the report page says: its sections with the question each answers, its labels, and sentences of counts."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from immunoassay.acceptance.rule_names import RULES
from immunoassay.problems import few
from immunoassay.words import chart_words, file_words, glossary, terms
from immunoassay.words.code_words import plain
from immunoassay.words.ending_words import many
from immunoassay.words.language import said

FRAME = {
    "skip": "Go to the content",
    "sections": "Sections",
    "loading": "Reading the data of the page …",
    "noscript": "This page shows its data with JavaScript, which is switched off here. Nothing is fetched from "
    "anywhere.",
}
SECTIONS = {
    "overview": ("Overview", "What ran, on what, what came out, and what wants a decision?"),
    "batches": ("Batches", "Is this plate good, and if not, what is wrong with it?"),
    "quality": ("Quality over time", "Do controls, limits and kit lots hold over the runs?"),
    "biomarkers": ("Biomarkers", "What changed, in whom, and how much of it lies below the LLOQ?"),
    "associations": ("Associations", "What goes with what, and what is behind each number?"),
    "participants": ("Participants", "What happened to one person, in real days?"),
    "trace": ("Trace", "Where does this number come from, and is it right?"),
    "decide": ("Decide", "What should be set aside, corrected or approved, and what would that change?"),
    "methods": ("Methods and downloads", "How was it done, with which software and files, and where is the data?"),
}


def sample_number(number: int) -> str:
    """What stands for a sample whose participant is not reported: its place in the samples sheet."""
    return f"sample {number}"


def participant_number(number: int) -> str:
    """What stands for a participant who is not reported: the place in the participants sheet."""
    return f"participant {number}"


def masked_name(plate: str, place: str) -> str:
    """What stands for a name that looks like a person's: where it is written first."""
    return f"masked name {plate} {place}"


MASK = ("masked name", masked_name, sample_number, participant_number)


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
    **terms.GROUPS,
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
    "recovery_cv": "recovery and CV",
    "precision_profile": "precision profile",
    "asymptote_interval": "asymptote intervals",
    "validated": "validated limits",
    "laboratory": "stated by the laboratory",
    "smallest_positive": "smallest positive result",
    "max": "highest of the study",
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
# one row of the tables that only the page has
TABLES = {
    "plates": "one plate or delivery of the plates sheet: whether it is used, why not, and its analytes by verdict",
    "lights": "one analyte of one plate: its verdict, why, and how many attempts say something",
    "coverage": "one kit of one sample: how many analytes have a result, and why the rest lack",
    "decisions": "something that a person may want to decide",
    "measured_in": "one kit of one sample: a batch that holds attempts of it",
    "pair_summaries": "as visit_summaries, of the participants with both visits",
}
SAY = {
    "table.filter": "Filter",
    "table.download": "Download as TSV",
    "table.count": "{shown} of {all} rows",
    "table.cut": "The first {shown} of {all} rows are printed; the page on the screen has all, and downloads them.",
    "printed": "{title}. A section is printed when it is open; the others are: {others}.",
    "simulated": "SIMULATED DATA \N{EN DASH} no person, sample or value is real",
    "overview.numbers": "In numbers",
    "overview.plates": "plates and deliveries",
    "overview.batches": "batches",
    "overview.panels": "kits",
    "overview.analytes": "analytes",
    "overview.samples": "samples",
    "overview.participants": "participants",
    "overview.results": "results",
    "overview.plates_not_used": "plates set aside",
    "overview.lights": "Plates and analytes",
    "overview.lights_how": "One mark for each plate and analyte: ✓ pass, ! warning (used), ✕ fail or set aside, ? not "
    "evaluable. "
    "Point at a mark for the reason, follow it to the plate.",
    "overview.light": "{plate}, {analyte}: {verdict}. {why}",
    "overview.aside": "Plates set aside",
    "overview.aside_none": "No plate was set aside by a person.",
    "overview.decisions": "What wants a decision",
    "overview.decisions_how": "First what concerns most results. Nothing here is decided for you.",
    "overview.decisions_none": "Nothing was set aside, rejected or left without a result.",
    "overview.changed": "What changed",
    "overview.changed_since": "Compared with the release {name}:",
    "overview.changed_kind": "{kind}: {changed} changed, {new} new, {gone} no longer there",
    "overview.kind_result": "Results",
    "overview.kind_verdict": "Verdicts of plates",
    "overview.kind_statistic": "Rows of statistics",
    "overview.kind_figure": "Rows of figures",
    "overview.row_result": "sample · analyte",
    "overview.row_verdict": "plate · analyte",
    "overview.changed_how": "change",
    "overview.change_changed": "changed",
    "overview.change_new": "new",
    "overview.change_gone": "no longer there",
    "overview.changed_moves": "before → now",
    "overview.changed_why": "why",
    "overview.changed_all": "Every number and word that changed",
    "overview.changed_nothing": "Since the release {name}: nothing; every reported value, verdict and number is the "
    "same.",
    "overview.changed_unknown": "Not compared with a frozen release (immunoassay freeze NAME; then compare_with: NAME in "
    "the config). What the last run changed in results and verdicts stands in records/what_changed.tsv of the study.",
    "overview.newest": "Newest batch: {batch} ({date}), {results} results come from it: {quantified} quantified, "
    "{censored} beyond a limit, "
    "{lacking} not reportable.",
    "overview.coverage": "Completeness: samples and kits",
    "overview.coverage_how": "Results that say something (quantified, or beyond a limit) of the analytes of the kit; "
    "the list says why the rest lack.",
    "overview.coverage_lacking": "what lacks, and why",
    "trace.how": "Choose a sample and an analyte, or follow a number from any other section. Every number is computed "
    "once more here, "
    "from the raw signals and the parameters of the curve.",
    "trace.every": "every analyte",
    "trace.go": "Trace",
    "trace.verify_all": "Verify all",
    "trace.all_agree": "All agree: {wells} concentrations of wells and {attempts} quantified values of samples, "
    "computed again from "
    "signals and curves, are the same to {digits} digits.",
    "trace.some_differ": "{differing} of {wells} concentrations of wells and {attempts} values of samples differ from "
    "what signals "
    "and curves give:",
    "trace.differing": "What differs",
    "trace.stated": "stated",
    "trace.computed": "computed again",
    "trace.status_again": "status again",
    "trace.unknown": "No result of sample {sample} {analyte} is known.",
    "trace.results": "Results",
    "trace.result": "result",
    "trace.step_result": "Result",
    "trace.no_result": "The sample is not in the samples sheet, or the analyte is not awaited: no result is reported.",
    "trace.result_facts": "From plate {plate}, wells {wells}, dilution 1:{dilution}; LLOQ applied {lloq}, ULOQ {uloq} "
    "{unit} ({rule}); "
    "verdict of plate and analyte: {verdict}; attempts {n_attempts}: {selection}.",
    "trace.result_none": "No attempt was made ({selection}).",
    "trace.interval": "Analytical uncertainty, 95 %: {low} to {high} {unit}. All digits: {point}.",
    "trace.step_attempts": "Attempts",
    "trace.attempts": "Every measured value of this sample and analyte",
    "trace.selected": "reported",
    "trace.why": "why, or why not",
    "trace.step_wells": "Wells of {plate}",
    "trace.wells": "Wells of plate {plate}: what the instrument read",
    "trace.beads": "beads",
    "trace.in_well": "in the well [{unit}]",
    "trace.in_sample": "in the sample [{unit}]",
    "trace.step_curve": "Curve of {plate}",
    "trace.no_curve": "No curve could be fitted: {why}",
    "trace.parameters": "Lower asymptote a = {lower_asymptote}, upper asymptote d = {upper_asymptote}, slope b = "
    "{slope}, midpoint c = "
    "{midpoint}, asymmetry g = {asymmetry}.",
    "trace.limits": "Limits in the well: {lloq} to {uloq} {unit} ({rule}); kit lot {lot}.",
    "model.4pl": "Four-parameter logistic: signal = d + (a − d) / (1 + (x / c)^b).",
    "model.5pl": "Five-parameter logistic: signal = d + (a − d) / (1 + (x / c)^b)^g.",
    "model.5pl_lower": "Five-parameter logistic, power on the lower end: signal = a + (d − a) / (1 + (x / c)^−b)^g.",
    "model.linear": "Straight line: signal = a + b x.",
    "model.log_log": "Straight line of logarithms: ln signal = b (ln x − ln c).",
    "trace.step_again": "Computed again from {plate}",
    "trace.agrees_no_value": "Stated {stated}, judged again {computed}: the same.",
    "trace.agrees": "Stated {stated}, computed again {computed}: the same to {digits} digits.",
    "trace.differs": "Stated {stated}, computed again {computed}: THEY DIFFER.",
    "trace.step_amendments": "Amendments",
    "trace.no_amendment": "No amendment touched this result.",
    "trace.amendment": "{amendment}: {what} of {place} {change} ({reason}; {who}, {when})",
    "trace.step_file": "Raw file of {plate}",
    "trace.file": "{file}, row {rows}.",
    "trace.checksum": "SHA-256 {sha256}",
    "trace.written": "The sample is written there as {written}.",
    "batches.index": "Batches",
    "batches.every": "Every batch",
    "batches.verdicts": "Verdicts",
    "batches.plate_facts": "Kit {panel}, run on {run_date}, kit lot {kit_lot}, file {file}.",
    "batches.not_used": "Not used: {reason}",
    "batches.verdict_words": "{count} of {all} analytes: {verdict}",
    "batches.analyte": "analyte",
    "batches.shows": "shows",
    "batches.map": "Plate map: {plate}, {analyte}, {shows}",
    "batches.map_how": "The darker, the higher. A dashed frame marks a well that is set aside; point at a well for its "
    "story, follow it to Trace.",
    "batches.signal": "signal",
    "batches.bead_count": "beads",
    "batches.concentration": "concentration in the sample",
    "batches.cv": "CV of replicates, %",
    "batches.disposition": "disposition",
    "batches.curve": "Curve and standards: {analyte}",
    "batches.curve_facts": "{model}; limits in the well {lloq} to {uloq} {unit} ({rule}).",
    "batches.curve_seen": "Line: the curve, with the band in which 95 % of single wells are expected; grey: the curves of "
    "up to six plates before; dashed: the limits; points: wells.",
    "batches.no_curve": "There is no curve: {why}",
    "batches.standards": "Standards: what the curve gives back",
    "batches.limits": "Limits by every rule, in the well",
    "batches.controls": "Controls",
    "batches.checks": "Acceptance rules",
    "batches.samples": "Samples",
    "batches.dropped": "Standard {level} was dropped: {reason}.",
    "batches.delivered": "What the laboratory delivered",
    "batches.expected": "expected",
    "batches.limit_rule": "rule",
    "batches.chosen": "applied",
    "batches.result": "result",
    "batches.problems": "Problems of this plate",
    "batches.approve": "Approve this batch",
    "batches.decide": "Set a well or this plate aside, or correct a name",
    "batches.well": "{well}: {what}; signal {signal}; {status}; {disposition}",
    "decide.how": "Here a correction becomes a row for the amendments sheet. The page writes nothing into the study: "
    "add the rows to the "
    "sheet and run. What a row would change is computed by the rules of the workflow.",
    "decide.hidden": "Participants are not reported in this study, so corrections of samples by name are written in "
    "the sheet only.",
    "decide.what": "correction",
    "decide.exclude_well": "set a well aside",
    "decide.exclude_analyte": "set an analyte of a plate aside",
    "decide.exclude_plate": "set a plate aside",
    "decide.exclude_result": "set a result aside",
    "decide.sample_id": "correct the name of a sample on a plate",
    "decide.replace_by_rerun": "report a re-run instead of a plate",
    "decide.field_plate": "plate",
    "decide.field_well": "well",
    "decide.field_analyte": "analyte",
    "decide.field_sample_id": "sample",
    "decide.field_sample_id_plate": "plate",
    "decide.field_sample_id_from": "written in the export",
    "decide.field_sample_id_to": "is the sample",
    "decide.field_replace_by_rerun_plate": "plate that was repeated",
    "decide.field_replace_by_rerun_to": "plate of the re-run",
    "decide.field_replace_by_rerun_sample_id": "sample",
    "decide.field_replace_by_rerun_analyte": "analyte",
    "decide.all": "all",
    "decide.preview": "Show what it would change",
    "decide.would_change": "What it would change",
    "decide.changes": "Results that become others: {count}. A run gives exactly these.",
    "decide.nothing": "No result changes.",
    "decide.may_move": "Run to see; results that may move: {count}.",
    "decide.fitted_again": "The well is a {roles}: curve or verdict are made again, with consequences for the whole "
    "plate.",
    "decide.weighed_together": "The weights of the curves are estimated from the plates of a batch together, so those "
    "of its other plates "
    "are fitted again.",
    "decide.over_plates": "Values of several plates or names are compared here.",
    "decide.new_results": "Results before and after",
    "decide.may_move_list": "Results that may move",
    "decide.before": "before",
    "decide.after": "after",
    "decide.after_all": "all digits",
    "decide.from_plate": "from",
    "decide.reason": "reason (five characters or more)",
    "decide.who": "initials",
    "decide.when": "date",
    "decide.take": "Take the row",
    "decide.taken": "{amendment} is in the list below.",
    "decide.collected": "Rows for the amendments sheet",
    "decide.none": "None yet.",
    "decide.remove": "remove",
    "decide.download": "Download the rows",
    "decide.then": "Add these rows below those of the sheet {sheet}, then run the study. The list is gone when the "
    "page is closed.",
    "decide.correct": "Correct or set aside",
    "decide.approve": "Approval of batches",
    "decide.approve_how": "A second person, who neither measured nor amended the batch, approves it by a row of the "
    "approvals sheet. The row holds a checksum of the values, verdicts, flags, amendments and raw files of the batch: "
    "whatever of them changes later, the approval no longer counts, and the next run says so.",
    "decide.approve_comment": "what was looked at (may stay empty)",
    "decide.approve_take": "Take the approval",
    "decide.approval": "approval",
    "decide.approvals": "Rows for the approvals sheet",
    "decide.approval_not_approved": "Not approved by a second person",
    "decide.approval_approved": "Approved by {who} on {when} (checksum {now}…)",
    "decide.approval_changed": "Approved by {who} on {when}, changed since ({then}… then, {now}… now)",
    "decide.approval_second_person_needed": "Approved by {who} on {when}, who measured or amended it: a second person "
    "is needed (checksum {now}…)",
    "decide.accept": "Plates that do not count",
    "decide.accept_how": "No amendment accepts a plate; what does stands in the sheets, with its reason:",
    "decide.accept_aside": "{plate} was set aside ({reason}): write include = yes in its row of the plates sheet, or "
    "delete its amendment.",
    "decide.accept_failed": "{plate} does not meet a required rule ({reason}): repeat it; if the rule is wrong for "
    "{panel}, choose another "
    "criteria_set, or criteria_overrides with a reason.",
    "decide.accept_unproven": "{plate} could not be judged ({reason}): write what lacks, or in accept_unproven of "
    "{panel} why it counts all the same.",
    "methods.back": "Every table",
    "methods.tables": "Tables",
    "methods.tables_how": "All that this page holds: numbers with six digits, uncertainty and CV of single results "
    "with three; every digit is in the files of the study. A filtered table downloads as it is filtered.",
    "methods.table": "table",
    "methods.rows": "rows",
    "methods.one_row": "one row is",
    "methods.text": "Methods text",
    "methods.download": "Download as Markdown",
    "methods.software": "Software",
    "methods.code": "checksum of the code",
    "methods.lock": "checksum of the locked requirements",
    "methods.name": "name",
    "methods.version": "version",
    "methods.files": "Files and checksums",
    "methods.files_how": "What everything rests on, and what was made of it, relative to the folder of the study.",
    "methods.kind": "what",
    "methods.path": "file",
    "methods.raw": "raw export",
    "methods.layout": "layout",
    "methods.sheet": "sheet",
    "methods.made": "made",
    "trace.step_delivered": "Rows of the delivery {plate}",
    "trace.delivered": "Rows of the delivery {plate}, as the laboratory wrote them",
}


def of_page() -> dict[str, Any]:
    """All words that the page itself needs: sections, say, codes, headings."""
    return {
        "sections": {name: {"title": title, "question": question} for name, (title, question) in SECTIONS.items()},
        "say": {code: said(words) for code, words in {**SAY, **chart_words.SAY, **file_words.SAY}.items()},
        "tables": TABLES,
        "codes": CODES,
        "rules": RULES,
        "headings": HEADINGS,
    }
