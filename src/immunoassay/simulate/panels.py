"""What a simulated study measures: kits and analytes, their distributions, effects, standards and noise.

Medians and spreads follow published cohorts of generalised myasthenia gravis and healthy adults; kits, limits and
effects of treatment are assumptions of the demonstration, never facts about a trial or a product.
"""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Panel:
    """One kit on one platform: its plate, the shape of its curves and its noise. Analytes bring the concentrations."""

    name: str
    label: str
    platform: str  # luminex, msd, elisa or laboratory
    signal_kind: str  # of the signal the curve is fitted on, as in the wells contract
    dilution: float = 1.0  # of samples
    fold: float = 1.0  # between neighbouring standards
    levels: int = 7
    controls: tuple[float, ...] = ()  # fraction of the top standard in each control
    lower: float = 0.0  # signal without analyte
    upper: float = 0.0  # signal at saturation
    midpoint: float = 1.0  # fraction of the top standard
    slope: float = 1.0
    five_parameters: bool = False
    well_cv: float = 0.06  # well to well: half of the variance in what is pipetted, half in the signal
    additive_sd: float = 0.0  # of the signal, at any level
    resolution: float = 1.0  # of the instrument
    beads: float = 0.0  # mean beads per analyte and well; 0 = no beads


@dataclass(frozen=True)
class Analyte:
    """One analyte in a population: level at baseline, spread between and within people, response to treatment."""

    name: str
    panel: str
    group: str
    unit: str  # of samples and results
    median: float  # at baseline, in unit
    gsd: float  # geometric standard deviation between people
    cv: float  # coefficient of variation within a person over visits
    top: float = 1.0  # most concentrated standard, in standard_unit
    standard_unit: str = ""  # "" = unit
    unit_factor: float = 1.0  # standard_unit times this is unit
    effects: dict[str, float] = field(default_factory=dict)  # visit: true geometric mean ratio to baseline (absent = 1)
    loading: float = 0.5  # share of the person effect common to the analyte's group (square root of the correlation)
    severity: float = 0.0  # correlation of the person effect with the severity of disease
    restart: float = 1.0  # level at the start of a second course over that at the first
    without: float | None = None  # level of people who do not carry it (autoantibody), in unit
    export_name: str = ""
    region: int = 0  # bead region or spot
    label: str = ""
    aliases: str = ""  # further names, semicolon-separated

    @property
    def written(self) -> str:
        """The name an export uses."""
        return self.export_name or self.name


CYTOKINES = Panel(
    "cytokines", "12-plex cytokine panel", "luminex", "net_median", dilution=2, fold=4,
    controls=(1 / 400, 1 / 30, 1 / 4), lower=18, upper=28000, midpoint=0.7, slope=0.92, five_parameters=True,
    additive_sd=1.1, resolution=0.5, beads=98,
)  # fmt: skip
ISOTYPES = Panel(
    "isotypes", "7-plex immunoglobulin isotyping", "luminex", "net_median", dilution=20000, fold=3,
    controls=(1 / 150, 1 / 20, 1 / 3), lower=22, upper=24000, midpoint=0.8, slope=1.0, five_parameters=True,
    well_cv=0.05, additive_sd=1.2, resolution=0.5, beads=92,
)  # fmt: skip
_ELISA = Panel(
    "", "", "elisa", "absorbance", fold=2, controls=(1 / 25, 1 / 8, 1 / 2), lower=0.055, upper=3.9, midpoint=0.8,
    slope=1.1, well_cv=0.05, additive_sd=0.003, resolution=0.001,
)  # fmt: skip
SBCMA = replace(_ELISA, name="sbcma", label="Soluble BCMA ELISA", dilution=100)
BAFF = replace(_ELISA, name="baff", label="BAFF ELISA", dilution=2)
APRIL = replace(_ELISA, name="april", label="APRIL ELISA", dilution=5)
VACCINE = Panel(
    "vaccine", "3-plex vaccine antigen IgG", "msd", "ecl", dilution=1000, fold=4, controls=(1 / 400, 1 / 30, 1 / 4),
    lower=120, upper=2.5e6, midpoint=1.5, slope=1.0, additive_sd=9, resolution=1,
)  # fmt: skip
ACHR = Panel("achr", "Anti-AChR binding antibody (reference laboratory)", "laboratory", "")

PANELS = (CYTOKINES, ISOTYPES, SBCMA, BAFF, APRIL, VACCINE, ACHR)


def _cytokine(name, median, gsd, cv, top, region, **more):
    return Analyte(name, "cytokines", "cytokine", "pg/mL", median, gsd, cv, top, region=region, **more)


def _class(name, median, gsd, top, region, effects, unit="g/L", factor=1e-6):
    return Analyte(
        name, "isotypes", "immunoglobulin", unit, median, gsd, 0.06, top, "ng/mL", factor, effects,
        export_name=f"Hu {name}", region=region,
    )  # fmt: skip


def _fall(m2, m3, m6, m9, m12):
    return {"M2": m2, "M3": m3, "M6": m6, "M9": m9, "M12": m12}


ANALYTES = (
    _cytokine("IL-6", 1.4, 1.8, 0.45, 1200, 19, export_name="IL6", severity=0.12),
    _cytokine("TNF", 7.0, 1.4, 0.25, 1400, 75, export_name="TNFa", label="TNF"),
    _cytokine("IFN-g", 4.0, 2.5, 0.45, 3700, 29, export_name="IFNg", label="IFN-γ"),
    _cytokine("IL-10", 3.0, 1.9, 0.27, 600, 27, export_name="IL10"),
    _cytokine("IL-8", 5.0, 2.0, 0.40, 1200, 18, export_name="IL8"),
    _cytokine("IL-2", 0.3, 2.0, 0.40, 1800, 38, export_name="IL2"),
    _cytokine("IL-4", 0.03, 1.5, 0.30, 400, 39, export_name="IL4"),
    _cytokine("IL-1b", 0.2, 2.2, 0.40, 1200, 46, export_name="IL1b", label="IL-1β"),
    _cytokine("IL-13", 1.2, 2.5, 0.40, 8000, 35, export_name="IL13"),
    _cytokine("IP-10", 65, 1.3, 0.30, 4000, 22, export_name="IP10", effects=_fall(0.9, 0.9, 0.95, 1, 1)),
    _cytokine("MCP-1", 263, 1.25, 0.15, 4000, 26, export_name="MCP1"),
    _cytokine("IL-18", 350, 1.45, 0.12, 4000, 42, export_name="IL18"),
    _class("IgG1", 6.0, 1.25, 5400, 12, _fall(0.90, 0.86, 0.87, 0.94, 1)),
    _class("IgG2", 4.1, 1.31, 3600, 15, _fall(0.94, 0.92, 0.93, 0.97, 1)),
    _class("IgG3", 0.62, 1.7, 720, 20, _fall(0.92, 0.90, 0.92, 0.96, 1)),
    _class("IgG4", 0.26, 2.0, 180, 25, _fall(0.94, 0.92, 0.93, 0.97, 1)),
    _class("IgA", 1.7, 1.56, 1800, 30, _fall(0.85, 0.86, 0.92, 0.97, 1)),
    _class("IgM", 0.96, 1.56, 1800, 34, _fall(0.82, 0.84, 0.92, 0.97, 1)),
    _class("IgE", 0.1, 2.0, 36, 37, {}, unit="ug/mL", factor=1e-3),
    Analyte(
        "sBCMA", "sbcma", "bcma_axis", "ng/mL", 27, 1.5, 0.12, 1000, "pg/mL", 1e-3,
        _fall(0.75, 0.76, 0.88, 0.97, 1), loading=0.3, severity=0.1, label="Soluble BCMA",
    ),
    Analyte(
        "BAFF", "baff", "bcma_axis", "pg/mL", 760, 1.45, 0.12, 4000,
        effects=_fall(1.18, 1.15, 1.08, 1.02, 1), loading=0.894, severity=-0.23,
    ),
    Analyte("APRIL", "april", "bcma_axis", "pg/mL", 1028, 1.47, 0.14, 2000, loading=0.894, severity=-0.29),
    Analyte(
        "tetanus-IgG", "vaccine", "vaccine", "IU/mL", 1.0, 2.6, 0.08, 0.04, region=1, label="Tetanus IgG",
        export_name="Tetanus toxoid IgG",
    ),
    Analyte(
        "diphtheria-IgG", "vaccine", "vaccine", "IU/mL", 0.6, 2.6, 0.08, 0.04, region=2, label="Diphtheria IgG",
        export_name="Diphtheria toxoid IgG",
    ),
    Analyte(
        "measles-IgG", "vaccine", "vaccine", "mIU/mL", 1000, 2.4, 0.08, 400, region=3, label="Measles IgG",
        export_name="Measles IgG",
    ),
    Analyte(
        "anti-AChR", "achr", "autoantibody", "nmol/L", 5, 3.0, 0.06, effects=_fall(0.97, 0.90, 0.80, 0.60, 0.60),
        restart=0.75, without=0.004, label="Anti-AChR", export_name="Acetylcholine receptor binding antibody",
    ),
)  # fmt: skip


def analytes_of(panel: Panel) -> list[Analyte]:
    """The demonstration's analytes of one panel, in the order of its exports."""
    return [analyte for analyte in ANALYTES if analyte.panel == panel.name]


def synthetic_cytokines(count: int) -> list[Analyte]:
    """Any number of cytokine-like analytes for benchmarks: those of the panel, again and again, under new names."""
    known = analytes_of(CYTOKINES)
    return [
        replace(known[index % len(known)], name=f"A{index + 1:03d}", export_name="", label="", region=index + 10)
        for index in range(count)
    ]
