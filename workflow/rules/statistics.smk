# Every number that is printed or drawn, as tidy tables.
# Needs: <results>/study/observations.parquet. Makes: <results>/statistics/*.tsv


rule describe:
    input:
        observations="<results>/study/observations.parquet",
    output:
        summaries="<results>/statistics/visit_summaries.tsv",
        pairs="<results>/statistics/pair_summaries.tsv",
        accounting="<results>/statistics/accounting.tsv",
        sensitivity="<results>/statistics/sensitivity.tsv",
    log:
        "<logs>/describe.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "describe",
            settings=SETTINGS,
            pair=CHOICES.pair,
        ),
    message:
        "Statistics: summarise every visit"
    script:
        "../scripts/describe.py"


rule change_from_baseline:
    input:
        observations="<results>/study/observations.parquet",
        bridging="<results>/study/bridging.tsv",
    output:
        biomarkers="<results>/statistics/biomarker_changes.tsv",
        scores="<results>/statistics/score_changes.tsv",
    log:
        "<logs>/change_from_baseline.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given("change_from_baseline", settings=SETTINGS),
    message:
        "Statistics: changes from baseline"
    script:
        "../scripts/change_from_baseline.py"


rule fit_longitudinal:
    input:
        observations="<results>/study/observations.parquet",
    output:
        longitudinal="<results>/statistics/longitudinal.tsv",
    log:
        "<logs>/fit_longitudinal.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given("fit_longitudinal", settings=SETTINGS),
    message:
        "Statistics: models over all visits"
    script:
        "../scripts/fit_longitudinal.py"


rule associate:
    input:
        observations="<results>/study/observations.parquet",
    output:
        associations="<results>/statistics/associations.tsv",
    log:
        "<logs>/associate.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        given=given("associate", settings=SETTINGS),
    message:
        "Statistics: associations of biomarkers and scores"
    script:
        "../scripts/associate.py"


rule profile_biomarkers:
    input:
        observations="<results>/study/observations.parquet",
    output:
        scores="<results>/statistics/pca_scores.tsv",
        loadings="<results>/statistics/pca_loadings.tsv",
        variance="<results>/statistics/pca_variance.tsv",
    log:
        "<logs>/profile_biomarkers.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given("profile_biomarkers", settings=SETTINGS),
    message:
        "Statistics: principal components"
    script:
        "../scripts/profile_biomarkers.py"


rule predict_scores:
    input:
        observations="<results>/study/observations.parquet",
    output:
        prediction="<results>/statistics/prediction.tsv",
    log:
        "<logs>/predict_scores.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given("predict_scores", settings=SETTINGS),
    message:
        "Statistics: prediction of scores"
    script:
        "../scripts/predict_scores.py"


# What is made of it: nothing in a study of assays alone, no association and no prediction in one without scores.
STATISTICS = [
    rules.describe,
    rules.change_from_baseline,
    rules.fit_longitudinal,
    rules.profile_biomarkers,
]
STATISTICS += [rules.associate, rules.predict_scores] if STUDY.scored else []
STATISTICS = [path for rule in STATISTICS for path in rule.output if STUDY.clinical]
