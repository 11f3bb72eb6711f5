# What leaves the study: the workbook, the methods text and the record of what it all rests on.
# Needs: <results>/batches, <results>/study, <results>/statistics. Makes: <results>/deliverables/, <results>/provenance/
from immunoassay.deliver import last_run, page_batches, report_page, runlog
from immunoassay.study import own

SHEET_FILES = STUDY.sheet_files | {path: path for path in own.files(STUDY.base)}
RAW_FILES = sorted({plate.file for plate in STUDY.plates})
LAYOUT_FILES = sorted({plate.layout for plate in STUDY.plates if plate.layout})
WORKBOOK = "<results>/deliverables/study.xlsx"
if STUDY.config["report_participants"]:
    WORKBOOK = report(
        WORKBOOK,
        caption="../report/workbook.rst",
        category=category("Tables"),
        labels={"figure": "workbook", "shows": "all results and statistics"},
    )


# What only a study of participants at visits has.
OBSERVED = {
    "observations": "<results>/study/observations.parquet",
    "outside": "<results>/study/outside_analysis.tsv",
    "visit_problems": "<results>/study/visit_problems.tsv",
}
OBSERVED = OBSERVED if STUDY.clinical else {}
COMPARED = STUDY.config["compare"] or STUDY.config["covariates"]
SPREAD = rules.check_spread.output if STUDY.clinical and COMPARED else []
OBSERVED |= {"spread_problems": path for path in SPREAD}
REPORTED = {Path(path).stem: path for path in STATISTICS}
SUMMARISED = {
    name: path
    for name, path in REPORTED.items()
    if name
    not in (
        *("pair_summaries", "pca_scores", "pca_loadings", "roc_points", "sensitivity"),
        *("event_times", "event_curves", "titre_curves", "level_changes", "accounting"),
    )
}
PRISM = {"prism": "<results>/deliverables/prism.xlsx"} if STUDY.clinical else {}


# Of a study with a factor that is, or was, blinded: when it was opened, and the plan before.
BLINDING = {
    "blinding": "<results>/provenance/blinding.json" for factor in STUDY.sealable[:1]
}


rule record_blinding:
    output:
        blinding="<results>/provenance/blinding.json",
    log:
        "<logs>/record_blinding.log",
    group:
        "deliver"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        given=given(
            "record_blinding",
            factors=STUDY.sealable,
            blinded=STUDY.blinded,
            plan=PLAN_CHECKSUM,
        ),
    message:
        "Deliverables: record of the blinding"
    script:
        "../scripts/record_blinding.py"


rule write_workbook:
    input:
        **OBSERVED,
        **REPORTED,
        results="<results>/study/results.parquet",
        ledger="<results>/study/ledger_counts.parquet",
        records="<results>/study/ledger.parquet",
        problems="<results>/study/problems.tsv",
        account_problems="<results>/study/account_problems.tsv",
        amendments="<results>/study/amendments.tsv",
        approvals="<results>/study/approvals.tsv",
        completeness="<results>/study/completeness.tsv",
        wells=collect("<results>/batches/{batch}/wells.parquet", batch=BATCHES),
        delivered=collect("<results>/batches/{batch}/delivered.parquet", batch=BATCHES),
        attempts="<results>/study/attempts.parquet",
        curves=collect("<results>/batches/{batch}/curves.parquet", batch=BATCHES),
        concentrations=collect(
            "<results>/batches/{batch}/concentrations.parquet", batch=BATCHES
        ),
        dropped_standards=collect(
            "<results>/batches/{batch}/dropped_standards.parquet", batch=BATCHES
        ),
        checks=collect("<results>/batches/{batch}/checks.parquet", batch=BATCHES),
        sample_checks="<results>/study/sample_checks.parquet",
        controls="<results>/study/controls.parquet",
        control_lots="<results>/study/control_lots.tsv",
        lloq_proposals="<results>/study/lloq_proposals.tsv",
        bridging="<results>/study/bridging.tsv",
        repeats="<results>/study/repeats.tsv",
        shared_samples="<results>/study/shared_samples.tsv",
    output:
        **PRISM,
        workbook=WORKBOOK,
    log:
        "<logs>/write_workbook.log",
    group:
        "deliver"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(2000, 2),
        runtime=10,
    params:
        given=given(
            "write_workbook",
            statistics=list(REPORTED),
            meta={
                "study": STUDY.config["study"],
                "lloq_across_plates": STUDY.config["lloq_across_plates"],
                "below_lod_log2": STUDY.config["below_lod_log2"],
                "samples": STUDY.rows(
                    "samples", ["sample_id", "participant", "course", "visit"]
                ),
                "panels": STUDY.rows("panels", ["panel", "label"]),
                "analytes": STUDY.rows(
                    "analytes", ["analyte", "label", "group", "order"]
                ),
                "visits": STUDY.rows("visits", ["visit", "label", "order"]),
            },
            plates=STUDY.rows("plates"),
        ),
    message:
        "Deliverables: workbook"
    script:
        "../scripts/write_workbook.py"


rule write_source_data:
    input:
        [path for path in DRAWN if path.endswith(".tsv")],
    output:
        source_data=report(
            "<results>/deliverables/source_data.xlsx",
            caption="../report/source_data.rst",
            category=category("Tables"),
            labels={"figure": "source data", "shows": "the numbers of every figure"},
        ),
    log:
        "<logs>/write_source_data.log",
    group:
        "deliver"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given("write_source_data", study=STUDY.config["study"]),
    message:
        "Deliverables: numbers of every figure"
    script:
        "../scripts/write_source_data.py"


rule write_methods:
    input:
        **SUMMARISED,
        **BLINDING,
        results="<results>/study/results.parquet",
        ledger="<results>/study/ledger_counts.parquet",
        wells=collect("<results>/batches/{batch}/wells.parquet", batch=BATCHES),
        delivered=collect("<results>/batches/{batch}/delivered.parquet", batch=BATCHES),
        attempts="<results>/study/attempts.parquet",
        curves=collect("<results>/batches/{batch}/curves.parquet", batch=BATCHES),
        dropped_standards=collect(
            "<results>/batches/{batch}/dropped_standards.parquet", batch=BATCHES
        ),
        checks=collect("<results>/batches/{batch}/checks.parquet", batch=BATCHES),
        sample_checks="<results>/study/sample_checks.parquet",
        amendments="<results>/study/amendments.tsv",
        approvals="<results>/study/approvals.tsv",
        completeness="<results>/study/completeness.tsv",
    output:
        methods=report(
            "<results>/deliverables/methods.md",
            caption="../report/methods.rst",
            category=category("Tables"),
            labels={"figure": "methods", "shows": "text for the manuscript"},
        ),
    log:
        "<logs>/write_methods.log",
    group:
        "deliver"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000, 0.5),
        runtime=5,
    params:
        given=given(
            "write_methods",
            config={
                "study": STUDY.config["study"],
                "lloq_across_plates": STUDY.config["lloq_across_plates"],
                "below_lod_log2": STUDY.config["below_lod_log2"],
                "detected_below_lloq": STUDY.config["detected_below_lloq"],
                "min_n_interval": SETTINGS["min_n_interval"],
                "association_question": SETTINGS["association_question"],
                "primary_visit": SETTINGS["primary_visit"],
                "primary_course": SETTINGS["primary_course"],
                "permutations": SETTINGS["permutations"],
                "seed": SETTINGS["seed"],
                "plan": PLAN_CHECKSUM,
                "covariates": COMPARING["covariates"],
                "visits": {visit.visit: visit.label for visit in STUDY.visits},
                "report_participants": STUDY.config["report_participants"],
            },
            panels=STUDY.rows("panels"),
            analytes=STUDY.rows("analytes", ["analyte", "label"]),
            criteria=CRITERIA,
            aside=STUDY.rows("plates", ["plate", "reason"], include=False),
            participants=len(MEMBERS),
            populations=rule_rows.populations(STUDY),
            statistics=list(SUMMARISED),
            version=VERSION,
        ),
    message:
        "Deliverables: methods text"
    script:
        "../scripts/write_methods.py"


# Every file that the rules so far make.
MADE = [
    *collect(rules.read_batch.output, batch=BATCHES),
    *collect(rules.calibrate_batch.output, batch=BATCHES),
    *collect(rules.assess_batch.output, batch=BATCHES),
    *rules.list_read_problems.output,
    *rules.gate.output,
    *rules.list_problems.output,
    *rules.collect_results.output,
    *rules.write_ledger.output,
    *rules.account_for_results.output,
    *rules.follow_controls.output,
    *(OBSERVED and rules.join_clinical.output),
    *(SPREAD and rules.check_spread.output),
    *STATISTICS,
    *(BLINDING and rules.record_blinding.output),
    *(MATCHED and STUDY.clinical and rules.describe_matched.output or []),
    *DRAWN,
    *rules.write_workbook.output,
    *rules.write_source_data.output,
    *rules.write_methods.output,
]


rule write_provenance:
    input:
        made=MADE,
        results="<results>/study/results.parquet",
        ledger="<results>/study/ledger_counts.parquet",
        wells=collect("<results>/batches/{batch}/wells.parquet", batch=BATCHES),
        delivered=collect("<results>/batches/{batch}/delivered.parquet", batch=BATCHES),
        attempts="<results>/study/attempts.parquet",
        curves=collect("<results>/batches/{batch}/curves.parquet", batch=BATCHES),
    output:
        run="<results>/provenance/run.json",
    log:
        "<logs>/write_provenance.log",
    group:
        "deliver"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000, 0.3),
        runtime=10,
    params:
        given=given(
            "write_provenance",
            config=STUDY.config,
            sheets=SHEET_FILES,
            layouts=LAYOUT_FILES,
            raw=RAW_FILES,
            files=PLAN.checksums,
            lock=fingerprint.sha256(house.LOCK),
            version=VERSION,
            library=PLAN.package,
            plan=ANALYSIS_PLAN,
        ),
    message:
        "Deliverables: provenance of every file"
    script:
        "../scripts/write_provenance.py"


# What moved since a frozen release, and what the log of runs says of this one.
RELEASE = STUDY.config["compare_with"]
WHAT_CHANGED = [
    f"<results>/deliverables/what_changed.{kind}" for kind in ("tsv", "md") if RELEASE
]
RUN_FACTS = {
    "config": STUDY.config,
    "files": list(PLAN.checksums),
    "library": PLAN.package,
    "version": VERSION,
    "plan": PLAN_CHECKSUM,
    "opened": bool(STUDY.unblinding),
}


rule what_changed:
    input:
        release=f"releases/{RELEASE or 'none'}/SHA256SUMS",
        made=MADE,
        results="<results>/study/results.tsv",
        run="<results>/provenance/run.json",
    output:
        tsv="<results>/deliverables/what_changed.tsv",
        text=report(
            "<results>/deliverables/what_changed.md",
            caption="../report/what_changed.rst",
            category=category("Tables"),
            labels={"figure": "what changed", "shows": "since the release compared"},
        ),
    log:
        "<logs>/what_changed.log",
    group:
        "deliver"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "what_changed",
            name=RELEASE,
        ),
    message:
        "Deliverables: what changed since the release"
    script:
        "../scripts/what_changed.py"


# The report page: everything but figures, which it draws itself. Of a study of many plates it holds the newest batch, and
# every other one has a page of its own, made of what the batch alone has: a new batch draws no page of another again.
PROBLEMS = ["problems", "account_problems"]
PROBLEMS += [name for name in ("visit_problems", "spread_problems") if name in OBSERVED]
ANSWERED = {Path(path).stem: path for path in STATISTICS}
COMPARED_WITH = {"what_changed": path for path in WHAT_CHANGED[:1]}
APART = report_page.apart(STUDY)
NEWEST = report_page.newest(STUDY) if APART else ""
RECENT = [
    plate
    for panel in CURVE_PANELS
    if APART
    for plate in rule_rows.newest_plates(STUDY, panel)["shown"]
]
BATCH_REPORTS = collect("<results>/report_batches/{batch}.html", batch=APART)
BATCH_CONFIG = {
    name: STUDY.config[name]
    for name in ("study", "report_participants", "lloq_across_plates")
}


rule write_report:
    input:
        **OBSERVED,
        **ANSWERED,
        **COMPARED_WITH,
        problems="<results>/study/problems.tsv",
        account_problems="<results>/study/account_problems.tsv",
        results="<results>/study/results.parquet",
        ledger_counts="<results>/study/ledger_counts.parquet",
        amendments="<results>/study/amendments.tsv",
        approvals="<results>/study/approvals.tsv",
        completeness="<results>/study/completeness.tsv",
        wells=collect("<results>/batches/{batch}/wells.parquet", batch=BATCHES),
        delivered=collect("<results>/batches/{batch}/delivered.parquet", batch=BATCHES),
        concentrations=collect(
            "<results>/batches/{batch}/concentrations.parquet", batch=BATCHES
        ),
        attempts="<results>/study/attempts.parquet",
        curves=collect("<results>/batches/{batch}/curves.parquet", batch=BATCHES),
        dropped_standards=collect(
            "<results>/batches/{batch}/dropped_standards.parquet", batch=BATCHES
        ),
        checks=collect("<results>/batches/{batch}/checks.parquet", batch=BATCHES),
        sample_checks="<results>/study/sample_checks.parquet",
        controls="<results>/study/controls.parquet",
        control_lots="<results>/study/control_lots.tsv",
        lloq_proposals="<results>/study/lloq_proposals.tsv",
        bridging="<results>/study/bridging.tsv",
        repeats="<results>/study/repeats.tsv",
        shared_samples="<results>/study/shared_samples.tsv",
        methods="<results>/deliverables/methods.md",
        run="<results>/provenance/run.json",
    output:
        page="<results>/report.html",
    log:
        "<logs>/write_report.log",
    group:
        "deliver"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1500, 2 if APART else 10),
        runtime=10,
    params:
        given=given(
            "write_report",
            config=BATCH_CONFIG | {"compare_with": STUDY.config["compare_with"]},
            sheets={
                name: STUDY.rows(name, columns)
                for name, columns in report_page.SHEETS.items()
            },
            criteria=CRITERIA,
            cleared=[row["name"] for row in STUDY.rows("names", ["name"])],
            plates=STUDY.rows("plates"),
            problems=PROBLEMS,
            statistics=list(ANSWERED),
            newest=NEWEST,
            apart=APART,
            recent=RECENT,
            page=report_page.digest(),
        ),
    message:
        "Deliverables: report page"
    script:
        "../scripts/write_report.py"


rule write_batch_report:
    input:
        wells="<results>/batches/{batch}/wells.parquet",
        delivered="<results>/batches/{batch}/delivered.parquet",
        curves="<results>/batches/{batch}/curves.parquet",
        concentrations="<results>/batches/{batch}/concentrations.parquet",
        dropped_standards="<results>/batches/{batch}/dropped_standards.parquet",
        checks="<results>/batches/{batch}/checks.parquet",
        attempts="<results>/batches/{batch}/attempts.parquet",
    output:
        page="<results>/report_batches/{batch}.html",
    log:
        "<logs>/write_batch_report/{batch}.log",
    group:
        "batch"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        given=given(
            "write_batch_report",
            config=BATCH_CONFIG,
            plates=batch_plate_columns(),
            panels=batch_panels(*report_page.SHEETS["panels"]),
            analytes=lambda wildcards: rule_rows.of_panels(
                STUDY, wildcards.batch, "analytes", ("analyte", "panel")
            ),
            criteria=batch_criteria,
            people=page_batches.of_people(
                STUDY.rows("samples"),
                STUDY.rows("participants"),
                [row["name"] for row in STUDY.rows("names", ["name"])],
                STUDY.config["report_participants"],
            ),
            page=report_page.digest(),
        ),
    message:
        "Batch {wildcards.batch}: report page"
    script:
        "../scripts/write_batch_report.py"
