# One assay delivery: raw exports to wells, curves, concentrations and attempts.
# Needs: the raw files and layouts its rows of the plates sheet name. Makes: <results>/batches/{batch}/*.parquet


# Reading and the gate go first, by priority. Curves do not wait for the gate, results do: a gate that every curve had as
# an ancient input would hide changed settings of curves from Snakemake whenever it is opened anew.
rule read_batch:
    input:
        raw=ancient(batch_files),
    output:
        wells="<results>/batches/{batch}/wells.parquet",
        delivered="<results>/batches/{batch}/delivered.parquet",
        problems="<results>/batches/{batch}/problems.parquet",
    log:
        "<logs>/read_batch/{batch}.log",
    priority: 2
    group:
        "read"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "read_batch",
            of_batch=PLAN.reading,
            files=batch_checksums,
            layout_schema=LAYOUT_SCHEMA,
        ),
    message:
        "Batch {wildcards.batch}: read the exports"
    script:
        "../scripts/read_batch.py"


rule calibrate_batch:
    input:
        wells="<results>/batches/{batch}/wells.parquet",
    output:
        curves="<results>/batches/{batch}/curves.parquet",
        concentrations="<results>/batches/{batch}/concentrations.parquet",
        dropped_standards="<results>/batches/{batch}/dropped_standards.parquet",
    log:
        "<logs>/calibrate_batch/{batch}.log",
    group:
        "batch"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "calibrate_batch",
            plates=batch_plate_columns("plate", "kit_lot"),
            analytes=batch_calibration,
            criteria=batch_criteria,
        ),
    message:
        "Batch {wildcards.batch}: fit the curves"
    script:
        "../scripts/calibrate_batch.py"


rule assess_batch:
    input:
        wells="<results>/batches/{batch}/wells.parquet",
        delivered="<results>/batches/{batch}/delivered.parquet",
        curves="<results>/batches/{batch}/curves.parquet",
        concentrations="<results>/batches/{batch}/concentrations.parquet",
        dropped_standards="<results>/batches/{batch}/dropped_standards.parquet",
    output:
        checks="<results>/batches/{batch}/checks.parquet",
        attempts="<results>/batches/{batch}/attempts.parquet",
        problems="<results>/batches/{batch}/judged_problems.parquet",
    log:
        "<logs>/assess_batch/{batch}.log",
    group:
        "batch"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "assess_batch",
            plates=batch_plate_columns("plate", "run_date", "kit_lot", "file"),
            panels=batch_panels(
                "panel",
                "platform",
                "criteria_set",
                "replicate_rule",
                "min_dilution",
                "max_dilution",
                "accept_unproven",
            ),
            criteria=batch_criteria,
        ),
    message:
        "Batch {wildcards.batch}: judge plates and samples"
    script:
        "../scripts/assess_batch.py"
