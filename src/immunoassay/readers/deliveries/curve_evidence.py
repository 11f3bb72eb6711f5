"""Whether printed concentrations are multiplied by the dilution beside them, where a file states signal and curve too.

A Simoa run history prints AEB, 4PL coefficients A, B, C, D with AEB = D + (A - D) / (1 + (x / C)^B), the concentration and
the total dilution: the concentration is x, or x times the dilution.
"""

from immunoassay.readers import sources, written_cells
from immunoassay.readers.deliveries.column_questions import Table
from immunoassay.readers.deliveries.result_columns import Columns
from immunoassay.readers.written_cells import key

SIGNAL, VALUE, COEFFICIENTS, DILUTION = "replicateaeb", "replicateconc", "fitcoefficients", "totaldilution"
ENOUGH, TOLERANCE = 3, 0.01  # rows that agree; relative difference


def settle(source: sources.Source, sheet: str, found: Columns, table: Table) -> None:
    """Gives the dilution its meaning where every row of the file that can tell says the same, three or more; flags how it is
    known. Nothing where the sheet has said it."""
    places = {key(name): at for at, name in enumerate(found.names)}
    if not {SIGNAL, VALUE, COEFFICIENTS, DILUTION} <= places.keys() or places[DILUTION] not in found.free():
        return
    said = [each for line in table.lines if (each := _applied(source, line, places)) is not None]
    if len(said) < ENOUGH or len(set(said)) > 1:
        return
    at = places[DILUTION]
    if said[0]:
        found.kept.add(at)
    else:
        found.roles["dilution"] = at
    source.flag(
        "W-DLV-006", f"{found.names[at]}: the results are {'' if said[0] else 'not '}multiplied by it",
        f"{len(said)} results are their signals on the curve the file states{' times the dilution' if said[0] else ''}",
        "nothing; otherwise say it in the columns sheet", row=found.at + 1, sheet=sheet, column=found.names[at],
    )  # fmt: skip


def _applied(source, line, places):
    """Whether the dilution of a row is in its concentration; None where the row cannot tell."""
    signal, value = (source.number(written_cells.at(line, places[name])) for name in (SIGNAL, VALUE))
    dilution = written_cells.dilution(written_cells.at(line, places[DILUTION]), source.decimal)
    parts = [source.number(each.strip()) for each in written_cells.text_at(line, places[COEFFICIENTS]).split(", ")]
    if (
        not signal
        or not value
        or not dilution
        or abs(dilution - 1) <= 3 * TOLERANCE
        or len(parts) != 4
        or None in parts
    ):
        return None
    low, slope, middle, high = parts
    share = (signal - low) / (high - signal) if high != signal else 0.0
    if share <= 0 or not slope or middle <= 0:
        return None
    x = middle * share ** (1 / slope)
    ratios = {factor: abs(value / (x * factor) - 1) for factor in (1.0, dilution)}
    best = min(ratios, key=lambda factor: ratios[factor])
    return best == dilution if ratios[best] <= TOLERANCE else None
