"""What must not leave the study with the report page: names of people, dates of birth, and codes where participants are not
reported.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from immunoassay import tables
from immunoassay.files import texts

WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
# what looks personal, with the rest of the date or number
PERSONAL = [re.compile(rf"(?:{pattern.pattern})[\w./-]*", pattern.flags) for pattern, _ in texts.PERSONAL]
PART = re.compile(r"([_.-])")
NAMED = ["role", "sample_written", "sample_id"]
TABLES = {
    "wells": "well",
    "delivered": "record",
}  # with names as written -> where on a plate or in a delivery one stands
# columns that name other things than people, whose names may be the same
THINGS = {
    *(
        "batch",
        "plate",
        "panel",
        "well",
        "wells",
        "analyte",
        "unit",
        "status",
        "verdict",
        "role",
        "level",
        "rule",
        "model",
    ),
    *("variable", "kind", "visit", "course", "kit_lot", "file_sha256", "run_date", "score", "group", "family"),
}


class Mask:
    """Texts with names replaced: `personal` {name as written: what stands for it}, `hidden` {code: what stands for it}.

    `masked` stands for whatever else looks personal in a text.
    """

    def __init__(self, personal: Mapping[str, str], hidden: Mapping[str, str], masked: str) -> None:
        self.hidden, self.masked = hidden, masked
        self.personal = dict(sorted(personal.items(), key=lambda item: -len(item[0])))  # a name may begin another

    def text(self, text: str) -> str:
        """One text without what is hidden, or looks like personal data."""
        if text in self.personal:
            return self.personal[text]
        for name, instead in self.personal.items():
            text = text.replace(name, instead)
        for pattern in PERSONAL:
            text = pattern.sub(self.masked, text)
        return WORD.sub(lambda word: self._word(word[0]), text) if self.hidden else text

    def _word(self, word):
        """A word with the codes that it, or parts of it between dashes, dots and lines, are."""
        if word in self.hidden:
            return self.hidden[word]
        parts = PART.split(word)
        for length in range(len(parts) - 2, 0, -2):
            for start in range(0, len(parts) - length + 1, 2):
                code = "".join(parts[start : start + length])
                if code in self.hidden:
                    before, after = "".join(parts[:start]), "".join(parts[start + length :])
                    return self._rest(before) + self.hidden[code] + self._rest(after)
        return word

    def _rest(self, text):
        return WORD.sub(lambda word: self._word(word[0]), text)

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with every text column masked but those that name other things."""
        columns = {}
        for name in frame.columns:
            series = frame[name]
            if name not in THINGS and series.dtype in ("str", "object"):
                columns[name] = series.map({text: self.text(str(text)) for text in series.dropna().unique()})
        return frame.assign(**columns)

    def document(self, value: Any) -> Any:
        """Dictionaries, lists and texts, masked all through; keys stay."""
        if isinstance(value, dict):
            return {name: self.document(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.document(each) for each in value]
        return self.text(value) if isinstance(value, str) else value


def look_personal(written: Iterable[str], known: Collection[str]) -> set[str]:
    """The names of samples, as written, that look like a person's or hold a date of birth; `known` names are cleared."""
    return {name for name in written if name not in known and texts.personal(name, code=True)}


def names(paths: Mapping[str, Iterable[str | Path]]) -> dict[str, pd.DataFrame]:
    """{table: the first row of each different role, sample_written and sample_id, with its place} of the files of TABLES."""

    def first(frame):
        return tables.plain(frame.drop_duplicates(NAMED))

    columns = {name: [*NAMED, "plate", place] for name, place in TABLES.items()}
    return {
        name: pd.concat(tables.Parts(own, name, columns[name], first, columns[name])) for name, own in paths.items()
    }


def of_study(
    sheets: Mapping[str, list[dict]],
    cleared: Collection[str],
    frames: Mapping[str, pd.DataFrame],
    reported: bool,
    words: tuple[str, Callable[[str, str], str], Callable[[int], str], Callable[[int], str]],
) -> Mask:
    """The mask of a study: `sheets` has rows of samples and participants, `cleared` the names of the names sheet.

    `frames` are the wells and delivered rows, or the names in them; `reported` is report_participants; `words` are those
    for what looks personal, for a name by the plate and place where it stands first (which the page of a batch knows as
    well as the one of the study), and for the number of a sample and a participant in its sheet.
    """
    masked, named, sample, participant = words
    known = {row["sample_id"] for row in sheets["samples"]} | set(cleared)
    places: dict[str, str] = {}
    for table, place in TABLES.items():
        tubes = frames[table][frames[table]["role"] == "sample"]
        for column in ("sample_written", "sample_id"):
            first = tubes.dropna(subset=[column]).drop_duplicates(column)
            for name, *where in zip(first[column], first["plate"], first[place], strict=True):
                places.setdefault(name, named(*where))
    personal = {name: places[name] for name in look_personal(places, known)}
    hidden = {} if reported else {
        **{row["participant"]: participant(at) for at, row in enumerate(sheets["participants"], 1)},
        **{row["sample_id"]: sample(at) for at, row in enumerate(sheets["samples"], 1)},
    }  # fmt: skip
    return Mask(personal, hidden, masked)
