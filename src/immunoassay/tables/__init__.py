"""The tables between the steps: contracts in one notation, storage that keeps them, and the codes that stand in them.

Tables of batches and of the study are known by name (TABLES). A figure declares its own in its module, so that a new column of
a figure reruns no batch.
"""

from immunoassay.tables.attempt_order import attempt_order
from immunoassay.tables.log2_units import in_log2, is_log2, linear, lowest
from immunoassay.tables.statuses import ACCEPTED, BELOW, CENSORED, REPORTED, STATUSES, VERDICTS
from immunoassay.tables.storage import (
    TABLES,
    ContractError,
    Parts,
    checked,
    conform,
    copy_as_tsv,
    count,
    empty,
    head,
    plain,
    read,
    read_all,
    read_any,
    read_text,
    read_tsv,
    write,
    write_text,
    write_tsv,
    writer,
)
