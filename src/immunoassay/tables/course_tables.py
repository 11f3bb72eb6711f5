"""Tables of the whole course of a participant, column by column (see statistic_tables)."""

from immunoassay.tables.notation import Table

TABLES: tuple[Table, ...] = ()
