# The study: all batches judged together, one result per sample and analyte, joined with visits and scores.
# Needs: the batch tables and the clinical sheets. Makes: <results>/study/


rule list_problems:
    input:
        problems=collect("<results>/batches/{batch}/problems.parquet", batch=BATCHES),
        attempts=collect("<results>/batches/{batch}/attempts.parquet", batch=BATCHES),
    output:
        problems="<results>/study/problems.tsv",
    log:
        "<logs>/list_problems.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        samples=STUDY.rows("samples", ["sample_id"]),
        flags=FLAGS,
        code=code("list_problems"),
    script:
        "../scripts/list_problems.py"


rule gate:
    input:
        problems="<results>/study/problems.tsv",
    output:
        passed="<results>/study/gate.txt",
    log:
        "<logs>/gate.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        code=code("gate"),
    script:
        "../scripts/gate.py"


rule collect_results:
    input:
        gate="<results>/study/gate.txt",
        wells=collect("<results>/batches/{batch}/wells.parquet", batch=BATCHES),
        delivered=collect("<results>/batches/{batch}/delivered.parquet", batch=BATCHES),
        curves=collect("<results>/batches/{batch}/curves.parquet", batch=BATCHES),
        attempts=collect("<results>/batches/{batch}/attempts.parquet", batch=BATCHES),
    output:
        results="<results>/study/results.parquet",
        results_tsv="<results>/study/results.tsv",
        attempts_tsv="<results>/study/attempts.tsv",
        ledger="<results>/study/ledger.parquet",
        ledger_tsv="<results>/study/ledger.tsv",
    log:
        "<logs>/collect_results.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        samples=STUDY.rows("samples", ["sample_id"]),
        analytes=STUDY.rows(
            "analytes",
            ["analyte", "panel", "unit", "standard_unit", "lloq_fixed", "uloq_fixed"],
        ),
        unit_factors=UNIT_FACTORS,
        lloq_across_plates=STUDY.config["lloq_across_plates"],
        amendments=STUDY.rows("amendments", what="exclude_result"),
        code=code("collect_results"),
    script:
        "../scripts/collect_results.py"


rule join_clinical:
    input:
        results="<results>/study/results.parquet",
    output:
        observations="<results>/study/observations.parquet",
        observations_tsv="<results>/study/observations.tsv",
        problems="<results>/study/visit_problems.tsv",
    log:
        "<logs>/join_clinical.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        study=CLINICAL,
        code=code("join_clinical"),
    script:
        "../scripts/join_clinical.py"
