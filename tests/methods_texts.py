"""Methods texts of tables that are nearly the same: frames, and the sections made of them, are made once."""

from contextlib import contextmanager

import pandas as pd
import pytest
from immunoassay.tables.statistic_tables import STATISTICS
from immunoassay.words import methods, sentences, statistics_words

SECTIONS = {
    methods: ("whole", "_plan", "_changes"),
    sentences: ("standing",),
    statistics_words: ("associations", "longitudinal", "multiplicity", "prediction", "summaries"),
}


def once(function):
    """The function, asked once for the same settings and frames."""
    known = {}

    def asked(*given):
        key = identity(given)
        if key not in known:
            known[key] = given, function(*given)  # what was given is kept, so that no other frame gets its identity
        return known[key][1]

    return asked


def identity(value):
    """What tells one argument from another: a frame is itself, all else what it says."""
    if isinstance(value, pd.DataFrame):
        return id(value)
    if isinstance(value, dict):
        return tuple((name, identity(each)) for name, each in value.items())
    return tuple(map(identity, value)) if isinstance(value, tuple | list) else repr(value)


@once
def frame(name, rows):
    """A table of the statistics of some rows, as it is read."""
    table = STATISTICS[name]
    assert not {column for row in rows for column in row} - set(table.columns), name
    return pd.DataFrame(rows).reindex(columns=list(table.columns)).astype(table.types)


@contextmanager
def sections_once():
    """Within it, a section whose tables and settings are known is not written again; the text is put together anew."""
    with pytest.MonkeyPatch.context() as patch:
        for place, names in SECTIONS.items():
            for name in names:
                patch.setattr(place, name, once(getattr(place, name)))
        yield
