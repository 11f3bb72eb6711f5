"""The tables of the report page: what each holds of the tables of the study, and the rows of its overview."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from immunoassay import tables
from immunoassay.calibration.models import COVARIANCE
from immunoassay.deliver import page_quality
from immunoassay.words import page_words

WELLS = (
    *("plate", "panel", "well", "analyte", "role", "sample_written", "sample_id", "level", "dilution", "signal"),
    *("bead_count", "expected", "standard_unit", "unit", "unit_factor", "vendor_flag_text"),
    *("disposition", "disposition_reason", "flags", "amendments", "file_row"),
)
CONCENTRATIONS = ("concentration_well", "status", "reason")
OBSERVATIONS = (
    *(
        "participant",
        "participant_group",
        "course",
        "course_order",
        "visit",
        "visit_order",
        "day",
        "variable",
        "kind",
        "panel",
    ),
    *("group", "unit", "value", "lower", "upper", "status", "reason", "lloq", "lloq_study"),
    *("over_lloq_lower", "over_lloq_upper"),
    *(
        "sample_id",
        "baseline",
        "change",
        "change_lower",
        "change_upper",
        "fold_lower",
        "fold_upper",
        "in_window",
        "flags",
        "amendments",
        "reported",
    ),
)
DELIVERED = (
    *("plate", "panel", "record", "analyte", "sample_written", "sample_id", "role", "run", "value", "value_text"),
    *("flag", "limit", "unit", "date", "comment", "disposition", "disposition_reason", "amendments", "file_row"),
)
ELSEWHERE = ("batch", "file", "file_sha256")  # columns that the plates have
# columns from which the page computes anew
EXACT = {
    "wells": ("signal", "dilution", "unit_factor", "expected"),
    "curves": (
        *("lower_asymptote", "upper_asymptote", "midpoint", "slope", "asymmetry", "unit_factor", "lod", "lloq", "uloq"),
    ),
    "results": ("dilution",),
    "attempts": ("dilution",),
}
# columns that are shown with three digits and serve nothing else
COARSE = {
    "attempts": ("low", "high", "cv_percent"),
    "results": ("low", "high", "cv_percent"),
    "checks": ("observed",),
}
JOINS = {"results": ("attempts", "attempt_row"), "observations": ("results", "result_row")}
# columns that follow from others (page_data.Formula)
FORMULAS: dict[str, dict[str, tuple[str, ...]]] = {
    "wells": {"concentration": ("product", "concentration_well", "dilution", "unit_factor")},
    "observations": {
        "over_lloq_lower": ("ratio", "lower", "lloq_study"),
        "over_lloq_upper": ("ratio", "upper", "lloq_study"),
        "change": ("difference", "value", "value of baseline_row"),
        "change_lower": ("difference", "lower", "upper of baseline_row"),
        "change_upper": ("difference", "upper", "lower of baseline_row"),
        "fold_lower": ("ratio", "lower", "upper of baseline_row"),
        "fold_upper": ("ratio", "upper", "lower of baseline_row"),
    },
}
PLACE = ["plate", "analyte"]
OF_BATCHES = ("wells", "delivered", "concentrations", "curves", "dropped_standards")
OF_STUDY = ("results", "attempts", "controls", "observations", "ledger_counts")
AS_TEXT = (
    *("control_lots", "lloq_proposals", "bridging", "repeats", "shared_samples", "amendments", "completeness"),
    *("approvals", "outside_analysis", "what_changed"),
)
SAME = {"pair_summaries": "visit_summaries"}  # table -> the one whose columns it has
CHECKS = [[("scope", "==", "plate")], [("verdict", "!=", "PASS")]]  # all of plates, of samples what did not pass


def wells(frame: pd.DataFrame, concentrations: pd.DataFrame) -> pd.DataFrame:
    """Every well x analyte with its concentration: WELLS and CONCENTRATIONS; `sample_written` only where it is another name."""
    key = ["plate", "well", "analyte"]
    found = frame[list(WELLS)].merge(concentrations[[*key, *CONCENTRATIONS]], on=key, how="left", validate="one_to_one")
    written = found["sample_written"]
    found["sample_written"] = written.where((written != found["sample_id"]) & (found["role"] == "sample"))
    return found.sort_values(["plate", "analyte", "well"], kind="stable").reset_index(drop=True)


def plates(corrected: pd.DataFrame, raw: pd.DataFrame) -> pd.DataFrame:
    """The plates of words/corrections.plates with `file_sha256`; `raw` has plate and file_sha256 of what was read."""
    known = raw.drop_duplicates("plate").set_index("plate")["file_sha256"]
    return corrected.assign(file_sha256=corrected["plate"].map(known))


def numbered(frame: pd.DataFrame, others: pd.DataFrame, name: str) -> pd.DataFrame:
    """The frame with a column `name`: the label of the row of `others` with the same sample and analyte, missing without one."""
    key = ["sample_id", "analyte"]
    rows = others[key].drop_duplicates().reset_index(names=name)
    return frame.merge(rows.astype({name: "Int64"}), on=key, how="left", validate="many_to_one")


def with_baselines(observed: pd.DataFrame) -> pd.DataFrame:
    """The rows of `observations` with `baseline_row`, the label of the row of the baseline: of the own course or the first."""
    key = ["participant", "variable"]
    rows = observed.loc[observed["baseline"].fillna(False).astype(bool), [*key, "course", "course_order"]]
    rows = rows.sort_values("course_order", kind="stable").reset_index(names="baseline_row")
    own = observed[[*key, "course"]].merge(rows.drop_duplicates([*key, "course"]), on=[*key, "course"], how="left")
    first = observed[key].merge(rows.drop_duplicates(key), on=key, how="left")
    found = own["baseline_row"].fillna(first["baseline_row"])
    return observed.assign(baseline_row=pd.array(found, dtype="Int64"))


def lights(attempts: pd.DataFrame, verdicts: pd.DataFrame, plates: pd.DataFrame) -> pd.DataFrame:
    """One row per plate x analyte: verdict, why, n_attempts, n_reported (attempts that say something), n_selected.

    `verdicts` (plate, analyte, verdict, verdict_reason) of plates with curves; of deliveries, the attempts say it. What a
    person set aside is FAIL with the words of the plates sheet.
    """
    groups = attempts.assign(
        reported=attempts["status"].isin(tables.REPORTED), selected=attempts["selected"].fillna(False).astype(bool)
    ).groupby(PLACE, sort=False)
    counted = groups.agg(
        n_attempts=("analyte", "size"),
        n_reported=("reported", "sum"),
        n_selected=("selected", "sum"),
        own_verdict=("verdict", "first"),
        own_reason=("verdict_reason", "first"),
    )
    found = verdicts.set_index(PLACE).join(counted, how="outer").reset_index()
    found["verdict"] = found["verdict"].fillna(found["own_verdict"]).fillna("NOT_EVALUABLE")
    found["why"] = (
        found["verdict_reason"].where(found["verdict_reason"].fillna("") != "", found["own_reason"]).fillna("")
    )
    used = plates.set_index("plate")["used"]
    aside = found["plate"].map(used) == "no"
    reasons = found["plate"].map(plates.set_index("plate")["reason"])
    found["why"] = found["why"].where(~aside, reasons)
    found["verdict"] = found["verdict"].where(~aside, "FAIL")
    order = {plate: place for place, plate in enumerate(plates["plate"])}
    numbers = {name: found[name].fillna(0).astype("Int64") for name in ("n_attempts", "n_reported", "n_selected")}
    found = found.assign(**numbers, place=found["plate"].map(order)).sort_values(["place", "analyte"], kind="stable")
    return found[[*PLACE, "verdict", "why", *numbers]].reset_index(drop=True)


def coverage(results: pd.DataFrame) -> pd.DataFrame:
    """One row per sample x panel: n_analytes, n_quantified, n_censored, n_lacking, and the reasons of what lacks, in words."""
    frame = results.assign(
        quantified=results["status"] == "quantified",
        censored=results["status"].isin(tables.CENSORED),
        lacking=~results["status"].isin(tables.REPORTED),
    )
    place = ["sample_id", "panel"]
    found = frame.groupby(place, sort=False).agg(
        n_analytes=("analyte", "size"),
        n_quantified=("quantified", "sum"),
        n_censored=("censored", "sum"),
        n_lacking=("lacking", "sum"),
    )
    lacking = frame[frame["lacking"]].groupby([*place, "reason"], sort=True, dropna=False).size().reset_index(name="n")
    lacking["words"] = [
        page_words.lacking(reason, n) for reason, n in zip(lacking["reason"], lacking["n"], strict=True)
    ]
    return found.join(lacking.groupby(place)["words"].agg("; ".join).rename("why")).reset_index()


def decisions(
    lights: pd.DataFrame,
    plates: pd.DataFrame,
    results: pd.DataFrame,
    problems: pd.DataFrame,
    completeness: pd.DataFrame,
) -> pd.DataFrame:
    """What a person may want to decide, first what concerns most results: kind, plate, analyte, n_results, words.

    Plates that a required rule took or a person set aside (n_results: attempts on them that say nothing), names and problems
    that set aside, values used although their replicates differ, planned samples without a result.
    """
    rows = []
    used = plates.set_index("plate")["used"]
    reasons = plates.set_index("plate")["reason"]
    for plate, own in lights[~lights["verdict"].isin(tables.ACCEPTED)].groupby("plate", sort=False):
        kind = "plate_set_aside" if used.get(plate) == "no" else "plate_rejected"
        lost = int((own["n_attempts"] - own["n_reported"]).sum())
        if kind == "plate_rejected" and not lost:
            continue
        why = reasons.get(plate) if kind == "plate_set_aside" else own["why"].iloc[0]
        rows.append((kind, plate, own["analyte"].iloc[0] if len(own) == 1 else "", lost, page_words.plate(own, why)))
    flagged = results[results["flags"].fillna("").str.contains("W-REPLICATE") & (results["status"] == "quantified")]
    for plate, own in flagged.groupby("plate", sort=False):
        rows.append(("replicates_differ", plate, "", len(own), page_words.replicates(own)))
    for each in problems[problems["level"].isin(["QUARANTINE", "EXCLUDE"])].fillna("").to_dict("records"):
        rows.append(("problem", each["plate"], each["analyte"], pd.NA, page_words.problem(each)))
    lacking = completeness[completeness["planned"].fillna(False).astype(bool)]
    for panel, own in lacking.groupby("panel", sort=False):
        lost = int((own["n_analytes"] - own["n_results"]).sum())
        rows.append(("planned_without_result", "", "", lost, page_words.planned(str(panel), list(own["sample_id"]))))
    found = pd.DataFrame(rows, columns=["kind", "plate", "analyte", "n_results", "words"])
    found["n_results"] = found["n_results"].astype("Int64")
    return found.sort_values("n_results", ascending=False, kind="stable", na_position="last").reset_index(drop=True)


def measured(frames: Mapping[str, pd.DataFrame], corrected: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """{name: frame} of what batches measured, and their plates; `corrected` of words/corrections.plates."""
    raw = pd.concat([frames[name][["plate", "file_sha256"]] for name in ("wells", "delivered")])
    return {
        "wells": wells(frames["wells"], frames["concentrations"]),
        "delivered": frames["delivered"][list(DELIVERED)].dropna(axis=1, how="all"),
        "curves": frames["curves"].drop(columns=["batch", *COVARIANCE]),
        "plates": plates(corrected, raw),
        "curve_points": page_quality.curve_points(frames["curves"]),
    }


def of_batch(
    frames: Mapping[str, pd.DataFrame], corrected: pd.DataFrame, verdicts: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """{name: frame} of the page of one batch, of its `frames` OF_BATCHES, checks and attempts; the others as in `study`."""
    attempts = frames["attempts"].drop(columns=list(ELSEWHERE)).reset_index(drop=True)
    own = {"attempts": attempts, **measured(frames, corrected)}
    judged = lights(attempts.assign(selected=False), verdicts, own["plates"]).drop(columns="n_selected")
    return own | {"lights": judged, "dropped_standards": frames["dropped_standards"], "checks": frames["checks"]}


def study(
    frames: Mapping[str, pd.DataFrame],
    corrected: pd.DataFrame,
    verdicts: pd.DataFrame,
    panels: Sequence[Mapping[str, Any]],
    criteria: Mapping[str, Any],
    held: Mapping[str, pd.DataFrame] | None = None,
) -> dict[str, Any]:
    """{name: frame} of the page, of the study's `frames` (by name, as they are written; those it has).

    `corrected` of words/corrections.plates, `verdicts` of acceptance/assess.verdicts; `panels` has rows with panel and
    criteria_set, `criteria` the criteria sets by name. `held` are the frames of page_batches.held, where they are not all.
    """
    held = held or frames
    attempts = held["attempts"].reset_index(drop=True)
    results = held["results"].reset_index(drop=True)
    numbers = numbered(results, attempts[attempts["selected"].fillna(False).astype(bool)], "attempt_row")
    own = {
        "attempts": attempts.drop(columns=list(ELSEWHERE)),
        "results": numbers.drop(columns=list(ELSEWHERE)),
        **measured(held, corrected),
        "coverage": coverage(frames["results"]),
        "controls": page_quality.with_tolerances(held["controls"], panels, criteria),
    }
    if "observations" in held:
        observed = held["observations"][list(OBSERVATIONS)].assign(analyte=held["observations"]["variable"])
        observed = with_baselines(observed.reset_index(drop=True))
        own["observations"] = numbered(observed, results, "result_row").drop(columns="analyte")
    own["lights"] = lights(frames["attempts"], verdicts, own["plates"])
    own["decisions"] = decisions(
        own["lights"], own["plates"], frames["results"], frames["problems"], frames["completeness"]
    )
    return own | {name: frame for name, frame in held.items() if name not in own and name != "concentrations"}
