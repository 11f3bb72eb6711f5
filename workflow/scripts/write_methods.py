from pathlib import Path

from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.deliver import blinding, columns, counts, provenance
from immunoassay.words import corrections, methods

with runtime.job(snakemake) as (log, p):
    i = snakemake.input
    results, ledger, attempts = tables.read(i.results), tables.read(i.ledger), tables.read(i.attempts, counts.ATTEMPTS)
    curves = tables.read_all(i.curves, "curves", counts.CURVES)
    records = {name: tables.count(i[name], "panel") for name in ("wells", "delivered")}
    found = {
        "study": counts.study_counts(results, attempts, curves, ledger, records),
        "panels": counts.panel_counts(
            results,
            attempts,
            curves,
            tables.read_all(i.dropped_standards, "dropped_standards", ["panel", "dropped"]),
            tables.count(i.checks, "panel", "criteria_set", "criteria_version"),
            ledger,
            tables.count([*i.checks, i.sample_checks], "panel", "required", "verdict"),
        ),
        "participants": p.participants,
        "populations": p.populations,
        "blinding": blinding.read(i.get("blinding")),
        "corrections": corrections.paragraph(
            tables.read_text(i.amendments, "amendments"),
            int(results["amendments"].notna().sum()),
            len(results),
            p.aside,
            set(ledger.loc[ledger["disposition"] == "plate_quarantined", "plate"]),
            tables.read_text(i.completeness, "completeness"),
            ledger.groupby("disposition")["n_records"].sum().to_dict(),
        ),
        "approval": corrections.approval(tables.read_text(i.approvals, "approvals")["state"]),
    }
    frames = {name: columns.read_statistics(name, i[name]) for name in p.statistics}
    text = methods.methods(p.config, p.panels, p.analytes, p.criteria, found, frames, provenance.versions(p.version))
    Path(snakemake.output.methods).write_text(text, encoding="utf-8")
