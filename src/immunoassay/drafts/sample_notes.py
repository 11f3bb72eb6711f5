"""What a person should know of the rows that a list of tubes gave, in sentences."""

from immunoassay.drafts.sample_rows import SampleDraft
from immunoassay.problems import few

WHY = {
    "no_run": "name a run that is none of the exports",
    "not_on_plate": "name nothing on a plate",
    "several_plates": "have a label that stands on several plates, and no run",
    "contradicted": "give one label of a run to another tube than an earlier row",
    "overruled": "name a standard, control or blank of the export",
    "empty": "have neither label nor tube",
}
SHOWN = 5


def sample_notes(draft: SampleDraft) -> list[str]:
    """Sentences on rows without a well, names without a row, and whatever was spelled or read otherwise."""
    counts, notes = draft.counts, []
    if draft.recognised.columns:
        earlier = f", {counts['earlier']} are of earlier deliveries" if counts["earlier"] else ""
        notes.append(f"list of tubes: {counts['matched']} of {counts['listed']} rows found on plates{earlier}")
    if draft.runs:
        notes.append(f"runs of the list: {few([f'{run} is {plate}' for run, plate in draft.runs.items()], SHOWN)}")
    for reason, rows in draft.unmatched.groupby("reason", sort=False):
        named = "run" if reason == "no_run" else "label"
        shown = [
            f"row {row['row']} {row[named] or row['tube']}" + (f" ({row['near']} on the plate?)" if row["near"] else "")
            for row in sorted(rows.to_dict("records"), key=lambda each: not each["near"])
        ]
        notes.append(f"rows of the list that {WHY[str(reason)]}, {len(rows)}: {few(shown, SHOWN)}")
    if len(draft.unlisted):
        shown = [f"{row['name']} on {row['plate']}" for row in draft.unlisted.to_dict("records")]
        notes.append(f"names on plates that are not in the list, {len(shown)}: {few(shown, SHOWN)}")
    if counts["dates_unread"]:
        notes.append(f"cells of the list that are no date, left empty: {counts['dates_unread']}")
    if len(draft.respelled):
        shown = [f"{row['label']} for {row['name']}" for row in draft.respelled.to_dict("records")]
        notes.append(f"labels found though spelled otherwise, {len(shown)}: {few(shown, SHOWN)}")
    for row in draft.contradictions.head(SHOWN).to_dict("records"):
        notes.append(f"{row['key']} has several values of {row['column']}: {row['found']}; left empty")
    if len(draft.renamed):
        shown = [f"{row['written']} is {row['id']}" for row in draft.renamed.to_dict("records")]
        notes.append(f"names written as the sheets allow them, {len(shown)}: {few(shown, SHOWN)}")
    if len(draft.left_out):
        places = [f"row {row['row']} {row['column']}" for row in draft.left_out.to_dict("records")]
        notes.append(f"cells left out, as they may hold personal data, {len(places)}: {few(places, SHOWN)}")
    lacking = draft.samples[(draft.samples["participant"] == "") | (draft.samples["visit"] == "")]
    if len(lacking):
        tubes = few(list(lacking["sample_id"]), SHOWN)
        notes.append(f"{len(lacking)} of {len(draft.samples)} samples have no participant or visit yet: {tubes}")
    return notes
