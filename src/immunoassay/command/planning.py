"""All that a run is planned with, made once in the main process: the study, checksums, families of exports, code digests."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from immunoassay.jobs import digest, fingerprint, handover
from immunoassay.figures import contracts
from immunoassay.problems import StudyError
from immunoassay.readers import recognition, registry
from immunoassay.readers.export import NotReadable
from immunoassay.study import load, own, rule_rows
from immunoassay.study.members import Cells, Plate

CODE = f"{handover.HIDDEN}/code.json"
FIGURES = "immunoassay.figures"
FAMILIES = f"{handover.HIDDEN}/families.json"


@dataclass(frozen=True)
class Plan:
    """What rules are planned with.

    `faults` is why the study cannot run, "" when it can; `checksums` maps paths of the study to sha256; `families` maps
    raw files to the one family that recognises them, or None; `digests` maps scripts, and read_batch with its families,
    to the digest of their code.
    """

    study: load.Study
    faults: str
    checksums: dict
    families: dict
    digests: dict
    package: str

    def format(self, plate: Plate) -> str:
        """The format of a plate: as written, else the family of its file, else ""; of a laboratory's delivery always one."""
        found = plate.format or self.families.get(plate.file) or ""
        delivered = any(each.panel == plate.panel and each.platform == "laboratory" for each in self.study.panels)
        return registry.TABLE if delivered and not registry.is_delivery(found) and not plate.format else found

    def reading(self, batch: str) -> Cells:
        """What read_batch takes from the sheets, with the format of every plate."""
        plates = [{**plate.cells(), "format": self.format(plate)} for plate in self.study.by_batch[batch]]
        return rule_rows.reading(self.study, batch) | {"plates": plates}

    def code(self, script: str, batch: str | None = None, figures: Sequence[str] = ()) -> str:
        """Digest of a script's code: of reading a batch with its own readers only; of drawing, one with each of `figures`."""
        if figures:
            return " ".join(self.digests[(script, f"{FIGURES}.{each}")] for each in figures)
        return self.digests[(script, *(_modules(self, batch) if batch else ()))]


def plan(
    config: dict,
    scripts: dict[str, str],
    main: bool,
    name: str,
    hosted: bool = False,
    base: str | Path = ".",
) -> Plan:
    """The Plan of the study in `base`: made and left for its jobs in the main process, taken from there in the others.

    `scripts` maps the name of every script to its file. A `hosted` study belongs to another workflow, which its faults
    never stop: they wait in the plan. Raises StudyError for the faults of one that is not hosted.
    """
    if not main:
        return handover.take(name, base)
    try:
        found = _made(load.load_study(config, base, own_file=not hosted), scripts, base)
    except StudyError as error:
        if not hosted:
            raise
        found = Plan(load.empty(base), str(error), {}, {}, {}, "")
    handover.leave(found, name, base)
    return found


def _made(study, scripts, base):
    used = {path for plate in study.plates for path in (plate.file, plate.layout) if path}
    checksums = fingerprint.checksums([*study.sheet_files.values(), *own.files(study.base), *used], base)
    digests = digest.Digests()
    scanner = f"{fingerprint.sha256(digest.__file__)} {sys.version_info[:2]}"
    trees = fingerprint.remembered([*digests.files(), *scripts.values()], digest.scan, base, CODE, scanner)
    digests.scanned = lambda path: trees[str(path)]
    readers = digests.of_script(scripts["read_batch"], [module.__name__ for module in recognition.families().values()])
    unnamed = [plate.file for plate in study.plates if not plate.format]
    families = fingerprint.remembered(unnamed, _family, base, FAMILIES, readers)
    code = {(script,): digests.of_script(path) for script, path in scripts.items()}
    figures = contracts.modules()
    for name in ("draw_figures", "draw_page"):
        code |= {(name, module): digests.of_script(scripts[name], [module]) for module in figures}
    # the dictionary in workbook, source data and report pages holds the tables of all figures
    for name in ("write_workbook", "write_source_data", "write_report", "write_batch_report"):
        code[(name,)] = digests.of_script(scripts[name], figures)
    found = Plan(study, "", checksums, families, {}, digests.of_package())
    for batch in study.batches:
        modules = _modules(found, batch)
        if ("read_batch", *modules) not in code:
            code[("read_batch", *modules)] = digests.of_script(scripts["read_batch"], modules)
    found.digests.update(code)
    return found


def _family(path):
    """The one family that recognises a file; None where none or several do, or it cannot be opened."""
    try:
        names = recognition.recognise(path)
    except NotReadable:
        return None
    return names[0] if len(names) == 1 else None


def _modules(plan, batch):
    """Modules of the readers of a batch; those of all families where one of its files is of no known family."""
    names = {plan.format(plate) for plate in plan.study.by_batch[batch]}
    places = {registry.module_of(name) for name in names}
    if None in places:
        places = {registry.module_of(name) for name in recognition.families()}
    return tuple(sorted(places))
