"""The table of batches that a second person approved."""

from immunoassay.tables.notation import table

APPROVALS = table(
    "approvals",
    "one batch, and whether a second person approved it as it is",
    "batch",
    """
batch | str | | assay delivery
sha256 | str | | checksum of the batch as it is: of its attempts, its amendments and its raw files
state | str | | approved, changed (since it was), second_person_needed (who approved it measured or amended it), not_approved
who | str | | who approved it
when | str | | date of the approval
approved_sha256 | str | | checksum of the batch as it was approved
comment | str | | what was looked at
""",
)
