"""What a person reads at the gate and at the end of a run, from counts and codes: at most `LONGEST` lines."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from immunoassay.problems import few
from immunoassay.words.code_words import plain
from immunoassay.words.language import said

LONGEST = 25
SHOWN = 12  # problems of a digest
KITS = 6  # kits with a line of their own
PLATES = 3  # plates named one by one
STATUSES = {
    "quantified": "quantified",
    "below_lod": "< LOD",
    "below_lloq": "< LLOQ",
    "above_uloq": "> ULOQ",
    "not_reportable": "not reportable",
    "missing": "missing",
}
PLATE_VERDICTS = {
    "PASS": "passed",
    "WARN": "passed with a warning",
    "NOT_EVALUABLE": "with an analyte that could not be evaluated",
    "FAIL": "with an analyte that failed",
    "aside": "set aside",
}
LACKING = {"plate_rejected": "rejected", "plate_not_evaluable": "unproven"}
AGAIN = "run again to go on: what is done stays done"


def section(label: str, texts: Iterable[str]) -> list[str]:
    """Lines of one section: its label before the first."""
    return [said(f"{label if at == 0 else '':<11}{text}") for at, text in enumerate(texts)]


def study(title: str, counts: Mapping[str, int]) -> str:
    """The first line: `counts` are plates, batches, participants and samples; what there is none of is not named."""
    plates = f"{many(counts['plates'], 'plate')} in {many(counts['batches'], 'batch', 'batches')}"
    people = [many(counts[name], name[:-1]) for name in ("participants", "samples") if counts[name]]
    return said(f'Study "{title}": {", ".join([plates, *people])}')


def results(statuses: Mapping[str, int]) -> list[str]:
    """The number of results by status."""
    parts = [f"{statuses.get(code, 0):,} {words}" for code, words in STATUSES.items()]
    parts = [part for part in parts if not part.startswith("0 <") and not part.startswith("0 >")]
    return section("Results", [f"{sum(statuses.values()):,}: {', '.join(parts)}"])


def kits(found: Sequence[Mapping[str, Any]], without: Sequence[str] = ()) -> list[str]:
    """Reportable analytes of every kit; `found`: panel, reportable, analytes, lacking {(reason, rule): analytes}; `without`:
    kits on whose plates no sample of the study is."""
    whole = [f"{kit['panel']} {kit['analytes']}" for kit in found if not kit["lacking"]]
    texts = [f"all analytes reportable: {few(whole)}"] if whole else []
    partly = [kit for kit in found if kit["lacking"]]
    for kit in partly[:KITS]:
        why = ", ".join(
            f"{count} {LACKING.get(reason) or plain(reason)}" + (f" ({plain(rule)})" if rule else "")
            for (reason, rule), count in kit["lacking"].items()
        )
        texts.append(f"{kit['panel']} {kit['reportable']} of {kit['analytes']} analytes: {why}")
    if len(partly) > KITS:
        texts.append(f"{len(partly) - KITS} more kits have analytes without a reportable result")
    texts += [no_sample(without)] if without else []
    return section("Kits", texts)


def plates(counts: Mapping[str, int]) -> list[str]:
    """Plates by their gravest verdict, and those set aside; `counts` by the codes of PLATE_VERDICTS."""
    parts = [f"{counts[code]:,} {words}" for code, words in PLATE_VERDICTS.items() if counts[code]]
    return section("Plates", [", ".join(parts)] if parts else [])


def no_sample(panels: Sequence[str]) -> str:
    """That some kits will have no result, as no sample of the study is on their plates."""
    return f"{few(panels)}: no sample of the study is on {'its' if len(panels) == 1 else 'their'} plates"


def look_at(found: Mapping[str, Any], folder: str) -> list[str]:
    """What wants a look; `found` is what deliver/summary counted, `folder` where its tables are."""
    texts = [f"{plate} set aside by you: {reason}" for plate, reason in found["aside"][:PLATES]]
    if len(found["aside"]) > PLATES:
        texts.append(f"{len(found['aside']) - PLATES} more plates set aside by you")
    texts += found["quarantined"][:PLATES]
    if len(found["quarantined"]) > PLATES:
        texts.append(f"{len(found['quarantined']) - PLATES} more problems of level QUARANTINE")
    if found["rejected"]:
        texts.append(f"{many(len(found['rejected']), 'plate')} without an accepted analyte: {few(found['rejected'])}")
    if found["tubes"]:
        texts.append(f"{many(found['tubes'], 'tube')} not analysed: another tube of the visit is")
    if found["unknown"]:
        texts.append(
            f"{many(found['unknown'], 'name')} on plates without a row of the samples sheet: {folder}/ledger.tsv"
        )
    texts += found["left_out"][:PLATES]
    if found["lacking"]:
        kits = ", ".join(f"{panel} {count}" for panel, count in found["lacking"].items())
        texts.append(f"visits with a tube and no result of a planned kit: {kits}: {folder}/completeness.tsv")
    if found["amended"]:
        texts.append(f"{many(found['amended'], 'amendment')} changed results: {folder}/amendments.tsv")
    if found["changed"]:
        texts.append(
            f"{many(len(found['changed']), 'approved batch', 'approved batches')} changed since: {few(found['changed'])}: "
            f"{folder}/approvals.tsv"
        )
    listed = [
        f"{many(sum(levels.values()), 'problem')} ({counted(levels)}): {folder}/{file}"
        for file, levels in found["problems"].items()
    ]
    return section("Look at", [*texts, *([" · ".join(listed)] if listed else [])])


def changed(changes: pd.DataFrame, file: str) -> list[str]:
    """What moved since the run before: results and verdicts of a `what_changed` table, which `file` holds."""
    counts = changes.drop_duplicates(["kind", "row"]).groupby(["kind", "change"]).size().to_dict()
    parts = [
        f"{many(counts[kind, change], noun)} {words}"
        for kind, noun in (("result", "result"), ("verdict", "verdict"))
        for change, words in (("changed", "changed"), ("new", "new"), ("gone", "no longer there"))
        if (kind, change) in counts
    ]
    found = ", ".join(parts) or "words and flags only, no result and no verdict"
    return section("Changed", [f"since the run before: {found}: {file}"])


def opened(figures: int, files: Sequence[str]) -> list[str]:
    """What to open: the number of figures, and the files that are there."""
    places = [*files, *([f"results/figures/ ({many(figures, 'figure')})"] if figures else [])]
    return section("Open", [" · ".join(places)] if places else [])


def digest(problems: pd.DataFrame, file: str) -> list[str]:
    """The rows of a `problems` table for the screen: counts by level, the gravest ones, and the file that holds all.

    What stops or sets aside is said whole; of the others what was found, one line for each code and level.
    """
    if problems.empty:
        return ["No problem was found in sheets and exports."]
    levels = problems["level"].value_counts()
    texts = []
    for (level, code), rows in problems.groupby(["level", "code"], sort=False):
        whole = level in ("STOP", "QUARANTINE")
        shown = list(rows["message"]) if whole else [rows["message"].iloc[0].split(" – ")[0]]
        more = f" (and {len(rows) - 1} more of {code})" if len(rows) > 1 and not whole else ""
        texts += [f"  {level} {text}{more}" for text in shown]
    if len(texts) > SHOWN:
        texts = [*texts[: SHOWN - 1], f"  … and {len(texts) - SHOWN + 1} more"]
    return [said(text) for text in (f"{many(len(problems), 'problem')} ({counted(levels)}): {file}", *texts)]


def stopped(problems: pd.DataFrame, file: str) -> list[str]:
    """The end of a run that the gate refused: the problems of level STOP, and what to do."""
    head, *lines = digest(problems, file)
    return [
        *section("Stopped", [f"no result was computed: {head}"]),
        *lines,
        *section("Next", ["correct what these lines say, then run again; immunoassay check lists every problem"]),
    ]


def failed(steps: Sequence[tuple[str, str]]) -> list[str]:
    """The end of a run in which steps failed; `steps` are their rules and logs ("" where there is none)."""
    texts = [rule.replace("_", " ") + (f"; its log is {log}" if log else "") for rule, log in steps[:SHOWN]]
    return [
        *section("Failed", texts),
        *section("Next", [f"correct what the log says, then {AGAIN} (docs/it-stopped.md)"]),
    ]


def interrupted() -> list[str]:
    """The end of a run that somebody interrupted."""
    return section("Stopped", [AGAIN])


def counted(levels: Mapping[str, int]) -> str:
    """Numbers by level, the gravest first: `1 QUARANTINE, 3 FLAG`."""
    known = ("STOP", "QUARANTINE", "EXCLUDE", "FLAG")
    return ", ".join(f"{levels[level]} {level}" for level in known if level in levels)


def many(count: int, one: str, several: str = "") -> str:
    """A number and its noun."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
