# One assay delivery: raw exports to wells, curves, concentrations and attempts.
# Needs: the raw files and layouts its rows of the plates sheet name. Makes: <results>/batches/{batch}/*.parquet


rule read_batch:
    input:
        raw=ancient(batch_files),
    output:
        wells="<results>/batches/{batch}/wells.parquet",
        delivered="<results>/batches/{batch}/delivered.parquet",
        problems="<results>/batches/{batch}/problems.parquet",
    log:
        "<logs>/read_batch/{batch}.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "read_batch",
            plates=batch_plates,
            analytes=batch_analytes(*choices.READING),
            panels=batch_panels("panel", "platform", "signal", "criteria_set"),
            materials=batch_materials,
            amendments=batch_amendments,
            columns=batch_columns,
            state_words=STUDY.state_words,
            criteria=batch_criteria,
            files=batch_checksums,
            units=STUDY.units.rows,
            layout_schema=LAYOUT_SCHEMA,
        ),
    script:
        "../scripts/read_batch.py"


rule calibrate_batch:
    input:
        wells="<results>/batches/{batch}/wells.parquet",
        gate=ancient("<results>/study/gate.txt"),  # waits for it; what it says changes no curve
    output:
        curves="<results>/batches/{batch}/curves.parquet",
        concentrations="<results>/batches/{batch}/concentrations.parquet",
    log:
        "<logs>/calibrate_batch/{batch}.log",
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
    script:
        "../scripts/calibrate_batch.py"


rule assess_batch:
    input:
        wells="<results>/batches/{batch}/wells.parquet",
        delivered="<results>/batches/{batch}/delivered.parquet",
        curves="<results>/batches/{batch}/curves.parquet",
        concentrations="<results>/batches/{batch}/concentrations.parquet",
    output:
        checks="<results>/batches/{batch}/checks.parquet",
        attempts="<results>/batches/{batch}/attempts.parquet",
        problems="<results>/batches/{batch}/judged_problems.parquet",
    log:
        "<logs>/assess_batch/{batch}.log",
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
    script:
        "../scripts/assess_batch.py"
