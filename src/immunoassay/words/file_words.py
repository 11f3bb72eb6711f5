"""What the report page of a study of many plates says of the pages of its batches, and they of themselves."""

from immunoassay.words.language import said

SAY = {
    "files.how": "The study has {plates} plates. This page holds what concerns all of them, and the newest batch, {batch}, "
    "whole. Wells, curves and raw lines of every other batch are in a page of its own, in the folder report_batches "
    "beside this file: keep the two together.",
    "files.marks": "The newest batch: {batch}",
    "files.results": "Of results it holds those of the samples of that batch; all {count} are in "
    "results/study/results.tsv.",
    "files.observations": "Single values are not in this page, which would be too large: they are in "
    "results/study/observations.tsv.",
    "files.of_batch": "This page holds batch {batch} alone: its plates, wells, curves and attempts; grey curves are of its "
    "own earlier plates. What is reported of them, and what all batches say together, is in the",
    "files.report": "Report page",
    "files.elsewhere": "This batch has a page of its own:",
    "files.sample": "Its wells, curves and raw lines are in the pages of the batches:",
    "files.not_held": "This page does not hold the result: all are in results/study/results.tsv.",
    "files.reported": "Which attempt is reported, and why, with its amendments:",
    "files.covers": "This covers what the page holds: batch {batch}.",
    "files.recent": "Of each kit the newest plates are shown; all runs are in results/study/controls.tsv, all curves in the "
    "pages of the batches.",
    "files.unknown": "This page does not hold all attempts of these samples, or not the wells of the plate.",
}


def of_batch(title: str, batch: str) -> str:
    """The title of the page of a batch."""
    return said(f"{title}: batch {batch}")
