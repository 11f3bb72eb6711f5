"""The names written in exports, a row each: where they stand, what the export calls them, what they could be."""

import re
from collections.abc import Iterable

import pandas as pd
from immunoassay.drafts.found import Found
from immunoassay.study.legal_names import plain_name

PLACE = ["plate", "batch", "file", "plate_in_file", "plate_title"]
COLUMNS = [*PLACE, "name", "role", "level", "wells", "n", "dilution", "stated"]
FRACTION = re.compile(r"1 ?[:/] ?([0-9]+(?:\.[0-9]+)?)")
BLANK = re.compile(
    r"b|bl|blk|blank\b.*|background ?[0-9]*|bkg[0-9]*|nsb|diluent|buffer|zero( standard)?|water|pbs", re.I
)
CONTROL = re.compile(
    r"(.*[ _-])?(qc|ctrl|ctl|cont|controls?|pc|nc|positive|negative|kit ?control)[ _-]*[a-z0-9]*([ _-](high|mid|low))?",
    re.I,
)
STANDARD = re.compile(r"(.*[ _-])?(s|st|std|standard|cal|calibrator)[ _-]?0*([0-9]{1,2})", re.I)


def written_names(plates: Iterable[Found]) -> pd.DataFrame:
    """COLUMNS of every plate and delivered table, one row per plate, name and role; `role` and `level` are as the export
    says, else missing.

    `wells` names them, `n` counts them; `dilution` is that of a name with one dilution, else missing; `stated` is whether
    the export (or a layout) says the role.
    """
    parts = [_of_plate(plate) for plate in plates]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def guessed(names: pd.DataFrame) -> pd.DataFrame:
    """The names with role and level of standards, blanks and controls that only the name gives away.

    A name is taken for a standard only on a plate that has none, in a series of four or more; in delivered results, where
    samples may well be called S1, S2, ..., only by a word for it.
    """
    names = names.copy()
    open_rows = names["role"].isna() | (names["role"] == "sample")
    for plate, rows in names[open_rows].groupby("plate", sort=False):
        if not ((names["plate"] == plate) & (names["role"] == "standard")).any():
            series = _series(rows)
            for at, level in series.items():
                names.loc[at, ["role", "level", "stated"]] = ["standard", level, False]
    left = names["role"].isna() | (names["role"] == "sample")
    for at, name in names.loc[left, "name"].items():
        if BLANK.fullmatch(name):
            names.loc[at, ["role", "stated"]] = ["blank", False]
        elif CONTROL.fullmatch(name):
            names.loc[at, ["role", "level", "stated"]] = ["control", plain_name(name), False]
    return names


def _of_plate(plate):
    place = {name: getattr(plate, name) for name in PLACE}
    rows = plate.rows if plate.wells is None else plate.first
    rows = rows.assign(name=rows["sample"].fillna("").astype(str))
    rows = rows[rows["name"] != ""]
    wells = plate.wells is not None
    rows["role"] = rows["role"].astype(object).where(rows["role"].notna(), "" if wells else "sample")
    found = []
    for (name, role), each in rows.groupby(["name", "role"], sort=False):
        levels = each["level"].dropna().unique() if wells else []
        dilutions = each["dilution"].dropna().unique() if wells else []
        found.append({
            **place, "name": name, "role": role or None, "stated": bool(role), "n": len(each),
            "level": levels[0] if len(levels) == 1 else None,
            "wells": " ".join(each["well"]) if wells else "",
            "dilution": float(dilutions[0]) if len(dilutions) == 1 else None,
        })  # fmt: skip
    frame = pd.DataFrame(found, columns=COLUMNS)
    return frame.astype({"role": object, "level": object, "dilution": float, "stated": bool})


def _series(rows):
    """{index: level} of the names of one plate that are a dilution series or numbered standards, four or more."""
    fractions = {at: float(match[1]) for at, name in rows["name"].items() if (match := FRACTION.fullmatch(name))}
    words = [(at, wells, STANDARD.fullmatch(name)) for at, name, wells in rows[["name", "wells"]].itertuples()]
    numbered = {at: int(word[3]) for at, wells, word in words if word and (wells or word[2].lower() not in ("s", "st"))}
    if len(fractions) >= 4:
        order = sorted(fractions, key=fractions.__getitem__)
        return {at: f"S{number}" for number, at in enumerate(order, 1)}
    if len(numbered) >= 4 and len(set(numbered.values())) == len(numbered):
        return {at: f"S{number}" for at, number in numbered.items()}
    return {}
