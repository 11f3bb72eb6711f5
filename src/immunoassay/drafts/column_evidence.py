"""How much a column of a list speaks of a role: by what is in it, and by its heading."""

import re
from collections.abc import Collection, Iterator

import pandas as pd
from immunoassay.drafts.list_dates import is_date
from immunoassay.drafts.list_headings import EXACT, is_other_date, says
from immunoassay.drafts.plate_runs import Runs, caseless
from immunoassay.drafts.visit_names import is_visit

SURE = 3.0  # points from which a column has a role; with fewer it is asked

_WELL = re.compile(r"[A-P]0?(?:[1-9]|1\d|2[0-4])", re.I)
_CODE = re.compile(r"(?=.*\d)\S(?:.{0,40}\S)?")
_SPECIMENS = re.compile(
    r"(?:human )?(?:serum|sera|s[eé]rum|suero|plasma|edta|edta[- ]?plasma|heparin(?:[- ]?plasma)?|"
    r"li[- ]?hep|citrate?(?:[- ]?plasma)?|zitratplasma|csf|"
    r"liquor|lcr|urine?|urin|orina|saliva|salive|speichel|supernatant|"
    r"[uü]berstand|surnageant|sobrenadante|whole blood|blood|blut|vollblut|sang|sangre|"
    r"pbmcs?|balf?|lysate?|tissue|cell culture|culture supernatant)(?: ?\(?\w*\)?)?",
    re.I,
)
_SEX = re.compile(
    r"f|m|w|d|h|v|female|male|weiblich|m[aä]nnlich|divers|femme|homme|f[eé]minin|masculin|mujer|hombre|femenino|masculino|other|unknown|u",
    re.I,
)

Claim = tuple[float, str]  # points, evidence


class Known:
    """What the scanned exports know: the names written in them and their Runs; `written` as sample_lists.WRITTEN."""

    def __init__(self, written: pd.DataFrame) -> None:
        self.runs = Runs(written)
        self.names = {caseless(name) for name in written["name"] if name}

    def share(self, values: Collection[str]) -> float:
        """The share of values that are names on plates; 0 for one or two names in many rows, such as numbers of cycles."""
        few = len(set(values)) < 3 and len(values) > 4 * len(set(values))
        return 0.0 if few else sum(caseless(each) in self.names for each in values) / len(values)

    def coverage(self, values: Collection[str]) -> float:
        """The share of the names on plates that are values: a freezer holds more tubes than were measured."""
        return len({caseless(value) for value in values} & self.names) / len(self.names) if self.names else 0.0


def claims(heading: str, column: pd.Series, known: Known) -> Iterator[tuple[str, Claim]]:
    """(role, (points, evidence)) of every role a column could have."""
    values = [value for value in column if value]
    if values:
        for role, judge in _JUDGES.items():
            points, evidence = judge(values, says(role, heading), heading, known)
            if points >= 2:
                yield role, (points, evidence)


def _share(values, test):
    return sum(bool(test(value)) for value in values) / len(values)


def _told(values, share, what):
    return f"{round(share * len(values))} of {len(values)} values are {what}"


def _heading(heading):
    return f'its heading is "{heading}"'


def _is_counted(values):
    """Whether values number the rows: 1, 2, 3 ..."""
    numbers = [int(value) for value in values if value.isdigit()]
    return len(numbers) == len(values) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _run(values, said, heading, known):
    share = known.runs.share(values)
    if share >= 0.5:
        return 5 + said - 0.5 * (known.runs.share(values, of_plates=True) > 0.5), _told(
            values, share, "runs of the exports"
        )
    if share and (said or share >= 0.1):  # the list is of more runs than there are exports
        return SURE + said / 2, _told(values, share, "runs of the exports")
    if said and all(map(known.runs.near, set(values))):
        return SURE + said, _told(values, 1, "like runs of the exports")
    return (2, _heading(heading)) if said == EXACT else (0, "")


def _plate(values, said, heading, known):
    share = known.runs.share(values, of_plates=True)
    return (4 + said, _told(values, share, "plates of the exports")) if share >= 0.5 else (0, "")


def _well(values, said, heading, known):
    share = _share(values, _WELL.fullmatch)
    if not said or share < 0.9 or known.share(values) >= 0.5:  # places in a box look the same
        return 0, ""
    return 2 + said, _told(values, share, "wells")


def _label(values, said, heading, known):
    share, coverage = known.share(values), known.coverage(values)
    if share >= 0.5 or (share and coverage >= 0.1):
        return 5 + share / 2 + 2 * coverage + said / 4, _told(values, share, "names on the plates")
    if share and said:
        return SURE + said, _told(values, share, "names on the plates")
    return (2, _heading(heading)) if said == EXACT else (0, "")


def _tube(values, said, heading, known):
    coded, different = _share(values, _CODE.fullmatch), len(set(values)) / len(values)
    if said == EXACT and coded > 0.5:
        return 3 + different, _heading(heading)
    if coded < 0.9 or different < 0.9 or _is_counted(values) or _share(values, is_date) > 0.5:
        return 0, ""
    return 2 + said, "every value differs" if not said else _heading(heading)


def _participant(values, said, heading, known):
    coded, different = _share(values, _CODE.fullmatch), len(set(values)) / len(values)
    if said:
        return 2 + said + (different < 1), _heading(heading)
    repeated = different <= 0.5 and len(set(values)) > 2 and coded >= 0.9 and _share(values, is_visit) < 0.5
    number = _share(values, lambda value: value.isdigit() and len(value) < 3)
    return (2, f"{len(set(values))} codes, each in several rows") if repeated and number < 0.5 else (0, "")


def _visit(values, said, heading, known):
    share, different = _share(values, is_visit), len(set(values)) / len(values)
    if share >= 0.8 and different <= 0.5:
        return 4 + said, _told(values, share, "names of visits")
    if share >= 0.8 or _share(values, is_date) > 0.5:
        return (2 + said / 2 if said else 0), _heading(heading)
    return (2 + said / 2 if said and different < 0.7 else 0), _heading(heading)


def _date(values, said, heading, known):
    share = _share(values, is_date)
    if share < 0.8 or (all(value.isdigit() for value in values) and not said):
        return 0, ""
    return 4 + said - 2.5 * is_other_date(heading), _told(values, share, "dates")


def _specimen(values, said, heading, known):
    share = _share(values, _SPECIMENS.fullmatch)
    if share >= 0.8:
        return 3 + said, _told(values, share, "kinds of specimen")
    return (SURE, _heading(heading)) if said == EXACT and len(set(values)) <= max(3, len(values) / 10) else (0, "")


def _freeze_thaw(values, said, heading, known):
    small = _share(values, re.compile(r"[1-5]?\d(?:\.0)?(?: ?x)?", re.I).fullmatch)
    return (SURE + said, _heading(heading)) if said and small > 0.5 else (0, "")


def _comment(values, said, heading, known):
    return (SURE, _heading(heading)) if said == EXACT else (0, "")


def _group(values, said, heading, known):
    few = len(set(values)) <= max(4, len(values) / 4) and _share(values, _SPECIMENS.fullmatch) < 0.5
    return (SURE, _heading(heading)) if said and few else (0, "")


def _sex(values, said, heading, known):
    share = _share(values, _SEX.fullmatch)
    return (SURE + said, _heading(heading)) if said == EXACT and share >= 0.8 else (0, "")


def _age(values, said, heading, known):
    years = all(value.isdigit() and int(value) <= 120 for value in values)
    return (SURE + said, _heading(heading)) if said == EXACT and years else (0, "")


_JUDGES = {
    "run": _run,
    "plate": _plate,
    "well": _well,
    "label": _label,
    "tube": _tube,
    "participant": _participant,
    "visit": _visit,
    "date": _date,
    "specimen": _specimen,
    "freeze_thaw": _freeze_thaw,
    "comment": _comment,
    "group": _group,
    "sex": _sex,
    "age": _age,
}
