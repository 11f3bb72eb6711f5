"""Reference values of other software, small tables in tests/reference; its README names the source of each."""

import csv
import json
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent / "reference"


def curves(name):
    """A table of tests/reference/calibration as a frame."""
    return pd.read_csv(FOLDER / f"calibration/{name}.tsv", sep="\t")


def statistics(name):
    """A JSON file of tests/reference/statistics."""
    return json.loads((FOLDER / f"statistics/{name}.json").read_text(encoding="utf-8"))


def rows_of(name):
    """The rows of a table of tests/reference/statistics, as {column: text}."""
    with (FOLDER / f"statistics/{name}.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))
