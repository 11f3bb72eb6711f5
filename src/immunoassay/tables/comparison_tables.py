"""Tables that compare groups of participants, column by column (see statistic_tables)."""

from immunoassay.tables.notation import Table

TABLES: tuple[Table, ...] = ()
