"""The table of the analysis plan, column by column (see statistic_tables)."""

from immunoassay.tables.notation import Table
from immunoassay.tables.statistic_columns import TOLD, N, P, statistic

TABLES: tuple[Table, ...] = (
    statistic(
        "analysis_plan",
        "planned question x variable: was it run, where does its answer stand; then what else was computed, table by table",
        "item asked variable table",
        f"""
item | Int64 | number | place of the question in the plan of the config; empty: not planned, looked at afterwards
role | str | | primary or secondary
asked | str | | group_comparison, change, association, responders, time_to_event or summary
factor | str | | factor of the comparison
variable | str | | analyte or score
quantity | str | | of a comparison of groups: value, change or adjusted
score | str | | score of an association
visit | str | | visit
table | str | | table of the statistics that holds the answer, or what was looked at
ran | boolean | | the planned question has an answer
n_rows | Int64 | number | rows of the table that answer it; of what was not planned, all other rows
n_tests | Int64 | number | p values in these rows
{N}
{P}
p_adjusted | float64 | probability | p adjusted within its family, or q; p and p_adjusted where one row answers
{TOLD}
""",
    ),
)
