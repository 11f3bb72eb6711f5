"""Does a plate make sense? Checks of the wells of one batch that look for a plate turned, swapped, copied or dead.

Each takes wells as arrays (`Wells`) and gives problems; none changes a value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Self

import numpy as np
import pandas as pd
from immunoassay.problems import Problem, few

CODED = ("panel", "plate", "well", "analyte", "sample_id", "level", "dilution")
MIN_LEVELS = 4  # standards needed to tell an order
ORDERED, DISORDERED, FLAT, STEEP = 0.95, 0.5, 0.2, np.log(3)  # see turned_plate and _order
WELL = re.compile(r"[A-Z]{1,2}[0-9]{2}")
SWAP_GAIN, SWAP_DIFFERENCE = 4.0, np.log(1.5)  # see swapped_replicates
MIN_SAMPLES, FEW = 3, 0.34  # see uneven_replicates
SHARED = 0.8  # see uneven_analytes
MIN_COPIED = 12  # equal signals that cannot be chance
PLATES = {96: (8, 12), 384: (16, 24)}
STRAY = 0.05  # share of wells outside that is a slip, see stray_wells


@dataclass(frozen=True)
class Wells:
    """Wells as arrays: of a column of CODED a number of each, which rises as its value does, -1 where there is none.

    `names`: the values of those columns, by their numbers. `places`: row and column on the plate (2, wells) of the wells.
    """

    columns: dict[str, np.ndarray]
    names: dict[str, np.ndarray]
    places: np.ndarray

    @classmethod
    def of(cls, wells: pd.DataFrame) -> Self:
        """The wells of the `wells` table that name a place on a plate."""
        columns, names = {}, {}
        for name in CODED:
            columns[name], known = wells[name].factorize(sort=True)
            names[name] = known.to_numpy()
        for name in ("signal", "expected"):
            columns[name] = wells[name].astype("float64").to_numpy()
        for name in ("sample", "standard"):
            columns[name] = (wells["role"] == name).to_numpy(bool)
        columns["usable"] = (wells["disposition"] == "usable").to_numpy(bool)
        sound = np.array([bool(WELL.fullmatch(name)) for name in names["well"]], bool)
        places = np.array(
            [_place(name) if fits else (0, 0) for name, fits in zip(names["well"], sound, strict=True)], int
        )
        return cls(columns, names, places.reshape(-1, 2).T).take(sound[columns["well"]])

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column]

    def __len__(self) -> int:
        return len(self.columns["well"])

    def take(self, which: np.ndarray) -> Self:
        """Some of the wells, by a mask or by their positions."""
        return replace(self, columns={name: values[which] for name, values in self.columns.items()})

    def texts(self, column: str) -> np.ndarray:
        """The values of a column of CODED, of which none is missing."""
        return self.names[column][self[column]]

    def place(self) -> np.ndarray:
        """Row and column of every well, (2, n)."""
        return self.places[:, self["well"]]

    def ranks(self, *columns: str) -> np.ndarray:
        """A number of each well that is equal where the columns are, and rises as they do."""
        found = np.zeros(len(self), np.int64)
        for name in columns:
            found = found * (len(self.names[name]) + 1) + self[name]
        return found

    def by(self, *columns: str) -> Iterator[Self]:
        """The wells of each value of the columns, which rise."""
        ranks = self.ranks(*columns)
        order = np.argsort(ranks, kind="stable")
        for part in np.split(order, np.flatnonzero(np.diff(ranks[order])) + 1) if len(self) else []:
            yield self.take(part)


def check(wells: pd.DataFrame) -> list[Problem]:
    """Every problem of the wells of one batch; plates set aside are not looked at."""
    every = Wells.of(wells)
    files = dict(zip(*(wells.drop_duplicates("plate")[name] for name in ("plate", "file")), strict=True))
    found = list(copied_plates(every.take(every["usable"])))
    for whole in every.by("plate"):
        rows = whole.take(whole["usable"])
        if len(rows):
            own = [*stray_wells(whole), *turned_plate(rows, whole), *dead_analytes(rows), *negative_signals(rows)]
            own += [*swapped_replicates(rows), *uneven_analytes(whole), *uneven_replicates(whole)]
            found += [replace(problem, plate=whole.texts("plate")[0]) for problem in own]
    return [replace(problem, file=files[problem.plate]) for problem in found]


def stray_wells(whole: Wells) -> list[Problem]:
    """QUARANTINE when a few wells lie outside the plate on which all the others lie: a name of a well is damaged."""
    wells = pd.unique(whole["well"])
    rows, columns = whole.places[:, wells]
    for size, (height, width) in PLATES.items():
        outside = whole.names["well"][wells[(rows >= height) | (columns >= width)]]
        if len(outside) and len(outside) < STRAY * len(wells):
            return [Problem(
                "E-WELL-060", "QUARANTINE", "",
                f"{', '.join(outside)} beside {len(wells) - len(outside)} wells of a plate of {size}",
                "the plate has no such well, so a name is wrong", "export the plate again", row=outside[0],
            )]  # fmt: skip
    return []


def turned_plate(rows: Wells, whole: Wells) -> list[Problem]:
    """QUARANTINE when the standards are out of order, or flat, and in order on the plate turned or shifted.

    `rows` are the usable wells, `whole` all wells of the plate, those the layout calls empty too.
    """
    standards = rows.take(rows["standard"] & (rows["expected"] > 0))
    if len(np.unique(standards["level"][standards["level"] >= 0])) < MIN_LEVELS:
        return []
    signals = _grid(whole)
    order, spread = _order(standards, signals, 0, 0)
    if order >= DISORDERED and spread >= STEEP:
        return []
    height, width = _size(whole)
    moves = {
        "turned by 180 degrees": (height - 1, width - 1, -1),
        "shifted down by one row": (1, 0),
        "shifted up by one row": (-1, 0),
        "shifted right by one column": (0, 1),
        "shifted left by one column": (0, -1),
    }
    found = {name: _order(standards, signals, *move) for name, move in moves.items()}
    hints = [
        name
        for name, (other, other_spread) in found.items()
        if other >= ORDERED and (order < DISORDERED or spread < FLAT * other_spread)
    ]
    if not hints:
        return []
    return [Problem(
        "E-WELL-065", "QUARANTINE", "",
        f"the standards are out of order, and in order when the plate is {hints[0]}",
        "every sample would get the value of another", "compare the layout with the plate as it was pipetted and read",
    )]  # fmt: skip


def dead_analytes(rows: Wells) -> list[Problem]:
    """An EXCLUDE for each analyte whose wells all hold one and the same signal: nothing was measured."""
    at, analytes, signals = rows["analyte"], rows.names["analyte"], rows["signal"]
    count = np.bincount(at[~np.isnan(signals)], minlength=len(analytes))
    low, high = np.full((2, len(analytes)), np.nan)
    np.fmin.at(low, at, signals)
    np.fmax.at(high, at, signals)
    return [
        Problem(
            "V-084", "EXCLUDE", "", f"all {count[each]} wells of {analytes[each]} read {low[each]:g}",
            "nothing was measured, so no curve can be fitted", "export again, or exclude the analyte",
            column=analytes[each],
        )
        for each in np.flatnonzero((count >= MIN_COPIED) & (low == high))
    ]  # fmt: skip


def negative_signals(rows: Wells) -> list[Problem]:
    """A FLAG for the wells whose signal is below zero: it is used as it is, and never made zero or one."""
    negative = rows.take(rows["signal"] < 0)
    if not len(negative):
        return []
    names = [
        f"{well} {analyte}" for well, analyte in zip(negative.texts("well"), negative.texts("analyte"), strict=True)
    ]
    shown = few(sorted(names), 6)
    return [Problem(
        "V-083", "FLAG", "",
        f"{len(names)} signal{'s' if len(names) > 1 else ''} below zero: {shown}",
        "a reader subtracted more than it measured", "nothing: they are used as they are; check the reader's own blank",
    )]  # fmt: skip


def swapped_replicates(rows: Wells) -> list[Problem]:
    """A FLAG for two samples whose duplicate wells agree far better when one well of each is exchanged.

    Of samples in duplicate at one dilution. For most analytes the distance of the logarithms within the two samples is
    SWAP_GAIN times that after the exchange, and at least SWAP_DIFFERENCE before. With one analyte only wells that
    touch are compared, so that chance has little room. Nothing is exchanged.
    """
    samples = rows.take(rows["sample"] & (rows["signal"] > 0) & (rows["sample_id"] >= 0))
    if not len(samples):
        return []
    analytes, at = np.unique(samples["analyte"], return_inverse=True)
    _, one_each, place = np.unique(
        samples.ranks("sample_id", "dilution", "well"), return_index=True, return_inverse=True
    )
    logs = np.full((len(one_each), len(analytes)), np.nan)  # by well and analyte
    logs[place, at] = np.log(samples["signal"])
    wells = samples.take(one_each)  # by sample and dilution
    names, called = wells.texts("sample_id"), wells.texts("well")
    tube = np.unique(wells.ranks("sample_id", "dilution"), return_inverse=True)[1]
    first = np.flatnonzero((np.diff(tube, append=-1) == 0) & (np.bincount(tube)[tube] == 2))  # of wells in duplicate
    inside = np.abs(logs[first] - logs[first + 1])
    suspects = np.flatnonzero(np.median(np.nan_to_num(inside), axis=1) > SWAP_DIFFERENCE)
    problems = []
    for one, other in combinations(suspects, 2):
        a, b = (logs[first[each] :][:2] for each in (one, other))
        straight = np.abs(a[0] - b[0]) + np.abs(a[1] - b[1])
        across = np.abs(a[0] - b[1]) + np.abs(a[1] - b[0])
        best = np.fmin(straight, across)
        better = np.mean(inside[one] + inside[other] > SWAP_GAIN * best) > 0.5
        ids = [names[first[each]] for each in (one, other)]
        pairs = [called[first[each] :][:2].tolist() for each in (one, other)]
        near = len(analytes) > 1 or any(_touch(x, y) for x in pairs[0] for y in pairs[1])
        if better and near:
            found = f"{ids[0]} ({', '.join(pairs[0])}) and {ids[1]} ({', '.join(pairs[1])})"
            found += " each disagree with themselves and agree with one another"
            problems.append(Problem(
                "W-WELL-064", "FLAG", "", found, "two wells were perhaps exchanged",
                "look at the plate record; amend the wells if it was so",
            ))  # fmt: skip
    return problems


def uneven_analytes(rows: Wells) -> list[Problem]:
    """A FLAG for the analytes that lack a few of the wells of others: rows of the export are gone.

    Two analytes belong together when one holds at least SHARED of the wells of the other; what is read in other wells
    altogether (two kits on a plate) says nothing.
    """
    (names, at), (places, place) = (np.unique(rows[name], return_inverse=True) for name in ("analyte", "well"))
    names, places = rows.names["analyte"][names], rows.names["well"][places]
    held = np.zeros((len(names), len(places)), int)
    held[at, place] = 1
    both = held @ held.T
    size = np.diag(both)  # wells of every analyte
    lacking: dict[tuple[str, ...], list[str]] = {}
    for one in np.flatnonzero(size < len(places)):
        beside = (both[one] >= SHARED * size) & (both[one] < size)
        absent = places[held[beside].any(axis=0) & (held[one] == 0)]
        if len(absent):
            lacking.setdefault(tuple(absent), []).append(names[one])
    problems = []
    for wells, analytes in sorted(lacking.items()):
        problems.append(Problem(
            "W-CMP-004", "FLAG", "",
            f"{few(analytes)} without a row for {len(wells)} of the wells of the other analytes: {few(wells)}",
            "rows of the export are missing", "compare with the instrument; export again", row=wells[0],
            column=analytes[0],
        ))  # fmt: skip
    return problems


def uneven_replicates(rows: Wells) -> list[Problem]:
    """A FLAG for samples with fewer or more wells than nearly all others of the plate: a well was perhaps misnamed.

    Wells are counted per analyte; a count of all analytes of a sample is said once.
    """
    samples, key = rows.take(rows["sample"] & (rows["sample_id"] >= 0)), ["sample_id", "dilution"]
    sizes = np.unique(samples.ranks(*key, "analyte"), return_counts=True)[1]
    if len(np.unique(samples.ranks(*key))) < MIN_SAMPLES or (sizes == sizes[0]).all():
        return []
    samples = pd.DataFrame({name: samples.texts(name) for name in (*key, "analyte")})
    counts = samples.groupby([*key, "analyte"], sort=True).size()
    usual = counts.mode().iloc[0]
    other = counts[counts != usual]
    if not 0 < len(other) <= FEW * len(counts):
        return []
    analytes = samples.groupby(key)["analyte"].nunique()
    listed = []
    for (name, dilution, count), odd in other.reset_index(name="n").groupby([*key, "n"])["analyte"]:
        only = f" for {few(sorted(odd))}" if len(odd) < analytes[name, dilution] else ""
        listed.append(f"{name} at 1:{dilution:g} in {count}{only}")
    shown = few(listed, 12)
    return [Problem(
        "W-WELL-066", "FLAG", "", f"nearly all samples are in {usual} wells, but {shown}",
        "a well was perhaps given to another sample",
        "nothing if it was meant; else correct the layout, or amend the name",
    )]  # fmt: skip


def copied_plates(wells: Wells) -> Iterator[Problem]:
    """A STOP for two plates of a batch whose signals are all the same: one run, exported twice."""
    seen: dict[tuple, str] = {}
    for rows in wells.by("panel", "plate"):
        panel, plate = (rows.texts(name)[0] for name in ("panel", "plate"))
        rows = rows.take(~np.isnan(rows["signal"]))
        signals = _telling(rows["signal"][np.argsort(rows.ranks("well", "analyte"), kind="stable")])
        first = seen.setdefault((panel, signals), plate)
        if signals and first != plate:
            yield Problem(
                "E-WELL-069", "STOP", "", f"the {len(signals)} signals of plate {plate} are those of plate {first}",
                "one run was exported twice; its samples would count twice", "delete one of the two rows", plate=plate,
            )  # fmt: skip


def signals_of(wells: pd.DataFrame) -> tuple[float, ...]:
    """The signals of a plate in the order of its wells and analytes; () of too few to tell plates apart by."""
    rows = wells[wells["signal"].notna()].sort_values(["well", "analyte"], kind="stable")
    return _telling(rows["signal"].to_numpy(float))


def _telling(signals):
    return () if len(np.unique(signals)) < MIN_COPIED // 2 or len(signals) < MIN_COPIED else tuple(signals.tolist())


def layout_conflicts(frame: pd.DataFrame, layout: pd.DataFrame, file: str) -> list[Problem]:
    """Where the export names a sample that the layout puts into another well (QUARANTINE), or another role (FLAG).

    Names the layout does not hold are the reader's own numbering (SPL1, Unknown 3) and say nothing.
    """
    known = set(layout["sample_id"].dropna()) - {""}
    said = layout[["sample_id", "role"]].rename(columns={"role": "role_of_layout"})
    wells = frame.drop_duplicates("well").set_index("well")[["sample", "role"]].join(said, how="inner")
    other = wells[wells["sample"].isin(known) & (wells["sample"] != wells["sample_id"])]
    problems = []
    for well, row in other.iterrows():
        says = f'"{row["sample_id"]}"' if row["sample_id"] else f"{row['role_of_layout']}"
        problems.append(Problem(
            "E-WELL-063", "QUARANTINE", file, f'the layout says {says}, the export says "{row["sample"]}"',
            "one of them is wrong, and a sample would get the value of another", "correct the layout", row=well,
        ))  # fmt: skip
    differs = wells["role"].isin(["standard", "control", "blank"]) & (wells["role"] != wells["role_of_layout"])
    if differs.any():
        well, row = next(wells[differs].iterrows())
        found = f"{differs.sum()} wells have another role in the export, first {well}: {row['role']} there, "
        found += f"{row['role_of_layout']} in the layout"
        problems.append(Problem(
            "W-WELL-063", "FLAG", file, found, "the layout is used; the reader's protocol was perhaps another plate's",
            "compare the two",
        ))  # fmt: skip
    return problems


def _grid(whole):
    """Signals by row, column and analyte of the wells of a plate."""
    signals = np.full((32, 48, len(whole.names["analyte"])), np.nan)
    signals[(*whole.place(), whole["analyte"])] = whole["signal"]
    return signals


def _order(standards, signals, down, right, sign=1):
    """(order, spread) of the mean signals of the levels, taken `down` and `right` of their wells; medians over analytes.

    The order is Kendall's tau with the concentrations without its sign (signals of a competitive assay fall): 1
    throughout, 0 not at all. The spread is the logarithm of the highest mean over the lowest. `sign` -1 turns the plate.
    """
    rows, columns = standards.place()
    rows, columns, place = sign * rows + down, sign * columns + right, standards["analyte"]
    inside = (rows >= 0) & (columns >= 0) & (rows < signals.shape[0]) & (columns < signals.shape[1])
    found = np.where(inside, signals[rows * inside, columns * inside, place], np.nan)
    if np.isfinite(found).mean() < 0.8:
        return 0.0, 0.0
    means = _means(place, standards["expected"], found)
    means = means[np.isfinite(means).sum(axis=1) > 1]  # one level has neither order nor spread
    if not len(means):
        return 0.0, 0.0
    one, other = np.triu_indices(means.shape[1], 1)
    order = np.abs(np.nanmean(np.sign(means[:, other] - means[:, one]), axis=1))
    positive = np.clip(means, 1e-9, None)
    spread = np.log(np.nanmax(positive, axis=1) / np.nanmin(positive, axis=1))
    return float(np.nanmedian(order)), float(np.nanmedian(spread))


def _means(group, level, values):
    """Means of the values by group and, in rising order, level of the group; NaN where there is none."""
    by = np.lexsort((level, group))
    group, level, values = group[by], level[by], values[by]
    first = np.diff(group, prepend=-1) != 0
    step = np.cumsum(first | (np.diff(level, prepend=np.nan) != 0))
    rank = step - step[first][np.cumsum(first) - 1]
    known = np.isfinite(values)
    total, count = np.zeros((2, group.max() + 1, rank.max() + 1))
    np.add.at(total, (group[known], rank[known]), values[known])
    np.add.at(count, (group, rank), known)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _place(well):
    """Row and column of a well, counted from 0."""
    return ord(well[-3]) - ord("A") + 26 * (len(well) - 3), int(well[-2:]) - 1


def _size(whole):
    rows, columns = whole.place()
    fits = (size for size in PLATES.values() if rows.max() < size[0] and columns.max() < size[1])
    return next(fits, (32, 48))


def _touch(one, other):
    return sum(abs(a - b) for a, b in zip(_place(one), _place(other), strict=True)) == 1
