"""A study of three batches cut out of the demonstration: every kind of step, in the time a kill or a full disk needs."""

import shutil

from .conftest import Study

BATCHES = ("2024-06-vaccine", "2024-06-achr", "2025-06-achr")
# a study table, statistics with permutations, a workbook and figures
TARGETS = (
    "results/study/results.tsv",
    "results/deliverables/study.xlsx",
    "results/figures/figure_5b.svg",
    "results/figures/controls_vaccine.svg",
)


def small_study(folder, code):
    """The study in `folder`; `code` is a copy of the workflow (conftest.copy_code)."""

    shutil.copytree(code / "config", folder / "config")
    for batch in BATCHES:
        shutil.copytree(code / f"resources/demo/raw/{batch}", folder / f"resources/demo/raw/{batch}")
    study = Study(folder, code)
    keep = {"plates.tsv": lambda cells: cells[1] in BATCHES, "amendments.tsv": lambda cells: False}
    for name, wanted in keep.items():
        path = folder / "config" / name
        header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text(header + "".join(row for row in rows if wanted(row.split("\t"))), encoding="utf-8")
    return study


def contents(study):
    """{file: bytes} of everything under results/."""
    return {
        path.relative_to(study.folder).as_posix(): path.read_bytes()
        for path in sorted((study.folder / "results").rglob("*"))
        if path.is_file()
    }
