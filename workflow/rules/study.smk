# The study: all batches judged together, one result per sample and analyte, joined with visits and scores.
# Needs: the batch tables and the clinical sheets. Makes: <results>/study/


# Two rules, because Snakemake deletes what a job that fails has made: the list of a gate that refuses must stay.
rule list_read_problems:
    input:
        problems=collect("<results>/batches/{batch}/problems.parquet", batch=BATCHES),
        wells=collect("<results>/batches/{batch}/wells.parquet", batch=BATCHES),
        delivered=collect("<results>/batches/{batch}/delivered.parquet", batch=BATCHES),
    output:
        problems="<results>/study/read_problems.tsv",
    log:
        "<logs>/list_read_problems.log",
    priority: 2
    group:
        "gate"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000, 0.5),
        runtime=5,
    params:
        given=given(
            "list_read_problems",
            **rule_rows.gate(STUDY),
        ),
    message:
        "Gate: list the problems of reading"
    script:
        "../scripts/list_read_problems.py"


rule gate:
    input:
        problems="<results>/study/read_problems.tsv",
    output:
        passed="<results>/study/gate.txt",
    log:
        "<logs>/gate.log",
    priority: 2
    group:
        "gate"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        given=given(
            "gate",
        ),
    message:
        "Gate: decide whether the study may go on"
    script:
        "../scripts/gate.py"


PROBLEMS = "<results>/study/problems.tsv"
if STUDY.config["report_participants"]:  # they name samples
    PROBLEMS = report(
        PROBLEMS,
        caption="../report/problems.rst",
        category=category("Quality"),
        labels={"figure": "problems", "shows": "all batches", "as": "table"},
    )


rule list_problems:
    input:
        read="<results>/study/read_problems.tsv",
        judged=collect(
            "<results>/batches/{batch}/judged_problems.parquet", batch=BATCHES
        ),
        attempts=collect("<results>/batches/{batch}/attempts.parquet", batch=BATCHES),
    output:
        problems=PROBLEMS,
    log:
        "<logs>/list_problems.log",
    group:
        "study"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000, 0.5),
        runtime=5,
    params:
        given=given(
            "list_problems",
        ),
    message:
        "Study: list the problems of all batches"
    script:
        "../scripts/list_problems.py"


rule collect_results:
    input:
        gate="<results>/study/gate.txt",
        wells=collect("<results>/batches/{batch}/wells.parquet", batch=BATCHES),
        attempts=collect("<results>/batches/{batch}/attempts.parquet", batch=BATCHES),
    output:
        results="<results>/study/results.parquet",
        results_tsv="<results>/study/results.tsv",
        attempts="<results>/study/attempts.parquet",
        attempts_tsv="<results>/study/attempts.tsv",
        checks="<results>/study/sample_checks.parquet",
    log:
        "<logs>/collect_results.log",
    group:
        "study"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "collect_results",
            places=STUDY.places,
            samples=STUDY.rows(
                "samples",
                [
                    "sample_id",
                    "participant",
                    "course",
                    "visit",
                    "specimen",
                    "collection_date",
                    "freeze_thaw",
                ],
            ),
            panels=STUDY.rows(
                "panels",
                [
                    "panel",
                    "specimen",
                    "max_storage_days",
                    "max_freeze_thaw",
                    "criteria_set",
                    "accept_unproven",
                ],
            ),
            criteria=CRITERIA,
            analytes=STUDY.rows(
                "analytes",
                [
                    "analyte",
                    "panel",
                    "unit",
                    "standard_unit",
                    "lloq_validated",
                    "uloq_validated",
                ],
            ),
            unit_factors=UNIT_FACTORS,
            lloq_across_plates=STUDY.config["lloq_across_plates"],
            amendments=STUDY.rows("amendments"),
            bridging=STUDY.config["bridging"],
            partial=bool(STUDY.config["batches"]),
        ),
    message:
        "Study: choose the reportable results among all attempts"
    script:
        "../scripts/collect_results.py"


rule write_ledger:
    input:
        results="<results>/study/results.parquet",
        wells=collect("<results>/batches/{batch}/wells.parquet", batch=BATCHES),
        delivered=collect("<results>/batches/{batch}/delivered.parquet", batch=BATCHES),
        curves=collect("<results>/batches/{batch}/curves.parquet", batch=BATCHES),
        dropped_standards=collect(
            "<results>/batches/{batch}/dropped_standards.parquet", batch=BATCHES
        ),
        attempts="<results>/study/attempts.parquet",
    output:
        ledger="<results>/study/ledger.parquet",
        ledger_tsv="<results>/study/ledger.tsv",
        counts="<results>/study/ledger_counts.parquet",
        amendments="<results>/study/amendments.tsv",
    log:
        "<logs>/write_ledger.log",
    group:
        "study"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "write_ledger",
            samples=STUDY.rows("samples", ["sample_id"]),
            pools=STUDY.config["bridging"]["pools"],
            amendments=STUDY.rows("amendments"),
        ),
    message:
        "Study: account for every well"
    script:
        "../scripts/write_ledger.py"


rule account_for_results:
    input:
        results="<results>/study/results.parquet",
        amendments="<results>/study/amendments.tsv",
        attempts=collect("<results>/batches/{batch}/attempts.parquet", batch=BATCHES),
    output:
        approvals="<results>/study/approvals.tsv",
        completeness="<results>/study/completeness.tsv",
        problems="<results>/study/account_problems.tsv",
    log:
        "<logs>/account_for_results.log",
    group:
        "study"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000, 1),
        runtime=10,
    params:
        given=given(
            "account_for_results",
            batches=rule_rows.approving(STUDY, PLAN.checksums),
            amendments=STUDY.rows("amendments"),
            approvals=STUDY.rows("approvals"),
            samples=STUDY.rows(
                "samples", ["sample_id", "participant", "course", "visit"]
            ),
            panels=STUDY.rows("panels", ["panel", "visits"]),
            analytes=STUDY.rows("analytes", ["analyte", "panel"]),
            plates=STUDY.rows("plates", ["panel", "analytes"]),
            places=STUDY.places,
        ),
    message:
        "Study: list what was collected and has no result, and whether every batch is what a second person approved"
    script:
        "../scripts/account_for_results.py"


rule follow_controls:
    input:
        gate="<results>/study/gate.txt",
        curves=collect("<results>/batches/{batch}/curves.parquet", batch=BATCHES),
        concentrations=collect(
            "<results>/batches/{batch}/concentrations.parquet", batch=BATCHES
        ),
        dropped_standards=collect(
            "<results>/batches/{batch}/dropped_standards.parquet", batch=BATCHES
        ),
        checks=collect("<results>/batches/{batch}/checks.parquet", batch=BATCHES),
        attempts=collect("<results>/batches/{batch}/attempts.parquet", batch=BATCHES),
    output:
        bridging="<results>/study/bridging.tsv",
        repeats="<results>/study/repeats.tsv",
        shared_samples="<results>/study/shared_samples.tsv",
        controls_parquet="<results>/study/controls.parquet",
        controls="<results>/study/controls.tsv",
        control_lots="<results>/study/control_lots.tsv",
        lloq_levels="<results>/study/lloq_levels.tsv",
        lloq_proposals="<results>/study/lloq_proposals.tsv",
    log:
        "<logs>/follow_controls.log",
    group:
        "study"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000, 0.8),
        runtime=10,
    params:
        given=given(
            "follow_controls",
            plates=STUDY.rows("plates", ["plate", "run_date", "kit_lot"]),
            panels=STUDY.rows("panels", ["panel", "criteria_set"]),
            analytes=STUDY.rows(
                "analytes", ["analyte", "standard_unit", "lloq_validated"]
            ),
            materials=STUDY.rows(
                "materials",
                ["panel", "kit_lot", "material", "level", "analyte", "low", "high"],
                material="control",
            ),
            criteria=CRITERIA,
        ),
    message:
        "Study: follow controls over time, propose limits of quantification"
    script:
        "../scripts/follow_controls.py"


rule join_clinical:
    input:
        results="<results>/study/results.parquet",
        bridging="<results>/study/bridging.tsv",
    output:
        observations="<results>/study/observations.parquet",
        observations_tsv="<results>/study/observations.tsv",
        outside="<results>/study/outside_analysis.tsv",
        problems="<results>/study/visit_problems.tsv",
    log:
        "<logs>/join_clinical.log",
    group:
        "study"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "join_clinical",
            study=CLINICAL,
        ),
    message:
        "Study: join results with visits and scores"
    script:
        "../scripts/join_clinical.py"


rule check_spread:
    input:
        observations="<results>/study/observations.parquet",
    output:
        problems="<results>/study/spread_problems.tsv",
    log:
        "<logs>/check_spread.log",
    group:
        "study"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "check_spread",
            people=rule_rows.people(STUDY),
            files=rule_rows.factor_files(STUDY),
            flags=rule_rows.compared_flags(STUDY),
        ),
    message:
        "Study: are groups spread evenly over plates and lots"
    script:
        "../scripts/check_spread.py"
