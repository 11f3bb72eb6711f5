"""What names in a maker's table say: which wells are controls, and which assay an analyte is."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from immunoassay.readers import sources
from immunoassay.readers.written_cells import key

_ROLES = {  # of a word for a kind of well
    **dict.fromkeys(("sample", "samples", "unknown", "bridge", "bridgesample"), None),
    **dict.fromkeys(("negativecontrol", "negcontrol", "negctrl", "nc"), "blank"),
    **dict.fromkeys(("control", "samplecontrol", "platecontrol", "interplatecontrol"), "control"),
    **dict.fromkeys(("sc", "pc", "ipc", "aqsc", "aqipc", "controlsample"), "control"),
    "calibrator": "standard",
}
_OF_NAMES = {  # words that are taken for a control without a column of sample types; `Control 3` may be a healthy person
    *("nc", "negativecontrol", "negcontrol", "negctrl", "pc", "platecontrol", "ipc", "interplatecontrol"),
    *("sc", "samplecontrol", "controlsample"),
}
POSITION = re.compile(r"^[A-H]_(?:0[1-9]|1[0-2])_(?=\S)")  # of a plate, before the names of samples of NULISAseq
_INTERNAL = re.compile(r"(?:(?:inc|det|ext|amp)ctrl|(?:incubation|detection|extension|amplification)control)[0-9]*")
_MOST_OF_A_KIND = 9  # control wells of one kind on a plate; more of a name are samples of a study that numbers them so


def roles_of_kinds(kinds: Sequence[str]) -> tuple[list[str | None], set[str]]:
    """(role of every word for a kind of well, words that are not known)."""
    unknown = {kind for kind in set(kinds) if kind and key(kind) not in _ROLES}
    known = {kind: _ROLES.get(key(kind)) for kind in set(kinds)}
    return [known[kind] for kind in kinds], unknown


def is_internal(assay: str) -> bool:
    """Whether an assay of Olink is an internal control, which every sample has: `Inc Ctrl 1`, `Extension control 2`."""
    return bool(_INTERNAL.fullmatch(key(assay)))


def roles_of_names(names: Sequence[str]) -> tuple[list[str | None], list[str]]:
    """(role of every sample name, the names taken for controls): `NC`, `IPC 2`, `Neg. Ctrl`, `CONTROL_SAMPLE_AS 1`.

    A short name with a number counts as a control only where no higher number is used: `NC_12` is a sample of a study.
    """
    stems: dict[str, tuple[str, int]] = {}
    for name in set(names):
        bare = key(POSITION.sub("", name))
        stem = bare.rstrip("0123456789")
        if bare.startswith("controlsample"):
            stem, bare = "controlsample", "controlsample"
        if stem in _OF_NAMES:
            stems[name] = (stem, int(bare[len(stem) :] or 0))
    numbered = {stem for stem, number in stems.values() if number > _MOST_OF_A_KIND}
    roles = {name: _ROLES[stem] for name, (stem, _) in stems.items() if stem not in numbered}
    return [roles.get(name) for name in names], sorted(roles)


def flag_controls(source: sources.Source, sheet: str, names: Collection[str], row: int) -> None:
    """A FLAG that names samples taken for controls by their names."""
    if names:
        shown = ", ".join(sorted(names)[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        source.flag(
            "W-READ-004", f"{len(names)} names taken for controls: {shown}",
            "the table has no column of sample types; they are kept as controls, not as results of samples",
            "nothing; if they are samples, ask for the table with its column of sample types", sheet=sheet, row=row,
        )  # fmt: skip


def analyte_names(
    source: sources.Source,
    sheet: str,
    names: Sequence[str],
    identifiers: Sequence[str],
    rows: Sequence[int],
    proteins: Sequence[str] = (),
) -> list[str]:
    """Names of analytes: that of the assay, with the identifier where several share it in the file: `IL6 (OID20101)`.

    FLAGs name such assays, and identifiers or proteins (UniProt) that go by several names. `rows` are those of the names in
    the file.
    """
    pairs = list(zip(names, identifiers, strict=True))
    places = Counter(pairs)
    of_name, of_identifier = defaultdict(list), defaultdict(list)
    for name, identifier in places:
        if identifier:
            of_name[name].append(identifier)
            of_identifier[identifier].append(name)
    several = {name: found for name, found in of_name.items() if len(found) > 1}
    first = dict(zip(reversed(pairs), reversed(rows), strict=True))
    if several:  # those with the rarest identifier first: it may be a slip
        rarest = {name: min(found, key=lambda each: places[name, each]) for name, found in several.items()}
        ordered = sorted(several, key=lambda name: places[name, rarest[name]])
        shown = ", ".join(f"{name} ({', '.join(several[name])})" for name in ordered[:6])
        more = f" and {len(several) - 6} more" if len(several) > 6 else ""
        source.flag(
            "W-DLV-061", f"names that stand for several assays: {shown}{more}",
            "each is an analyte of its own, named with its identifier",
            "name them so in names_in_export of the analytes sheet", sheet=sheet, row=first[ordered[0], rarest[ordered[0]]],
        )  # fmt: skip
    for identifier, found in of_identifier.items():
        _flag_names(source, sheet, identifier, found, first[found[-1], identifier])
    of_protein: dict[str, Counter[str]] = defaultdict(Counter)
    for (name, protein), count in Counter(zip(names, proteins, strict=True)).items() if proteins else ():
        of_protein[protein][name] += count
    at = dict(zip(reversed(names), reversed(rows), strict=True))
    for protein, counts in of_protein.items():
        usual = [name for name, _ in counts.most_common()]  # the rarest last: it may be a slip
        if protein:
            _flag_names(source, sheet, protein, usual, at[usual[-1]])
    called = {
        (name, identifier): f"{name} ({identifier})" if name in several and identifier else name or identifier
        for name, identifier in places
    }
    return [called[pair] for pair in pairs]


def _flag_names(source, sheet, what, names, row):
    """A FLAG for an assay or a protein that goes by several names; the last stands in `row`."""
    if len(names) > 1:
        source.flag(
            "E-READ-010", f"{what} is called {' and '.join(names[-4:])}", "one of the names may be wrong",
            "compare with the laboratory's list of assays; nothing if it measures each", sheet=sheet, row=row,
        )  # fmt: skip
