"""What judging a batch brings up as problems: one line per plate and cause, with the analytes and the counts.

Where a rule about dilution fails in nearly all samples, or the concentrations of the instrument's software differ from ours
by a factor, the layout, the dilution or the kit is probably wrong: the plate x analyte is set aside.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from immunoassay.acceptance.consequences import takes
from immunoassay.acceptance.facts import Judgement
from immunoassay.problems import Problem
from immunoassay.readers.wells import READ
from immunoassay.tables import ACCEPTED
from immunoassay.tables.distinct import distinct

OF_DILUTION = ("dilution_range", "hook", "parallelism")
SETTING_ASIDE = ("samples_everywhere", "vendor_agreement")  # plate rules whose failure is a QUARANTINE
EVERYWHERE, MANY_SAMPLES, FEW_SAMPLES = 0.9, 6, 2
PLACE, SHOWN = ["plate", "analyte"], 6


@dataclass(frozen=True)
class Everywhere:
    """A sample rule that fails in nearly all samples of a plate x analyte."""

    plate: str
    analyte: str
    rule: str
    failed: int
    judged: int
    words: str  # of the first that fails
    limit: str

    @property
    def sets_aside(self) -> bool:
        return self.rule in OF_DILUTION and self.judged >= MANY_SAMPLES

    @property
    def judgement(self) -> Judgement:
        name = self.rule.replace("_", " ")
        words = f"{name} fails in {self.failed} of {self.judged} samples, first {self.words} (limit {self.limit})"
        limit = f"fewer than {EVERYWHERE:.0%} of the samples"
        return Judgement("samples_everywhere", "plate", self.rule, self.failed / self.judged, limit, "FAIL", words)


def everywhere(checks: pd.DataFrame) -> list[Everywhere]:
    """[Everywhere] of the `checks` of samples."""
    of_samples = (checks["scope"] == "sample") & checks["verdict"].isin(["PASS", "FAIL"])
    rows = checks.loc[of_samples, [*PLACE, "rule", "verdict", "words", "limit"]]
    at, _ = distinct(rows, *PLACE, "rule")
    rows = rows[(np.bincount(at, rows["verdict"] == "FAIL") >= EVERYWHERE * FEW_SAMPLES)[at]]
    if rows.empty:
        return []
    by = (rows.assign(failed=rows["verdict"] == "FAIL")).groupby([*PLACE, "rule"], sort=True)["failed"]
    counts = by.agg(["sum", "size"])
    counts = counts[(counts["size"] >= FEW_SAMPLES) & (counts["sum"] >= EVERYWHERE * counts["size"])]
    first = rows[rows["verdict"] == "FAIL"].drop_duplicates([*PLACE, "rule"]).set_index([*PLACE, "rule"])
    return [
        Everywhere(
            plate, analyte, rule, int(failed), int(judged), *first.loc[(plate, analyte, rule), ["words", "limit"]]
        )
        for (plate, analyte, rule), failed, judged in counts[["sum", "size"]].itertuples(name=None)
    ]


def problems(
    checks: pd.DataFrame,
    found: Sequence[Everywhere],
    wells: pd.DataFrame,
    attempts: pd.DataFrame,
    plates: list[dict],
    unproven: Collection[str],
) -> Iterator[Problem]:
    """[Problem] of a judged batch.

    `checks` all of them; `found` what fails `everywhere`; `wells` and `attempts` of the batch; `plates` rows of the sheet
    (plate, file); `unproven` the panels whose results are used although required rules could not be evaluated. What was
    set aside before it was judged is not named again.
    """
    used = wells.loc[wells["disposition"].isin(READ), PLACE].drop_duplicates()
    there = {plate: sorted(rows) for plate, rows in used.groupby("plate", sort=True)["analyte"]}
    files = {row["plate"]: row["file"] for row in plates}
    lines = _Lines(there, files, attempts.groupby(PLACE).size().to_dict(), wells["batch"].iloc[0])
    rows = checks[(checks["scope"] == "plate") & ~checks["verdict"].isin(ACCEPTED)]
    places = zip(rows["plate"], rows["analyte"], strict=True)
    rows = rows[np.array([analyte in there.get(plate, ()) for plate, analyte in places], dtype=bool)]
    aside = rows[rows["rule"].isin(SETTING_ASIDE) & (rows["verdict"] == "FAIL")]
    excused, own = rows["panel"].isin(unproven), ~rows["rule"].isin(SETTING_ASIDE)
    needed = rows[own & takes(rows["verdict"], rows["required"].astype(bool), excused)]
    first = needed.sort_values("verdict", kind="stable").drop_duplicates(PLACE)  # a FAIL counts before NOT_EVALUABLE
    for (plate, rule, verdict), each in first.groupby(["plate", "rule", "verdict"], sort=True):
        yield lines.rejected(plate, rule, verdict, each)
    for (plate, rule, _), each in aside.groupby(["plate", "rule", "subject"], sort=True):
        yield from lines.set_aside(plate, rule, each)
    soft = [each for each in found if not each.sets_aside and each.analyte in there.get(each.plate, ())]
    for plate, rule in sorted({(each.plate, each.rule) for each in soft}):
        yield lines.soft(plate, rule, [each for each in soft if (each.plate, each.rule) == (plate, rule)])


@dataclass(frozen=True)
class _Lines:
    """Makes the Problems of the plates of one batch."""

    there: dict  # plate -> its analytes
    files: dict
    counts: dict  # (plate, analyte) -> attempts
    batch: str

    def rejected(self, plate, rule, verdict, rows):
        failed = verdict == "FAIL"
        name = rule.replace("_", " ")
        n = sum(self.counts.get((plate, analyte), 0) for analyte in rows["analyte"])
        found = f"{name} {'fails' if failed else 'cannot be evaluated'} for {self._analytes(plate, rows['analyte'])}"
        found += f", first {rows['analyte'].iloc[0]}: {rows['words'].iloc[0]}"
        why = f"the criteria set requires it: {n} result{'s are' if n != 1 else ' is'} not reportable"
        if failed:
            fix = "repeat the plate, or look for the cause in its checks"
            return self._problem("E-ACC-001", "EXCLUDE", plate, found, why, fix)
        fix = (
            "name what is missing in the layout or the materials sheet, or say in accept_unproven of the panel why not"
        )
        return self._problem("E-ACC-002", "EXCLUDE", plate, found, why, fix)

    def set_aside(self, plate, rule, rows):
        """One QUARANTINE of the plate when it concerns all its analytes, else one of each analyte."""
        if rule == "vendor_agreement":
            code, why = "E-ACC-004", "a dilution, a unit or a material is wrong by a factor, here or in the software"
            fix = "correct it; where ours is right, raise vendor_fold of the analyte in criteria_overrides, with the reason"
        else:
            code, why = "E-ACC-003", "the layout, the dilution or the kit is probably another's"
            fix = "correct the layout, or the kit's dilutions and numbers, if they are wrong"
        whole = sorted(rows["analyte"]) == self.there[plate]
        for analyte, words in zip(rows["analyte"][:1] if whole else rows["analyte"], rows["words"], strict=False):
            found = f"{self._analytes(plate, rows['analyte'] if whole else [analyte])}: {words}"
            yield self._problem(code, "QUARANTINE", plate, found, why, fix, "" if whole else analyte)

    def soft(self, plate, rule, found):
        failed, judged = sum(each.failed for each in found), sum(each.judged for each in found)
        name = rule.replace("_", " ")
        said = (
            f"{name} fails in {failed} of {judged} samples of {self._analytes(plate, [each.analyte for each in found])}"
        )
        said += f", first {found[0].words} (limit {found[0].limit})"
        why = "what fails nearly everywhere is a fault of the plate or of the limit, not of the samples"
        return self._problem(
            "W-ACC-005", "FLAG", plate, said, why, "look at the plate; correct the limit if it is wrong"
        )

    def _analytes(self, plate, names):
        names, count = list(names), len(self.there[plate])
        shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
        return f"{len(names)} of {count} analytes ({shown})" if count > 1 else shown

    def _problem(self, code, level, plate, found, why, fix, analyte=""):
        place = {"batch": self.batch, "plate": plate, "analyte": analyte}
        return Problem(code, level, self.files[plate], f"plate {plate}: {found}", why, fix, **place)
