"""The wells of a plate: which signal counts, what is expected, and which wells are set aside and why."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.problems import Problem, few
from immunoassay.study.similar_names import suggestion
from immunoassay.tables.distinct import distinct

# Dispositions a well can have before any curve is fitted; only `usable` wells enter curves and values.
DISPOSITIONS = (
    "usable",
    "empty",
    "ignored",
    "excluded_by_amendment",
    "excluded_bead_count",
    "excluded_by_vendor",
    "no_signal",
    "beyond_detector",
    "level_beyond_detector",
    "plate_set_aside",
    "plate_quarantined",
)
ASIDE = ("plate_set_aside", "plate_quarantined")  # a whole plate, or an analyte of it; no rule judges what is left
WHOLE_PLATE = "whole plate"  # the one record of a plate that cannot be read and has no layout
READ = ("usable", "beyond_detector")  # a well beyond the detector says that its signal is higher than any other


def choose_signal(wells: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Fill `signal` and `signal_kind` by the panel's choice.

    `raw` takes the signal as read. `background_subtracted` subtracts the mean of the usable blanks of the same plate
    and analyte; where a plate has no blank, the export's own background-subtracted signal (column `net_signal`) is
    taken. `corrected_in_export` takes that signal always (a reference wavelength subtracted by the reader).
    """
    wells = wells.copy()
    if kind == "background_subtracted":
        blanks = wells["signal"].where((wells["role"] == "blank") & (wells["disposition"] == "usable"))
        mean = blanks.groupby([wells["plate"], wells["analyte"]]).transform("mean")
        wells["signal"] = (wells["signal"] - mean).where(mean.notna(), wells["net_signal"])
    elif kind == "corrected_in_export":
        wells["signal"] = wells["net_signal"]
    if kind != "raw":
        wells["signal_kind"] = "net_" + wells["signal_kind"]
    unread = wells["signal"].isna() & (wells["disposition"] == "usable")
    beyond = unread & (wells["vendor_flag"] == "overflow")
    wells.loc[unread, ["disposition", "disposition_reason"]] = ["no_signal", "no signal in the export"]
    wells.loc[beyond, ["disposition", "disposition_reason"]] = ["beyond_detector", "signal beyond the detector"]
    return wells


def beyond_detector(wells: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """(wells, problems): a level of the standards with a well beyond the detector is set aside as a whole.

    The other wells of the level are its lower half and would bend the curve. One FLAG per plate names the standards,
    controls and blanks beyond the detector; for samples the status of the result says it.
    """
    hit = (wells["disposition"] == "beyond_detector") & wells["role"].isin(["standard", "control", "blank"])
    if not hit.any():
        return wells, []
    wells = wells.copy()
    place = pd.MultiIndex.from_frame(wells[["plate", "analyte", "level"]])
    levels = place[(hit & (wells["role"] == "standard")).to_numpy()].unique()
    others = (wells["role"] == "standard") & (wells["disposition"] == "usable") & place.isin(levels)
    why = "another well of this standard is beyond the detector"
    wells.loc[others, ["disposition", "disposition_reason"]] = ["level_beyond_detector", why]
    why = "a standard beyond the detector is set aside with its level, a control counts as failed, a blank as too high"
    fix = "read the plate again with less gain; else nothing"
    return wells, _count(
        wells[hit], "W-ACC-001", "FLAG", "of standards, controls or blanks beyond the detector", why, fix
    )


def set_aside(wells: pd.DataFrame, beads: Mapping[str, float] | None = None) -> tuple[pd.DataFrame, list[Problem]]:
    """Give every well its disposition: empty wells, the vendor's exclusions, too few beads (with flags for few).

    `beads` is the `beads` part of the criteria set: exclude_below, flag_below. Returns (wells, problems): one FLAG or
    EXCLUDE problem per plate, analyte-free, with counts.
    """
    wells, problems = wells.copy(), []

    def put(hit, disposition, reason):
        hit &= wells["disposition"] == "usable"
        wells.loc[hit, "disposition"], wells.loc[hit, "disposition_reason"] = disposition, reason
        return hit

    put(wells["role"] == "empty", "empty", "the layout calls the well empty")
    vendor = put(
        wells["vendor_flag"].isin(["masked", "outlier"]), "excluded_by_vendor", "excluded in the vendor's software"
    )
    problems += _count(wells[vendor], "X-VENDOR", "EXCLUDE", "excluded in the vendor's software", "they are set aside")
    if beads:
        few = wells["bead_count"] < beads["exclude_below"]
        few = put(few, "excluded_bead_count", f"fewer than {beads['exclude_below']} beads")
        problems += _count(
            wells[few], "X-BEAD", "EXCLUDE", f"below {beads['exclude_below']} beads", "the median is not reliable"
        )
        some = (wells["bead_count"] < beads["flag_below"]) & (wells["disposition"] == "usable")
        wells.loc[some, "flags"] = (wells.loc[some, "flags"].fillna("") + ";W-BEAD").str.strip(";")
        problems += _count(
            wells[some], "W-BEAD", "FLAG", f"below {beads['flag_below']} beads", "the median is less sure"
        )
    return wells, problems


def expected_concentrations(
    wells: pd.DataFrame, materials: Sequence[Mapping[str, Any]]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Fill `expected` of standards, controls and spikes from the materials sheet; a difference from the export is reported.

    `materials` are rows of the sheet (panel, kit_lot, material, level, analyte, expected) of the batch's panels;
    `wells` also has kit_lot and, in `expected`, what the export says. A standard of concentration zero is a blank.
    Returns (wells, problems).
    """
    known = {
        (row["panel"], row["kit_lot"], row["material"], row["level"], row["analyte"]): row["expected"]
        for row in materials
    }
    wells, problems = wells.copy(), []
    key = ["panel", "kit_lot", "role", "level", "analyte"]
    at, first = distinct(wells, *key)
    places = wells[key].take(first).itertuples(index=False, name=None)
    certified = np.array([known.get(place, np.nan) for place in places], float)[at]
    written = wells["expected"].to_numpy(dtype=float)
    differs = np.isfinite(certified) & np.isfinite(written) & (np.abs(certified - written) > 1e-3 * certified)
    for plate, rows in wells[differs].groupby("plate", sort=True):
        first, sheet = rows.iloc[0], certified[rows.index[0]]
        problems.append(
            Problem(
                "W-STD-001",
                "FLAG",
                first["file"],
                f"{len(rows.drop_duplicates(['level', 'analyte']))} expected concentrations differ from the materials "
                f"sheet, first {first['analyte']} {first['level']}: {first['expected']:g}, not {sheet:g}",
                "the sheet's are used",
                "check the certificate of the lot",
                row=first["well"],
                column=first["analyte"],
                plate=plate,
            )
        )
    wells["expected"] = np.where(np.isfinite(certified), certified, written)
    zero = (wells["role"] == "standard") & (wells["expected"] == 0)
    wells.loc[zero, ["role", "level"]] = ["blank", None]
    wells.loc[~wells["role"].isin(["standard", "control", "spike"]), "expected"] = np.nan
    lacking = (wells["role"] == "standard") & ~(wells["expected"] > 0)
    analytes = wells[wells["role"] == "standard"].groupby("plate")["analyte"].nunique()
    for plate, rows in wells[lacking].groupby("plate", sort=True):
        whole = rows["analyte"].nunique() == analytes[plate]
        for analyte, each in [("", rows)] if whole else rows.groupby("analyte", sort=True):
            levels = ", ".join(sorted(each["level"].dropna().astype(str).unique()))
            problems.append(Problem(
                "E-WELL-067", "QUARANTINE", each["file"].iloc[0],
                f"no expected concentration at level {levels} for {few(sorted(each['analyte'].unique()), 6)}",
                "no curve can be fitted without it",
                "add the level, or the lot, to the materials sheet; or correct the level in the layout", plate=plate,
                analyte=analyte,
            ))  # fmt: skip
    return wells, problems


def check_levels(wells: pd.DataFrame, materials: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """A FLAG for controls that nothing is known of, and for levels of the lot that a plate does not hold.

    `wells` of the plates that count, after `expected_concentrations`. A level with expected concentration zero is a blank.
    """
    problems = []
    listed: dict[tuple[str, str], dict[tuple[str, str], set[str]]] = {}
    absent: dict[tuple, list[tuple[str, str]]] = {}
    for row in materials:
        if row["material"] in ("standard", "control") and row["expected"] != 0:
            levels = listed.setdefault((row["panel"], row["kit_lot"]), {})
            levels.setdefault((row["material"], row["level"]), set()).add(row["analyte"])
    judged = wells[wells["role"].isin(["standard", "control"])]
    unknown = judged[(judged["role"] == "control") & judged["expected"].isna()]
    for (plate, level), rows in unknown.groupby(["plate", "level"], sort=True, dropna=False):
        first, names = rows.iloc[0], sorted(rows["analyte"].unique())
        known = {name for (role, name) in listed.get((first["panel"], first["kit_lot"]), ()) if role == "control"}
        level = level if isinstance(level, str) else "without a name"
        problems.append(Problem(
            "W-ACC-009", "FLAG", first["file"],
            f"control {level} has no expected concentration for {few(names, 6)}{suggestion(level, known - {level})}",
            "it is never judged", "add it to the materials sheet, or correct its name in the layout", row=first["well"],
            plate=plate,
        ))  # fmt: skip
    first = [distinct(wells, "plate", *place)[1] for place in (("role", "level"), ("analyte",))]  # they say all
    for (panel, lot, plate), rows in wells.iloc[np.union1d(*first)].groupby(["panel", "kit_lot", "plate"], sort=True):
        there = set(zip(rows["role"].tolist(), rows["level"].tolist(), strict=True))
        analytes = set(rows["analyte"].unique())
        levels = listed.get((panel, lot), {})
        missing = tuple(each for each in sorted(levels) if each not in there and levels[each] & analytes)
        if missing and (rows["role"] == "standard").any():  # else the plate has no standards: E-WELL-066
            absent.setdefault((panel, lot, missing), []).append((plate, rows["file"].iloc[0]))
    for (_, lot, missing), plates in absent.items():
        found = f"no well of {', '.join(f'{role} {level}' for role, level in missing)}"
        found += f" of lot {lot}" if lot else ""
        found += f" on plate {few([plate for plate, _ in plates], 6)}"
        problems.append(Problem(
            "W-ACC-010", "FLAG", plates[0][1], found, "the materials sheet lists it",
            "nothing if it was left out on purpose; else correct the layout, or the level in the materials sheet",
            plate=plates[0][0],
        ))  # fmt: skip
    return problems


def check_standards(wells: pd.DataFrame) -> list[Problem]:
    """Problems of the standards of each plate: none at all (QUARANTINE), or a series that was not diluted evenly.

    The steps of the mean signal must not hold a single fall of more than a factor of 50 while the concentrations fall
    by less than 10: then only the first standard was pipetted (QUARANTINE).
    """
    problems, counted = [], wells["disposition"] != "plate_quarantined"
    files = wells.loc[counted, ["plate", "file"]].drop_duplicates("plate").sort_values("plate")
    usable = wells[(wells["role"] == "standard") & (wells["disposition"] == "usable")]
    series = _mean_signals(usable)
    analytes = usable.groupby("plate", sort=False)["analyte"].nunique()
    for plate, file in files.itertuples(index=False, name=None):
        if plate not in analytes.index:
            problems.append(Problem(
                "E-WELL-066", "QUARANTINE", file, "no standard wells", "no curve can be fitted",
                "name the standards in the layout, or check the export", plate=plate,
            ))  # fmt: skip
            continue
        broken = [each for each in series.get(plate, ()) if _falls_once(*np.array(each[::-1]).T)]
        if len(broken) * 2 > analytes[plate]:
            problems.append(
                Problem(
                    "E-STD-002",
                    "QUARANTINE",
                    file,
                    f"the standards of {len(broken)} analytes fall from their first to their second level by more than "
                    "50 times the dilution",
                    "the series was probably not diluted",
                    "repeat the plate and set this one aside with include: no and a reason",
                    plate=plate,
                )
            )
    return problems


def _mean_signals(standards):
    """{plate: of each of its analytes (expected concentration, mean signal) by rising concentration}."""
    levels = standards.groupby(["plate", "analyte", "expected"], sort=True)["signal"].mean()
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for (plate, analyte, expected), signal in levels.items():
        found.setdefault(plate, {}).setdefault(analyte, []).append((expected, signal))
    return {plate: list(series.values()) for plate, series in found.items()}


def _falls_once(expected, signal):
    """Whether mean signals, by falling concentration, fall once (and far too much) and then stay."""
    if len(signal) < 4 or not signal[1] > 0 or not signal[0] / signal[1] > 10 * (expected[0] / expected[1]):
        return False
    rest = signal[2:][~np.isnan(signal[2:])]
    return len(rest) > 0 and signal[1] / max(np.median(rest), 1e-9) < 2


def _count(rows, code, level, found, why, fix="see the wells table"):
    problems = []
    for plate, each in rows.groupby("plate", sort=True):
        names = sorted({f"{well} {analyte}" for well, analyte in zip(each["well"], each["analyte"], strict=True)})
        shown = few(names, 6)
        problems.append(Problem(
            code, level, each["file"].iloc[0],
            f"{len(names)} well result{'s' if len(names) > 1 else ''} {found}: {shown}", why, fix, plate=plate,
        ))  # fmt: skip
    return problems
