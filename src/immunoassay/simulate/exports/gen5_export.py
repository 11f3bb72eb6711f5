"""Gen5 text export of one or several ELISA plates: matrices of raw absorbance; the layout lies in the plate map."""

from datetime import date
from pathlib import Path

from immunoassay.simulate.assay import ROWS, Plate
from immunoassay.simulate.exports import SIMULATED
from immunoassay.simulate.generators import generator


def write(plates: list[Plate], path: Path) -> None:
    """Write the plates, in order, as `Plate 1`, `Plate 2`, … of one file."""
    lines = [line for number, plate in enumerate(plates, 1) for line in _plate(plate, number, path.stem)]
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())


def _plate(plate, number, name):
    day = date.fromisoformat(plate.run_date)
    yield from ["", "", "Software Version\t3.12.08", "", "", ""]
    yield f"Experiment File Path:\tSIMULATED\\{name}.xpt"
    yield f"Protocol File Path:\t{SIMULATED}.prt"
    yield from ["", "", ""]
    yield f"Plate Number\tPlate {number}"
    yield f"Date\t{day.month}/{day.day}/{day.year}"
    yield f"Time\t{1 + number}:15:04 PM"
    yield from ["Reader Type:\tSIMULATED", "Reader Serial Number:\tSIMULATED", "Reading Type\tReader", ""]
    yield from ["Procedure Details", "", "Plate Type\t96 WELL PLATE (Use plate lid)", "Eject plate on completion\t"]
    yield from ["Read\tAbsorbance Endpoint", "\tFull Plate", "\tWavelengths:  450"]
    yield from ["\tRead Speed: Normal,  Delay: 100 msec,  Measurements/Data Point: 8", ""]
    yield from ["Results", "\t" + "\t".join(map(str, range(1, 13)))]
    for letter, row in zip(ROWS, _matrix(plate), strict=True):
        yield "\t".join([letter, *(f"{value:.3f}" for value in row), "450"])
    yield ""


def _matrix(plate):
    """Absorbance of all 96 wells; an empty well reads the plastic of the plate."""
    matrix = 0.044 + 0.001 * generator("empty wells", plate.name).standard_normal((8, 12))
    for well, value in zip(plate.wells["well"], plate.signal[:, 0], strict=True):
        matrix[ROWS.index(well[0]), int(well[1:]) - 1] = value
    return matrix
