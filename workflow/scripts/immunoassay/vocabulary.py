"""Vocabularies shipped with the workflow: units, clinical scales and acceptance criteria sets."""

import csv
from fractions import Fraction
from pathlib import Path

import yaml


class Units:
    """The allow-list of units: spellings, what they mean, and exact factors between units of one dimension."""

    def __init__(self, path):
        with open(path, newline="", encoding="utf-8") as handle:
            rows = list(csv.DictReader(handle, delimiter="\t"))
        self.canonical = {row["written"]: row["unit"] for row in rows}
        self.dimension = {row["written"]: row["dimension"] for row in rows}
        self._scale = {row["written"]: Fraction(row["factor"]) for row in rows}

    def same(self, one, other):
        """Whether two spellings name the same unit. Unknown spellings are never the same as anything."""
        return one in self.canonical and self.canonical[one] == self.canonical.get(other)

    def factor(self, written, target):
        """A value in `written` times this factor is the value in `target`; None when the two cannot be converted."""
        if written not in self._scale or self.dimension[written] != self.dimension.get(target):
            return None
        return float(self._scale[written] / self._scale[target])


def scales(path):
    """Clinical scales by name: label, minimum, maximum, worse, mcid and minimal_symptom_max (None if not settled)."""
    with open(path, newline="", encoding="utf-8") as handle:
        rows = csv.DictReader(handle, delimiter="\t")
        return {
            row["scale"]: {
                "label": row["label"],
                "minimum": int(row["minimum"]),
                "maximum": int(row["maximum"]),
                "worse": row["worse"],
                "mcid": float(row["mcid"]) if row["mcid"] else None,
                "minimal_symptom_max": float(row["minimal_symptom_max"]) if row["minimal_symptom_max"] else None,
            }
            for row in rows
        }


def criteria(path):
    """One acceptance criteria set; fractions stay text ("2/3") and are read exactly where they are used."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))
