"""Luminex xPONENT CSV of one plate."""

import zlib
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from immunoassay.simulate.assay import Plate
from immunoassay.simulate.exports import SIMULATED, column, plain


def text(plate: Plate) -> str:
    """The export as text (CRLF line ends): header, blocks of wells, side tables and the check sum at its end."""
    writer = _Writer(plate)
    body = "".join('"' + '","'.join(row) + '"\r\n' if row else "\r\n" for row in writer.rows())
    return f"{body}-- CRC --\r\nCRC32: {zlib.crc32(body.encode()):08X}\r\n"


def write(plate: Plate, path: Path) -> None:
    """Write the export to a file."""
    path.write_bytes(text(plate).encode())


def _moment(date, minutes):
    moment = datetime.fromisoformat(date) + timedelta(hours=13, minutes=minutes)
    clock = f"{moment.hour - 12}:{moment.minute:02d}"
    return f"{moment.month}/{moment.day}/{moment.year}", f"{clock}:00 PM", f"{moment:%m/%d/%Y}", f"{clock} PM"


class _Writer:
    def __init__(self, plate):
        self.plate = plate
        wells = plate.wells
        self.names = [analyte.written for analyte in plate.analytes]
        self.samples = [self._sample(*row) for row in zip(wells["role"], wells["sample"], wells["level"], strict=True)]
        self.locations = [f"{number}(1,{column(well)})" for number, well in enumerate(wells["well"], 1)]
        self.totals = [str(total) for total in plate.counts.sum(axis=1)]
        inside = plate.net_curve.concentration(plate.net)  # in the well; of blanks nothing is said
        inside[plate.rows("blank")] = np.nan
        standards = plate.expected[plate.rows("standard")]
        self.lowest, self.highest = standards.min(axis=0), standards.max(axis=0)
        self.below, self.above = np.isneginf(inside), np.isposinf(inside)
        self.extrapolated = ~self.below & ~self.above & ((inside < self.lowest) | (inside > self.highest))
        dilution = np.where(wells["role"] == "sample", wells["dilution"], 1.0)[:, None]
        self.inside, self.result = inside, inside * dilution

    @staticmethod
    def _sample(role, sample, level):
        if role == "blank":
            return "Background0"
        return {"sample": sample, "standard": f"Standard{level[1:]}", "control": level}[role]

    def rows(self):
        yield from self._header()
        yield from self._block("Median", self._numbers(self.plate.signal))
        yield from self._block("Net MFI", self._numbers(self.plate.net))
        yield from self._block("Count", self._numbers(self.plate.counts))
        yield from self._block("Result", self._results())
        yield from self._block("Comments", self._comments())
        yield from self._recovery()
        names = self.names
        yield from [["DataType:", "Units"], ["Analyte:", *names], ["BeadID:", *self._regions()]]
        yield ["Units:", *(analyte.standard_unit or analyte.unit for analyte in self.plate.analytes)]
        yield []
        for title, role, factor in (
            ("Standard Expected Concentration", "standard", 1),
            ("Control Expected Concentration", "control", 1),
            ("Control Range - Low", "control", 0.75),
            ("Control Range - High", "control", 1.25),
        ):
            yield from self._reagents(title, role, factor)
        yield from [["DataType:", "Per Bead Count"], ["Analyte:", *names], ["BeadID:", *self._regions()]]
        yield ["Per Bead:", *["50"] * len(names)]
        yield []
        yield from [["DataType:", "Dilution Factor"], ["Location", "Sample", "Dilution Factor"]]
        factors = zip(self.plate.wells["role"], self.plate.wells["dilution"], strict=True)
        written = {"sample": plain, "control": lambda factor: "1"}
        for location, sample, (role, factor) in zip(self.locations, self.samples, factors, strict=True):
            yield [location, sample, written.get(role, lambda factor: "")(factor)]
        yield []
        yield from self._curves()
        yield from [["DataType:", "Audit Logs"], ["UserId", "Date", "Message"], []]
        yield from self._warnings()

    def _header(self):
        plate = self.plate
        date, start, padded, clock = _moment(plate.run_date, 5)
        _, stop, _, _ = _moment(plate.run_date, 52)
        count = str(len(self.names))
        yield from [["Program", "xPONENT", "", "MAGPIX"], ["Build", "4.3.229.0"], ["Date", padded, clock], []]
        yield from [["SN", "SIMULATED-MAGPIX"], ["Batch", plate.name], ["Version", "1"], ["Operator", plate.operator]]
        yield from [["ComputerName", "SIMULATED"], ["Country Code", "409"], ["ProtocolName", plate.panel.label]]
        yield from [["ProtocolVersion", "1"], ["ProtocolDescription", SIMULATED], ["ProtocolDevelopingCompany", "None"]]
        yield from [["SampleVolume", "50 uL"], ["DDGate", "5000 to 25000"], ["SampleTimeout", "60 sec"]]
        yield from [["BatchStartTime", f"{date} {start}"], ["BatchStopTime", f"{date} {stop}"]]
        yield ["BatchDescription", SIMULATED]
        yield ["ProtocolPlate", "Name", "96-well plate", "Type", "96", "Plates", "1"]
        yield ["ProtocolMicrosphere", "Map", "MagPlex 50", "Type", "MagPlex", "Count", count]
        yield from [["ProtocolAnalysis", "Type", "Quan", "Mode", "FitOfAllStandards"], ["NormBead", "None"]]
        yield from [["ProtocolHeater", "Off"], [], ["Most Recent Calibration and Verification Results:"]]
        yield from [["Last MAGPIX Calibration", f"Passed {padded} 08:01:10"]]
        yield from [["Last MAGPIX Verification", f"Passed {padded} 08:04:52"], []]
        yield from [["AssayLotInfo:"], ["KitName", "LotNumber", "ExpirationDate", "Manufacturer"]]
        yield from [[plate.panel.label, plate.lot, "", "SIMULATED"], []]
        yield ["Samples", str(len(self.samples)), "Min Events", "50", "Per Bead"]
        yield from [[], ["Results"], []]

    def _block(self, name, cells):
        yield from [["DataType:", name], ["Location", "Sample", *self.names, "Total Events"]]
        for location, sample, row, total in zip(self.locations, self.samples, cells, self.totals, strict=True):
            yield [location, sample, *row, total]
        yield []

    @staticmethod
    def _numbers(values):
        return [[f"{value:.10g}" for value in row] for row in values.tolist()]

    def _results(self):
        cells = [[plain(value) for value in row] for row in self.result.tolist()]
        for index, analyte in zip(*np.nonzero(self.below), strict=True):
            cells[index][analyte] = f"< {plain(self.lowest[analyte])}"
        for index, analyte in zip(*np.nonzero(self.above), strict=True):
            cells[index][analyte] = f"> {plain(self.highest[analyte])}"
        return cells

    def _comments(self):
        cells = [[""] * len(self.names) for _ in self.samples]
        for index, analyte in zip(*np.nonzero(self.extrapolated), strict=True):
            cells[index][analyte] = "Extrapolated"
        for index in self.plate.rows("control"):
            recovery = self.inside[index] / self.plate.expected[index]
            for analyte in np.flatnonzero((recovery < 0.75) | (recovery > 1.25)):
                cells[index][analyte] = "Control Failed."
        return cells

    def _recovery(self):
        yield from [["DataType:", "% Recovery"], ["Location", "Sample", *self.names]]
        for index in sorted([*self.plate.rows("standard"), *self.plate.rows("control")]):
            ratio = 100 * self.inside[index] / self.plate.expected[index]
            cells = [f"{value:.2f}" if np.isfinite(value) else "N/A" for value in ratio]
            yield [self.locations[index], self.samples[index], *cells]
        yield []

    def _reagents(self, title, role, factor):
        yield from [["DataType:", title], ["Reagent", *self.names]]
        first = {}
        for index in self.plate.rows(role):
            first.setdefault(self.samples[index], index)
        for sample in sorted(first):
            yield [sample, *(plain(value * factor) for value in self.plate.expected[first[sample]])]
        yield []

    def _curves(self):
        curve, names = self.plate.net_curve, self.names
        yield from [
            ["DataType:", "Analysis Types"],
            ["Analyte:", *names],
            ["AnalysisType", *["Logistic 5P"] * len(names)],
        ]
        yield from [[], ["DataType:", "Analysis Coefficients"], ["Analyte:", *names]]
        parameters = (curve.lower, curve.upper, curve.midpoint, -curve.slope, curve.asymmetry)
        for letter, values in zip("ABCDF", parameters, strict=True):
            yield [f"Coefficient {letter}", *map(plain, values)]
        yield from [[], ["DataType:", "R^2"], ["Analyte:", *names], ["Value", *["1"] * len(names)], []]

    def _warnings(self):
        yield from [["DataType:", "Warnings/Errors"], ["Location", "Status", "Message"]]
        few = (self.plate.counts < 50).any(axis=1)
        message = "The acquisition had at least one region that did not reach the maximum count.  (0x4FF010AB)"
        for index in np.flatnonzero(few):
            yield [f"1,{column(self.plate.wells['well'][index])}", "Warning", message]

    def _regions(self):
        return [str(analyte.region) for analyte in self.plate.analytes]
