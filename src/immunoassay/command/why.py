"""What would run and why, in the words of a laboratory: read from a dry run with the logger of this project."""

import ast
import re
from collections import Counter

_CHANGES_SHOWN = 5
_KEYS = ("plate", "amendment", "sample_id", "analyte", "panel", "participant", "visit", "level")


def explain(text: str) -> list[str]:
    """The dry run `text` as lines: each cause with the steps it starts, then how many steps only follow.

    Raises ValueError when `text` is not the output of a dry run; what Snakemake printed is in its message.
    """
    if "Nothing to be done" in text:
        return ["Nothing would run: every result is up to date with its exports, sheets, settings and software."]
    jobs = list(_jobs(text))
    if not jobs:
        raise ValueError(text.strip())
    causes: dict[str, list[str]] = {}
    followers = Counter[str]()
    for rule, step, reason in jobs:
        found = _causes(reason)
        for cause in found:
            causes.setdefault(cause, []).append(step)
        if not found:
            followers[rule] += 1
    lines = []
    for cause, steps in causes.items():
        lines.append(f"{cause}:")
        lines += [f"  {step}" for step in dict.fromkeys(steps)]
    if followers:
        made = ", ".join(f"{rule} ({count})" if count > 1 else rule for rule, count in followers.items())
        lines += ["What is made from these follows:", f"  {made}"]
    return [*lines, f"{len(jobs)} steps in all."]


def _jobs(text):
    """(rule, words of the step, reason) of every job but the last, which only gathers."""
    for block in re.split(r"^rule ", text, flags=re.M)[1:]:
        rule = block.split(":", 1)[0]
        words, reason = (re.search(rf"^    {name}: (.*)$", block, re.M) for name in ("message", "reason"))
        if rule != "all" and reason:
            yield rule, words[1] if words else rule.replace("_", " "), reason[1]


def _causes(reason):
    """The causes of one job in words; none when it only follows other jobs."""
    found = []
    if missing := re.search(r"Missing output files: ([^;]*)", reason):
        found.append(f"Not made yet ({_some(missing[1].split(', '))})")
    if updated := re.search(r"Updated input files: ([^;]*)", reason):
        found.append(f"Files that changed ({_some(updated[1].split(', '))})")
    if "Set of input files has changed" in reason:
        found.append("Batches or files were added to the study or taken out of it")
    if "Code has changed" in reason:
        found.append("The software was changed")
    if "Params have changed" in reason:
        found += _settings(reason)
    if "Forced execution" in reason:
        found.append("You asked for it")
    if "incomplete" in reason.lower():
        found.append("The last run was interrupted here")
    return found


def _settings(reason):
    """What differs between what a step was given and what it is given now: software, files, settings, rows of sheets."""
    parts = re.search(r" before: (.*?) now: (.*)$", reason)
    try:
        before, now = (ast.literal_eval(part.strip()) for part in parts.groups())
        changed = [name for name in now if name not in before or before[name] != now[name]]
    except (AttributeError, SyntaxError, TypeError, ValueError):  # a form of words of another Snakemake
        return ["Settings or rows of sheets changed"]
    causes = ["The software was changed"] if "code" in changed else []
    if "files" in changed:
        old, new = before.get("files", {}), now["files"]
        paths = sorted(path for path in {**old, **new} if old.get(path) != new.get(path))
        causes.append(f"Files that changed ({_some(paths)})")
    changes = []
    for name in changed:
        if name not in ("code", "files"):
            changes += _differences(before.get(name), now[name], name)
    changes += [f"{name} was removed" for name in before if name not in now]
    if changes:
        causes.append(f"Settings or rows of sheets changed ({_some(list(dict.fromkeys(changes)), '; ')})")
    return causes


def _differences(before, now, name):
    if isinstance(now, list) and isinstance(before, list) and all(isinstance(row, dict) for row in (*before, *now)):
        old, new = _rows(before), _rows(now)
        lines = [f"{row} added" for row in new if row not in old]
        lines += [f"{row} removed" for row in old if row not in new]
        for row in new:
            if row in old:
                lines += [f"{row}: {change}" for change in _differences(old[row], new[row], row)]
        return lines
    if isinstance(now, dict) and isinstance(before, dict):
        keys = [key for key in (*now, *(key for key in before if key not in now)) if now.get(key) != before.get(key)]
        return [f"{key} {_short(before.get(key))} → {_short(now.get(key))}" for key in keys]
    return [f"{name} {_short(before)} → {_short(now)}"]


def _rows(rows):
    """Rows by a name: their first key columns, as many as tell them apart."""
    columns = [key for key in _KEYS if rows and key in rows[0]]
    for count in range(1, len(columns) + 1):
        named = {" ".join(f"{key} {row[key]}" for key in columns[:count]): row for row in rows}
        if len(named) == len(rows):
            return named
    return {f"row {number}": row for number, row in enumerate(rows, 1)}


def _short(value):
    text = (
        {True: "yes", False: "no", None: "nothing", "": "nothing"}.get(value)
        if isinstance(value, bool | str | None)
        else None
    )
    text = str(value) if text is None else text
    return text if len(text) <= 60 else text[:57] + "…"


def _some(items, between=", "):
    shown = between.join(items[:_CHANGES_SHOWN])
    return shown if len(items) <= _CHANGES_SHOWN else f"{shown}{between}and {len(items) - _CHANGES_SHOWN} more"
