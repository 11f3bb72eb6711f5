"""docs/formats.md: every family of exports, from what its reader declares."""

from collections.abc import Iterator

from immunoassay.readers import recognition, registry
from immunoassay.readers.declared import BASES, Declared

FOLDERS = {
    "luminex": "Luminex and Bio-Plex",
    "msd": "Meso Scale Discovery",
    "plate_readers": "Plate readers and ELISA",
    "deliveries": "Delivered results",
}
SAY = """
An export is recognised by its content, never by its name; `format` in the plates sheet is needed only where two readings
are possible. `immunoassay scan DIR` says for every file what it is, and for one that is not read what was found in it
and what is missing.

What is read is one endpoint value per well and analyte, or one delivered result per sample and analyte, each with its
place in the file. Refused, whatever the family: kinetics, spectra and area scans; password-protected, damaged or cut
files; a file in which two readings are possible. A table of results of software that is not listed is read with rows of
the `columns` sheet (`immunoassay new` and `add` draft them).

Of LEGENDplex, Belysa, ProcartaPlex Analyst, MILLIPLEX Analyst and Gyrolab neither a real result table nor a documented
list of its columns was found, so none is claimed: such a table is read where its headings say sample, analyte, value and
unit, or with `columns` rows.

How far each family is known:
"""


def page(made: str) -> str:
    """The Markdown page; `made` is the line that says how it is made."""
    lines = ["# Exports that are read", "", made, *SAY.rstrip().splitlines(), ""]
    lines += [f"- **{name}**: {words}." for name, words in BASES.items()]
    for folder, title in FOLDERS.items():
        lines += ["", f"## {title}", ""]
        lines += ["| software | versions seen | form | known from | `format` |", "|---|---|---|---|---|"]
        own = list(declared(folder))
        for family, each in own:
            basis = each.basis + (f" ({each.source})" if each.source else "")
            cells = (each.software, each.versions or "not stated", each.form, basis, f"`{family}`")
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
        for _, each in own:
            lines += ["", f"**{each.software}**, {each.form}. Read: {each.read}."]
            lines[-1] += f" Refused: {each.refused}." if each.refused else ""
            lines[-1] += f" How to export: {each.export}." if each.export else ""
    return "\n".join(lines) + "\n"


def declared(folder: str) -> Iterator[tuple[str, Declared]]:
    """(family, Declared) of every software of a folder of readers, by software."""
    found = [
        (name, each)
        for name, module in recognition.families().items()
        if (registry.module_of(name) or "").split(".")[2] == folder
        for each in module.DECLARED
    ]
    yield from sorted(found, key=lambda one: (one[1].software.casefold(), one[1].form))


def _cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")
