"""What the headings of a wide table of results say: `IL-6 Calc. Concentration (pg/mL)`, `LLOQ IL-6`, `IL-6 Flag`.

A column whose heading states a unit of results holds the results of the analyte it names. Where it has a column of single
results and columns of their mean, CV or deviation, only the single results are read.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from immunoassay.files.house import RESOURCES
from immunoassay.readers.deliveries.column_proposals import proteins
from immunoassay.readers.written_cells import Row, key, text_at
from immunoassay.study import vocabulary

if TYPE_CHECKING:
    from immunoassay.readers.deliveries.result_columns import Columns

_HEAD = re.compile(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]](\s*[^()\[\]]*)")  # name, what stands in brackets, words behind it
_VALUE = re.compile(
    r"[\s_.:-]*(?:(?:calc(?:ulated)?|final|obs(?:erved)?|adj(?:usted)?|mean|avg|average|measured|interpolated)[\s_.]*)*"
    r"(?:conc(?:entration)?s?|results?|values?|level|quant(?:ity)?|amount)\b\.?",
    re.I,
)
_STATISTIC = re.compile(
    r"(?:^|[^a-z])(mean|avg|average|median|cv|sd|sem|stdev|std|dev|rsd|recovery)(?:[^a-z]|$)|%", re.I
)
_NO_ANALYTE = re.compile(
    r"\b(?:dose|dosage|stimul|spiked|spike-in|volume|input|standard|expected|nominal|curve|slope)", re.I
)
_LOGARITHM = re.compile(r"(?:\b|_)(?:log[ _-]?(?:2|10|e)?|ln)(?:\b|_)", re.I)
_LIMIT = r"(?P<limit>ll?od|ll?oq|uloq|limit of detection|(?:lower |upper )?limit of quanti(?:fication|tation))"
_LIMITS = (re.compile(rf"{_LIMIT}[\s_.:-]+(?P<name>.+)", re.I), re.compile(rf"(?P<name>.+?)[\s_.:-]+{_LIMIT}", re.I))
_STATES = (
    re.compile(
        r"(?P<word>flags?|signs?|operators?|qualifiers?|qc|status|detection range|comments?)[\s_.:-]+(?P<name>.+)", re.I
    ),
    re.compile(r"(?P<name>.+?)[\s_.:-]+(?P<word>flags?|signs?|operators?|qualifiers?|qc|status|detection range)", re.I),
)


@lru_cache(maxsize=1)
def _units():
    return vocabulary.units(RESOURCES["units"])


@lru_cache(maxsize=4096)  # asked for every result of a column
def unit_of(heading: str) -> str:
    """The unit that a heading states in brackets or at its end (`IL6_pg_mL`), "" without any: what stands in brackets is a
    unit where it is known as one or has a slash. That of logarithms (`log10 IL-8 (pg/mL)`) is `log10 pg/mL`, which is none."""
    log = _LOGARITHM.search(heading)
    if log and (unit := unit_of(_LOGARITHM.sub(" ", heading).strip())):
        return f"{log[0].strip(' _')} {unit}"
    match = _HEAD.fullmatch(heading)
    if match and ("/" in match[2] or match[2].strip() in _units()):
        return match[2].strip()
    end = re.fullmatch(r".*?[\s_,;]+([fpnuµμm]?g)[\s_/.]*(?:per[\s_]*)?([mdu]?l)", heading, re.I)
    unit = f"{end[1]}/{end[2]}" if end else re.split(r"[\s,;]+", heading)[-1]
    return unit if "/" in unit and unit in _units() and unit != heading else ""


def is_logarithm(heading: str) -> bool:
    """Whether a heading speaks of logarithms."""
    return bool(_LOGARITHM.search(heading))


def analyte(heading: str) -> str:
    """The analyte that a heading names: without its unit and the words for a result; the heading where nothing is left."""
    name = _named(heading)
    return _VALUE.sub("", name).strip(" _.:-") or name


def _named(heading):
    """A heading without its unit."""
    unit = unit_of(heading)
    match = _HEAD.fullmatch(heading)
    if unit and is_logarithm(heading):
        return heading
    if match and unit:
        return " ".join(f"{match[1]} {match[3].strip()}".split())
    return heading[: -len(unit)].strip(" _.,;") if unit else heading


def by_unit(headings: Mapping[int, str]) -> dict[int, str]:
    """{column: analyte} of the columns of results among headings by position: those with a unit, of which the single results
    go before their means. Empty where a heading without a unit names a protein, or two name one analyte."""
    stated = {at: name for at, name in headings.items() if unit_of(name) in _units() and not _NO_ANALYTE.search(name)}
    names = {at: _VALUE.sub("", _named(name)).strip(" _.:-") for at, name in stated.items()}
    limits = {at for at, name in stated.items() if any(form.fullmatch(_named(name)) for form in _LIMITS)}
    statistics = {at for at, name in stated.items() if _STATISTIC.search(_named(name))}
    single = {at: name for at, name in names.items() if at not in limits | statistics and name}
    means = {
        at: _without_statistic(_named(stated[at])) for at in statistics - limits if "mean" in stated[at].casefold()
    }
    means = {at: name for at, name in means.items() if name and key(name) not in set(map(key, single.values()))}
    found = single or means
    bare = [name for at, name in headings.items() if at not in stated and not _STATISTIC.search(name)]
    bare = [name for name in bare if not any(form.fullmatch(name) for form in (*_LIMITS, *_STATES))]
    return {} if proteins(bare) or len(set(map(key, found.values()))) < len(found) else found


def twice(headings: Mapping[int, str]) -> list[str]:
    """Headings with a unit and without a word for a limit, a mean or a CV, of which an earlier one names the same analyte."""
    names = {at: name for at, name in headings.items() if unit_of(name) in _units() and not _STATISTIC.search(name)}
    names = {at: name for at, name in names.items() if not any(form.fullmatch(_named(name)) for form in _LIMITS)}
    found = [key(analyte(name)) for name in names.values()]
    return [name for place, name in enumerate(names.values()) if found[place] in found[:place]]


def companions(headings: Mapping[int, str]) -> set[int]:
    """Columns that speak of another one of the headings: its limit, its words, its mean or CV."""
    names = {at: key(_named(name)) for at, name in headings.items()}
    found = set()
    for at, heading in headings.items():
        name = _named(heading)
        rests = [match["name"] for form in (*_LIMITS, *_STATES) if (match := form.fullmatch(name))]
        rests += [_STATISTIC.sub(" ", name).strip(" _.:-")] if _STATISTIC.search(name) else []
        found |= (
            {at} if {key(rest) for rest in rests} & {each for other, each in names.items() if other != at} else set()
        )
    return found


def by_unit_row(headings: Mapping[int, str], below: Row) -> dict[int, str]:
    """{column: analyte} of the columns below whose headings a row of units stands; {} where a cell of it is something else."""
    cells = {at: text.strip("()[] ") for at in headings if (text := text_at(below, at))}
    units = {at: headings[at] for at, text in cells.items() if text in _units()}
    return units if len(units) > 1 and len(units) == len(cells) else {}


def _without_statistic(name):
    return _STATISTIC.sub(" ", _VALUE.sub(" ", name)).strip(" _.:-")


def beside(columns: "Columns") -> None:
    """Gives the free columns of a wide table that name one of its analytes their meaning: its limits, its words."""
    known = {key(each): each for each in columns.wide.values()}
    if not known:
        return
    for at in [*columns.free(), *(place for place in columns.states if place not in columns.given)]:
        name = _named(columns.names[at])
        for form in _LIMITS:
            match = form.fullmatch(name)
            if match and key(match["name"]) in known and at not in columns.states:
                columns.limits[(_limit(match["limit"]), known[key(match["name"])])] = at
                break
        for form in _STATES:
            match = form.fullmatch(name)
            if match and key(match["name"]) in known:
                columns.states[at] = True
                columns.of_analyte[at] = known[key(match["name"])]
                break


def _limit(words):
    bare = key(words)
    if bare.startswith("u"):
        return "uloq"
    return "lod" if bare in ("lod", "llod", "limitofdetection") else "lloq"
