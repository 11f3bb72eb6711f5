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
            pair=STUDY.config["figures"]["cytokine_visits"],
        ),
    script:
        "../scripts/{params.given[step]}.py"


use rule describe as change_from_baseline with:
    output:
        biomarkers="<results>/statistics/biomarker_changes.tsv",
        scores="<results>/statistics/score_changes.tsv",
    log:
        "<logs>/change_from_baseline.log",
    params:
        given=given("change_from_baseline", settings=SETTINGS),


use rule describe as fit_longitudinal with:
    output:
        longitudinal="<results>/statistics/longitudinal.tsv",
    log:
        "<logs>/fit_longitudinal.log",
    params:
        given=given("fit_longitudinal", settings=SETTINGS),


use rule describe as associate with:
    output:
        associations="<results>/statistics/associations.tsv",
    log:
        "<logs>/associate.log",
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        given=given("associate", settings=SETTINGS),


use rule describe as profile_biomarkers with:
    output:
        scores="<results>/statistics/pca_scores.tsv",
        loadings="<results>/statistics/pca_loadings.tsv",
        variance="<results>/statistics/pca_variance.tsv",
    log:
        "<logs>/profile_biomarkers.log",
    params:
        given=given("profile_biomarkers", settings=SETTINGS),


use rule describe as predict_scores with:
    output:
        prediction="<results>/statistics/prediction.tsv",
    log:
        "<logs>/predict_scores.log",
    params:
        given=given("predict_scores", settings=SETTINGS),
