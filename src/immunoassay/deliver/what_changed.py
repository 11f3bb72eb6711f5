"""What changed since a frozen release: every reported value, verdict and number of a statistic or figure, old, new, why.

Rows are compared by what they are about (KEYS), every other column as it is written. The reason is read from both
records: the attempt reported, the limit applied, amendments, raw files, criteria, settings, or else the software.
"""

import json
from pathlib import Path

import pandas as pd
from immunoassay import tables
from immunoassay.deliver import release

COLUMNS = list(tables.TABLES["what_changed"].columns)
# columns that say what a row of any table is about
KEYS = (
    "sample_id", "participant_group", "variable", "analyte", "panel", "plate", "control", "participant", "course",
    "visit", "kind", "group",
    "quantity", "question", "score", "statistic", "layer", "part", "level", "well", "component", "box", "row", "column",
    "model", "term", "policy",
)  # fmt: skip
# columns that follow from others of the same row, or are words about them
RESULT_COLUMNS = ("status", "value", "lower", "upper", "reason", "verdict", "lloq_applied", "uloq_applied", "plate")
MOVED = {  # column of the results that explains why others moved -> why
    "file_sha256": "the raw file was exported again or replaced",
    "plate": "another attempt is reported",
    "selection": "the choice among the attempts, or an amendment",
    "lloq_applied": "another limit of quantification applies",
    "uloq_applied": "another limit of quantification applies",
    "verdict": "the acceptance of the plate came out otherwise",
    "pool_factor": "the normalisation to the bridging pool",
    "wells": "other wells are used",
    "flags": "an amendment or a flag",
    "dilution": "another dilution is reported",
}


def compare(folder: str | Path, results: str | Path) -> pd.DataFrame:
    """Table (COLUMNS) of everything that moved between the release in `folder` and the results folder."""
    general = _general(folder, results)
    rows = _results(folder, results, general)
    moved = {row["row"].split(" · ")[1] for row in rows}
    rows += _verdicts(folder, results, general)
    known = {path for path in release.files(folder) if path.endswith(".tsv") and "/" in path}
    known |= {path for path in release.files(results) if path.endswith(".tsv")}
    for path in sorted(known):
        room, name = path.split("/", 1)
        if room in release.FOLDERS:
            kind = {"statistics": "statistic", "figures": "figure"}[room]
            rows += _table(kind, name.removesuffix(".tsv"), _read(folder, path), _read(results, path), moved, general)
    return pd.DataFrame(rows, columns=COLUMNS)


def reported(folder: str | Path, results: str | Path) -> pd.DataFrame:
    """As `compare`, of reported results and verdicts alone: in `folder` are study/results.tsv, study/attempts.tsv and
    provenance/run.json of an earlier run.
    """
    general = _general(folder, results)
    rows = _results(folder, results, general) + _verdicts(folder, results, general)
    return pd.DataFrame(rows, columns=COLUMNS)


def as_text(changes: pd.DataFrame, name: str) -> str:
    """The comparison in a few lines of Markdown."""
    lines = [f"# What changed since {name}", ""]
    if changes.empty:
        return "\n".join([*lines, "Nothing: every reported value, verdict and number is the same.", ""])
    lines += ["| what | rows | numbers or words | most frequent reason |", "|---|---|---|---|"]
    names = {"result": "reported results", "verdict": "verdicts", "statistic": "statistics", "figure": "figures"}
    for kind, word in names.items():
        own = changes[changes["kind"] == kind]
        if len(own):
            why = own["why"].value_counts().index[0]
            lines.append(f"| {word} | {own[['table', 'row']].drop_duplicates().shape[0]} | {len(own)} | {why} |")
    return "\n".join([*lines, "", "Every row with old and new value is in `what_changed.tsv`.", ""])


def _results(folder, results, general):
    old, new = (_read(place, "study/results.tsv") for place in (folder, results))
    changed = []
    for key, before, after in _pairs(*_different(old, new), ["sample_id", "analyte"]):
        row = " · ".join(key)
        if before is None or after is None:
            changed.append(_one_sided("result", "results", row, before, after, "value", general))
            continue
        differ = [column for column in old.columns if column in new.columns and before[column] != after[column]]
        shown = [column for column in RESULT_COLUMNS if column in differ]
        why = next((said for column, said in MOVED.items() if column in differ), _or_else(general))
        changed += [_row("result", "results", row, column, before[column], after[column], why) for column in shown]
    return changed


def _verdicts(folder, results, general):
    def verdicts(place):
        frame = _read(place, "study/attempts.tsv")
        return frame.drop_duplicates(["plate", "analyte"])[["plate", "analyte", "verdict", "verdict_reason"]]

    changed = []
    for key, before, after in _pairs(verdicts(folder), verdicts(results), ["plate", "analyte"]):
        row = " · ".join(key)
        if before is None or after is None:
            changed.append(_one_sided("verdict", "plates", row, before, after, "verdict", general))
        elif before["verdict"] != after["verdict"]:
            why = after["verdict_reason"] or before["verdict_reason"] or _or_else(general)
            changed.append(_row("verdict", "plates", row, "verdict", before["verdict"], after["verdict"], why))
    return changed


def _table(kind, name, old, new, moved, general):
    if old is None or new is None:
        side = "new" if old is None else "no longer there"
        return [
            _row(
                kind,
                name,
                "",
                "",
                "" if old is None else "table",
                "" if new is None else "table",
                f"the table is {side}",
                "new" if old is None else "gone",
            )
        ]
    keys = [column for column in KEYS if column in old.columns and column in new.columns]
    keys = [column for column in keys if column != "score" or not _numbers(new[column])]
    named = [column for column in ("analyte", "variable") if column in keys]
    changed = []
    if list(old.columns) != list(new.columns):
        sides = [
            " ".join(column for column in a.columns if column not in b.columns) for a, b in ((old, new), (new, old))
        ]
        changed.append(_row(kind, name, "", "columns", *sides, "columns came, went or moved"))
    for key, before, after in _pairs(old, new, keys):
        row = " · ".join(part for part in key if part)
        cells = before if after is None else after
        rests = any(cells[column] in moved for column in named) or (not named and bool(moved))
        why = "a result it rests on moved" if rests else _or_else(general)
        if before is None or after is None:
            first = next(column for column in cells.index if column not in keys)
            changed.append(_one_sided(kind, name, row, before, after, first, [why]))
            continue
        both = [column for column in old.columns if column in new.columns and column not in keys]
        changed += [
            _row(kind, name, row, column, before[column], after[column], why)
            for column in both
            if before[column] != after[column]
        ]
    return changed


def _numbers(column):
    """Whether a column holds numbers only: `score` names a scale in one table and is a coordinate in another."""
    return bool(pd.to_numeric(column, errors="coerce").notna().all())


def _different(old, new):
    """Both tables without the rows that stand in both: most of them, and a loop over rows is slow."""
    if list(old.columns) != list(new.columns):
        return old, new
    before, after = (list(frame.itertuples(index=False, name=None)) for frame in (old, new))
    gone, come = set(before) - set(after), set(after) - set(before)
    return old[[row in gone for row in before]], new[[row in come for row in after]]


def _pairs(old, new, keys):
    """(key, old row, new row) of every key of either table, in order; repeated keys are counted through."""

    def indexed(frame):
        counted = frame.groupby(keys, sort=False).cumcount() if keys else pd.Series(range(len(frame)))
        names = zip(*(frame[key] for key in keys), strict=True) if keys else [()] * len(frame)
        return {
            (*name, f"{count + 1}") if count else tuple(name): row
            for name, count, (_, row) in zip(names, counted, frame.iterrows(), strict=True)
        }

    before, after = indexed(old), indexed(new)
    for key in dict.fromkeys([*before, *after]):
        yield key, before.get(key), after.get(key)


def _general(folder, results):
    """What differs between the records of two runs, in words."""
    old, new = (
        json.loads(Path(f"{place}/provenance/run.json").read_text(encoding="utf-8")) for place in (folder, results)
    )
    found = []
    settings = sorted(
        key for key in {*old["config"], *new["config"]} if old["config"].get(key) != new["config"].get(key)
    )
    settings = [key for key in settings if key != "compare_with"]
    if settings:
        found.append(f"settings changed: {', '.join(settings)}")
    for name, word in (("sheets", "sheets"), ("layouts", "layouts"), ("raw_files", "raw files")):
        before, after = ({each["path"]: each["sha256"] for each in run[name]} for run in (old, new))
        paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        if paths:
            shown = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
            found.append(f"{word} changed: {shown}")
    if old["software"]["library_digest"] != new["software"]["library_digest"]:
        found.append("another version of the software")
    elif old["software"] != new["software"]:
        found.append("other versions of packages")
    return found


def _or_else(general):
    return "; ".join(general) or "nothing that is recorded"


def _one_sided(kind, table, row, before, after, column, general):
    old = "" if before is None else before[column]
    new = "" if after is None else after[column]
    change, why = ("new", "new: ") if before is None else ("gone", "no longer there: ")
    return _row(kind, table, row, column, old, new, why + _or_else(general), change)


def _row(kind, table, row, column, old, new, why, change="changed"):
    return dict(zip(COLUMNS, (kind, change, table, row, column, old, new, why), strict=True))


def _read(place, path):
    """A table with every cell as it is written ("" = missing); None when it is not there."""
    try:
        return tables.read_tsv(f"{place}/{path}", dtype="str").fillna("")
    except FileNotFoundError:
        return None
