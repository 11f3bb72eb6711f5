"""The lines under the figures of standard curves and of controls over time."""

from collections.abc import Sequence

import pandas as pd
from immunoassay.acceptance.control_charts import GUIDE_RUNS, LEAST_RUNS
from immunoassay.acceptance.rule_names import RULES
from immunoassay.tables import ACCEPTED
from immunoassay.words.language import said

SHOWN = 6  # curves that failed
JUDGED = {"FAIL": "Rejected", "NOT_EVALUABLE": "Unproven", "WARN": "Warned"}
COLOURS = 7  # lots that colours alone tell apart


def curves(table: pd.DataFrame, older: int) -> str:
    """Under the standard curves; `older`: plates of the panel that are not in the table."""
    text = [
        "Filled: standard wells used; open: dropped by the editing rule; cross: set aside; diamond: control.",
        "Dotted: limits of quantification of each plate in colour. Both axes logarithmic; a signal of zero or less stands on the"
        " axis.",
    ]
    plates = table[table["layer"] == "plate"]
    if (~plates["verdict"].isin(ACCEPTED) & (plates["status"] == "converged")).any():
        text.append("Dashed: curve of a plate that was not accepted for the analyte, named or counted below it.")
    if older:
        drawn = plates["plate"].nunique()
        text.append(f"The {drawn} newest of {drawn + older} plates; the others are in the tables of their batches.")
    failed = table[table["layer"] == "no_curve"]
    for plate, label, why in failed[["plate", "label", "words"]].head(SHOWN).itertuples(index=False):
        text.append(f"No curve: {plate}, {label} ({why}).")
    if len(failed) > SHOWN:
        text.append(f"And {len(failed) - SHOWN} more without a curve.")
    return said(" ".join(text))


def recoveries(wells: pd.DataFrame, beyond: int) -> str:
    """What the strips under the standard curves show of their `wells`, `beyond` of them beyond the strip; "" without wells."""
    if wells.empty:
        return ""
    tolerances = wells.groupby(["role", "analyte"])["tolerance_percent"].agg(["min", "max"])
    ends = (("standard", "min", "inner standards"), ("standard", "max", "their ends"), ("control", "max", "controls"))
    allowed = [f"{name} {_percent(tolerances.loc[role, end])}" for role, end, name in ends if role in tolerances.index]
    text = [f"Below: recovery of each well, % of the expected; grey: within the tolerance ({allowed[0]}"]
    text[0] += f"; {', '.join(allowed[1:])})." if allowed[1:] else ")."
    if beyond:
        text.append(f"Triangle at its edge: beyond it ({beyond} well{'s' * (beyond > 1)}).")
    if lacking := int(wells["recovery_percent"].isna().sum()):
        text.append(f"Without a recovery, not on a curve: {lacking} well{'s' * (lacking > 1)}.")
    return said(" ".join(text))


def judged(plates: pd.DataFrame, short: bool) -> list[str]:
    """Lines under the curves of one analyte: which `plates` were not accepted and by what rules, which were warned; `short`: how
    many.
    """
    text = []
    for verdict, name in JUDGED.items():
        own = plates[plates["verdict"] == verdict]
        if short:
            text += [f"{name}: {len(own)} plate{'s' * (len(own) > 1)}"] if len(own) else []
            continue
        for rules, alike in own.fillna({"rules": ""}).groupby("rules", sort=False)["plate"]:
            why = ", ".join(RULES[rule] for rule in dict.fromkeys(rules.split(";")) if rule and verdict != "WARN")
            text.append(f"{name}: {', '.join(alike)}" + (f" ({why})" if why else ""))
    return [said(line) for line in text]


def plate(name: str, lot: str | None, several: bool) -> str:
    """A plate in the legend, with its kit lot where there are several."""
    return said(f"{name}, lot {lot}" if several and pd.notna(lot) else name)


def earlier(count: int) -> str:
    """The grey curves in the legend."""
    return said(f"{count} earlier plate{'s' * (count > 1)}")


def controls(table: pd.DataFrame, guided: bool, far: float) -> str:
    """Under the controls; `guided`: z scores are drawn, those beyond `far` at the edge, else recoveries."""
    lots = table.sort_values("x", kind="stable")["kit_lot"].dropna().drop_duplicates()
    older, runs = int(table["x"].min()) - 1, table["x"].nunique()
    text = _scores(table, far) if guided else _recoveries(table)
    if older:
        text.append(f"The {runs} newest of {older + runs} runs; the others are in the table of controls.")
    drawn = table["recovery_percent"].notna()
    if not table.loc[drawn, "accepted"].all():
        text.append("Open: the plate was rejected for the analyte.")
    if not drawn.all():
        text.append(
            f"Without a value: {', '.join(table.loc[~drawn, 'plate'].drop_duplicates())} (see the table of controls)."
        )
    text.append(f"Lots: {', '.join(f'{i + 1} {lot}' for i, lot in enumerate(lots))}." if len(lots) else "")
    return said(" ".join(filter(None, text)))


def limits(table: pd.DataFrame) -> str:
    """Under the proposed limits of quantification."""
    lots = table.drop_duplicates("lot").sort_values("lot")
    text = [f"Mean recovery and one CV between runs; {between_runs(table['n_runs'])} per level."]
    text.append("Solid line: proposed LLOQ; dotted: certain from here on. Open: out of tolerance.")
    if (table["kind"] == "control").any():
        text.append("Controls: diamonds." if len(lots) <= COLOURS else "Controls: diamonds, plus signs and crosses.")
    if len(lots) > COLOURS:
        text.append("Marks on a line: the lots of which it is the limit.")
    waiting = table.loc[table["verdict"] == "NOT_EVALUABLE", "label"].drop_duplicates()
    if len(waiting):
        text.append(f"Too few runs for a proposal: {', '.join(waiting)}.")
    if len(lots) > 1:
        text.append("Lots of one level stand side by side; of one limit they take turns in its line.")
        text.append(
            f"Lots: {', '.join(f'{lot} {name}' for lot, name in zip(lots['lot'], lots['kit_lot'], strict=True))}."
        )
    return said(" ".join(text))


def between_runs(counts: pd.Series) -> str:
    """The range of numbers of runs."""
    low, high = int(counts.min()), int(counts.max())
    return f"{low} run{'s' * (low != 1)}" if low == high else f"{low} to {high} runs"


def without_values(labels: Sequence[str]) -> str:
    """Which analytes have no chart of controls, "" where all have one."""
    return said(f"No control with a value, not drawn: {', '.join(labels)}." if labels else "")


def without_standards(labels: Sequence[str]) -> str:
    """Which analytes have no standard and no curve to draw, "" where all have one."""
    return said(f"No standard with a signal and a concentration, not drawn: {', '.join(labels)}." if labels else "")


def _scores(table, far):
    beyond, early = int((table["z"].abs() > far).sum()), int(table["z"].isna().sum())
    return [
        "z: distance of each control from the mean of its guide set in SD (logarithms). The guide set is the accepted runs"
        f" of the lot before it, at most {GUIDE_RUNS}; of fewer it is provisional and only warns. Lines at 2 and 3 SD. Square"
        " below: a rule is broken, orange a warning, red a rejection.",
        f"{beyond} beyond {far:g} SD drawn at the edge." if beyond else "",
        f"{early} of {len(table)} without a guide set are not drawn." if early else "",
    ]


def _recoveries(table):
    longest = int(table["lot_run"].max())
    return [
        "Each control as % of its expected concentration, in run order; grey band: tolerance of the acceptance. Ring:"
        " outside the range the certificate states, or a rule is broken.",
        f"The longest lot has {longest} run{'s' if longest > 1 else ''}: a guide set needs {LEAST_RUNS} before a run to warn"
        f" and {GUIDE_RUNS} to reject.",
    ]


def _percent(tolerances):
    """A tolerance, of analytes that differ its range."""
    low, high = tolerances.min(), tolerances.max()
    return f"±{low:g} %" if low == high else f"±{low:g} to {high:g} %"
