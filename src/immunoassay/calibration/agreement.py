"""Agreement with the vendors' software: every real export that reports concentrations, fitted again from its standards.

`immunoassay agreement DIR [--standards FILE] [--page PAGE]` prints one row per plate and writes it into the section
"Vendor agreement" of PAGE. FILE (tab-separated: file, sample, analyte, expected) holds the
expected concentrations of exports that do not state theirs, or state them wrongly; `file` is relative to DIR.

Compared are the wells that are not standards, where the vendor gives a plain number inside the range of the standards.
What each software minimises was found from its exports; docs/validation.md says how, and how firmly it is known.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.calibration import models
from immunoassay.calibration.calibrate import calibrate
from immunoassay.calibration.limits import Criteria
from immunoassay.readers import recognition
from immunoassay.readers.export import Export, NotReadable, Plate

HEADING = "## Vendor agreement"
NEAR, FAR, WORTH_A_WORD = 1.0, 5.0, 0.2  # percent


@dataclass(frozen=True)
class Software:
    """How a software calibrates: settings of `calibrate`, the signal it fits, whether it multiplies by the dilution."""

    software: str
    settings: dict
    signal: str
    multiplies: bool
    note: str


_XPONENT = {"curve_model": "5pl", "orientation": "lower", "weights": "1/y2_observed", "asymmetry_prior": False}
_IS = _XPONENT | {"weights": "1/y2_level_means"}
_BIOPLEX = _XPONENT | {"weights": "power_level_means", "variance_exponent": 1.8}
_MSD = {"curve_model": "4pl", "weights": "1/y2_level_means", "include_blank": True}
_READER = {"curve_model": "4pl", "weights": "power_level_means", "variance_exponent": 0.0}
_NET, _RAW = "background_subtracted", "raw"
_PRINTED = "4pl, 5pl or linear as the export prints"
SOFTWARE = {
    "xponent": Software("xPONENT", _XPONENT, _NET, True, "every standard well by itself"),
    "luminex_is": Software("Luminex IS", _IS, _NET, True, "level means"),
    "bioplex_workbook": Software(
        "Bio-Plex Manager", _BIOPLEX, _RAW, True, f"level means, asymmetry 0.1 to 10; {_PRINTED}"
    ),
    "msd_table": Software(
        "MSD Discovery Workbench",
        _MSD,
        _RAW,
        True,
        "level means, zero standard included, blanks of another matrix set aside",
    ),
    "softmax": Software(
        "SoftMax Pro", _READER | {"include_blank": True}, _NET, False, "level means, no weights, zero standard included"
    ),
    "gen5": Software("Gen5", _READER, _NET, False, f"level means, no weights; {_PRINTED}"),
    "skanit": Software("SkanIt", _READER, _NET, False, "level means, no weights"),
}


def report(folder: Path, standards: Path | None = None, page: Path | None = None) -> None:
    """Print the section for the exports in a folder, and write it into a page; see the module for `standards`."""
    stated = pd.read_csv(standards, sep="\t") if standards else None
    text = section(agreement(folder, stated))
    if page:
        written = page.read_text(encoding="utf-8") if page.exists() else "# Validation\n"
        page.write_text(replaced(written, text), encoding="utf-8")
    print(text)


def agreement(folder: Path, stated: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per plate of every export in the folder with vendor concentrations, by file.

    stated: frame with file, sample, analyte, expected, or None. Columns: file, plate, software, n (values
    compared), median and p90 (absolute difference in percent), within_1 and within_5 (share of values), remark.
    """
    rows = []
    for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        try:
            export = recognition.read(path)
        except NotReadable:
            continue
        if not isinstance(export, Export):
            continue
        name = path.relative_to(folder).as_posix()
        for plate in export.plates:
            if plate.wells["vendor_concentration"].notna().any():
                rows.append(_row(name, plate, SOFTWARE.get(export.family), stated))
    columns = ["file", "plate", "software", "n", "median", "p90", "within_1", "within_5", "remark"]
    return pd.DataFrame(rows, columns=columns)


def _row(name, plate, software, stated):
    row = {"file": name, "plate": plate.name, "software": software.software if software else "not stated", "n": 0}
    if software is None:
        return row | {"remark": "not compared: neither software nor standards are stated"}
    wells = _prepared(plate, software, None if stated is None else stated[stated["file"] == name])
    if wells.empty:
        return row | {"remark": "not compared: no standards are stated"}
    curves, compared = refit(wells, plate, software)
    difference = compared["difference"].abs()
    row |= {"n": len(compared), "median": difference.median(), "p90": difference.quantile(0.9)}
    row |= {"within_1": (difference <= NEAR).mean(), "within_5": (difference <= FAR).mean()}
    return row | {"remark": "; ".join(_remarks(wells, plate, software, curves, compared))}


def _prepared(plate, software, stated):
    """Wells of the analytes with at least four standard levels, one signal, expected only for standards."""
    wells = plate.wells[plate.wells["well"].notna()].copy()
    if stated is not None and len(stated):
        known = stated.set_index(["sample", "analyte"])["expected"]
        at = pd.MultiIndex.from_frame(wells[["sample", "analyte"]])
        wells["role"] = wells["role"].mask(at.isin(known.index), "standard")
        wells["expected"] = known.reindex(at).to_numpy(float)
    wells["role"] = wells["role"].fillna("sample")
    wells["expected"] = wells["expected"].where(wells["role"] == "standard")
    if software.signal == _NET:
        background = wells[wells["role"] == "blank"].groupby("analyte")["signal"].mean()
        net = wells["signal"] - background.reindex(wells["analyte"]).fillna(0.0).to_numpy()
        wells["signal"] = wells["net_signal"] if wells["net_signal"].notna().any() else net
    wells["dilution"] = wells["dilution"].fillna(1.0) if software.multiplies else 1.0
    standards = wells[wells["expected"].notna() & wells["signal"].notna()]
    levels = standards.groupby("analyte")["expected"].nunique()
    # a plate may have blanks of another matrix beside its zero standard; no software fits them
    return wells[wells["analyte"].isin(levels.index[levels >= 4]) & ~wells["role"].isin(["blank", "empty"])]


def refit(wells: pd.DataFrame, plate: Plate, software: Software) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(curves, compared wells with `difference` in percent, NaN where we give no value)."""
    frame = pd.DataFrame({name: wells[name].to_numpy() for name in ("well", "analyte", "role", "expected", "signal")})
    frame["dilution"], frame["level"] = wells["dilution"].to_numpy(float), wells["level"].fillna("").to_numpy(object)
    frame["batch"] = frame["plate"] = frame["panel"] = frame["unit"] = frame["standard_unit"] = "-"
    out = wells["vendor_flag"].isin(["masked", "outlier", "not_read"]).to_numpy()
    frame["unit_factor"], frame["disposition"] = 1.0, np.where(out, "set_aside", "usable")
    for name, kind in tables.TABLES["wells"].types.items():
        if name not in frame:
            frame[name] = pd.Series(np.nan, frame.index, "float64" if kind == "float64" else "str")
    frame = tables.conform(frame, "wells")
    analytes = frame[["panel", "analyte"]].drop_duplicates().assign(**software.settings)
    analytes["curve_model"] = [_model(plate, name, software) for name in analytes["analyte"]]
    curves, values, _ = calibrate(frame, analytes, criteria=Criteria(max_dropped_fraction=0.0))
    found = wells.merge(values[["well", "analyte", "concentration"]], on=["well", "analyte"], validate="one_to_one")
    usable = found[(found["role"] == "standard") & ~found["vendor_flag"].isin(["masked", "outlier", "not_read"])]
    ends = usable[usable["expected"] > 0].groupby("analyte")["expected"].agg(["min", "max"])
    found = found[(found["role"] != "standard") & found["vendor_concentration"].notna()].join(ends, on="analyte")
    found = found[(found["vendor_concentration"] / found["dilution"]).between(found["min"], found["max"])]
    return curves, found.assign(difference=100 * (found["concentration"] / found["vendor_concentration"] - 1))


def _model(plate, analyte, software):
    """The model the export prints for an analyte, else the software's usual one."""
    if plate.curves is not None:
        printed = plate.curves[plate.curves["analyte"] == analyte]
        text = " ".join(map(str, printed.to_numpy().ravel())).replace(" ", "").upper()
        for mark, model in (("5P", "5pl"), ("4P", "4pl"), ("(A-D)", "4pl"), ("A*X+B", "linear")):
            if mark in text:
                return model
    return software.settings["curve_model"]


def _remarks(wells, plate, software, curves, compared):
    """Words on wells without a signal, analytes without a curve, and median differences worth a word."""
    unread = wells[wells["signal"].isna() & wells["vendor_concentration"].notna()]
    found = [f"no signal was read for {', '.join(unread['well'])}"] if len(unread) else []
    found += [
        f"{row.analyte}: no curve ({row.status_reason})" for row in curves.itertuples() if row.status != "converged"
    ]
    median = compared["difference"].abs().groupby(compared["analyte"]).median()
    for analyte in median.index[median > WORTH_A_WORD]:
        mine, values = wells[wells["analyte"] == analyte], compared[compared["analyte"] == analyte]
        curve = curves[curves["analyte"] == analyte]
        words = (
            _unordered(mine)
            or _masked(mine, plate, software, median[analyte])
            or _printed(mine, plate, values, curve, median[analyte])
            or _rounded(values, curve, median[analyte])
            or ("a standard is missing" if (unread["role"] == "standard").any() else "not explained")
        )
        found.append(f"{analyte}: {median[analyte]:.2g} %, {words}")
    return found


def _unordered(wells):
    """A calibration curve is monotone: concentrations that fall where the signal rises come from none."""
    known = wells[wells["vendor_concentration"].notna() & wells["signal"].notna()].sort_values("signal")
    steps = np.diff(known["vendor_concentration"] / known["dilution"])
    return "the vendor's concentrations do not follow the signals" if (steps < 0).mean() > 0.1 else ""


def _masked(wells, plate, software, median):
    """Whether the vendor's curve contains standards that the export marks as masked."""
    standards = wells[(wells["role"] == "standard") & (wells["vendor_flag"] == "masked") & wells["signal"].notna()]
    if standards.empty:
        return ""
    included = wells.assign(vendor_flag=wells["vendor_flag"].mask(wells["role"] == "standard", "none"))
    again = refit(included, plate, software)[1]["difference"].abs().median()
    names = ", ".join(standards["well"])
    return f"but {again:.2g} % when {names}, marked as masked, is kept" if again < median / 10 else ""


def _printed(wells, plate, values, curve, median):
    """What the curve that Bio-Plex Manager prints says: its own difference, or the least sum of squares it misses."""
    if plate.curves is None or "g" not in plate.curves:
        return ""
    printed = plate.curves[plate.curves["analyte"] == curve["analyte"].iloc[0]].iloc[0]
    a, d, c, b, g = (float(printed[name]) for name in "adcbg")
    standards = wells[(wells["role"] == "standard") & (wells["expected"] > 0) & (wells["vendor_flag"] != "outlier")]
    # the equation is printed for the net signal, which differs by the background of the plate
    background = (standards["signal"] - standards["net_signal"].fillna(standards["signal"])).mean()
    vendor = c * (((d - a) / (values["signal"] - background - a)) ** (1 / g) - 1) ** (1 / b)
    own = 100 * (vendor * values["dilution"] / values["vendor_concentration"] - 1).abs().median()
    if own > median / 2:
        return f"as far as the curve the vendor prints ({own:.2g} %)"
    level = standards.groupby("expected")["signal"].mean()
    fitted = background + a + (d - a) / (1 + (level.index.to_numpy() / c) ** b) ** g
    ours = models.from_frame(curve).predict(np.log(level.index.to_numpy(float))[None, :])[0][0]
    weight = level ** -_BIOPLEX["variance_exponent"]
    ratio = float((weight * (level - fitted) ** 2).sum() / (weight * (level - ours) ** 2).sum())
    if ratio > 1.1:
        return f"the vendor's curve has {ratio:.3g} times the least sum of squares"
    return f"at a shallow optimum: the sums of squares differ by {100 * abs(ratio - 1):.2g} %"


def _rounded(values, curve, median):
    """Whether the last printed digit of the signals is worth as much as the difference."""
    values = values[values["signal"].notna()]
    half = 0.5 * 10.0 ** -max(len(f"{value:.10g}".partition(".")[2]) for value in values["signal"])
    u = np.log(values["concentration"].to_numpy(float))[None, :]
    worth = 100 * np.nanmedian(half / np.abs(models.from_frame(curve).predict(u)[2][0]))
    return f"half the last printed digit of a signal is worth {worth:.2g} %" if worth > median / 2 else ""


def section(rows: pd.DataFrame) -> str:
    """The section of the page as Markdown."""
    lines = [
        HEADING,
        "",
        "Generated by `make agreement`. Concentrations of wells that are not standards, inside the range of the "
        "standards, fitted again from the standards of the export; absolute difference from the vendor's number. A "
        "study gives the same values with the criteria set `as_reported_by_vendor` and these columns of the panels and "
        "analytes sheets:",
        "",
        "| software | signal | curve_model | orientation | weights | variance_exponent | asymmetry_prior | "
        "blanks_in_fit | what it does |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for each in SOFTWARE.values():
        columns = [each.settings.get(name, "") for name in ("curve_model", "orientation", "weights")]
        columns.append(f"{each.settings.get('variance_exponent', ''):}")
        columns += ["no" if each.settings.get("asymmetry_prior") is False else ""]
        columns += ["yes" if each.settings.get("include_blank") else ""]
        lines.append(_line([each.software, each.signal, *columns, each.note]))
    lines += [
        "",
        "| file | plate | software | n | median % | 90th percentile % | within 1 % | within 5 % | remark |",
        "|---|---|---|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows.to_dict("records"):
        numbers = [""] * 4
        if row["n"]:
            numbers = [f"{row[name]:.2g}" if row[name] >= 0.001 else "<0.001" for name in ("median", "p90")]
            numbers += [f"{100 * row[name]:.0f} %" for name in ("within_1", "within_5")]
        lines.append(_line([row["file"], row["plate"], row["software"], row["n"], *numbers, row["remark"]]))
    return "\n".join(lines) + "\n"


def _line(cells):
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def replaced(page: str, text: str) -> str:
    """The page with its section replaced by the text, or with the text at its end."""
    before, heading, after = page.partition(HEADING)
    following = after.find("\n## ")
    rest = after[following + 1 :] if heading and following >= 0 else ""
    return before.rstrip("\n") + "\n\n" + text + ("\n" + rest if rest else "")
