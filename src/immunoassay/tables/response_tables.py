"""Tables of responders, events, titres and diagnostics, column by column (see statistic_tables)."""

from immunoassay.tables.notation import Table

TABLES: tuple[Table, ...] = ()
