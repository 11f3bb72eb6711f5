# Correlations, the profile of all biomarkers, and the standard curves and controls behind every value.
# Needs: <results>/statistics and the curves of all batches. Makes: <results>/figures/


rule draw_associations:
    input:
        associations="<results>/statistics/associations.tsv",
    output:
        svg=report(
            "<results>/figures/associations.svg",
            caption="../report/associations.rst",
            category="Correlations",
            labels={"figure": "correlations", "shows": "biomarkers and scores"},
        ),
        png="<results>/figures/associations.png",
        pdf="<results>/figures/associations.pdf",
        tsv="<results>/figures/associations.tsv",
    log:
        "<logs>/draw_associations.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_associations",
            analytes=STUDY.rows("analytes", FIGURE_COLUMNS),
            scores=STUDY.config["figures"]["scores"],
            visit=STUDY.config["primary_visit"],
            look=LOOK,
        ),
    script:
        "../scripts/draw_associations.py"


rule draw_profile:
    input:
        scores="<results>/statistics/pca_scores.tsv",
        loadings="<results>/statistics/pca_loadings.tsv",
        variance="<results>/statistics/pca_variance.tsv",
    output:
        svg=report(
            "<results>/figures/profile.svg",
            caption="../report/profile.rst",
            category="Correlations",
            labels={"figure": "profile", "shows": "principal components"},
        ),
        png="<results>/figures/profile.png",
        pdf="<results>/figures/profile.pdf",
        tsv="<results>/figures/profile.tsv",
    log:
        "<logs>/draw_profile.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_profile",
            visits=STUDY.rows("visits"),
            courses=STUDY.rows("courses"),
            analytes=STUDY.rows("analytes", FIGURE_COLUMNS),
            look=LOOK,
            people=STUDY.config["report_participants"],
        ),
    script:
        "../scripts/draw_profile.py"


rule draw_curves:
    input:
        curves=collect("<results>/batches/{batch}/curves.parquet", batch=NEWEST_BATCHES),
        concentrations=collect(
            "<results>/batches/{batch}/concentrations.parquet", batch=NEWEST_BATCHES
        ),
        dropped_standards=collect(
            "<results>/batches/{batch}/dropped_standards.parquet", batch=NEWEST_BATCHES
        ),
    output:
        svg=report(
            "<results>/figures/curves_{panel}.svg",
            caption="../report/curves.rst",
            category="Quality",
            labels={"figure": "standard curves", "shows": "{panel}"},
        ),
        png="<results>/figures/curves_{panel}.png",
        pdf="<results>/figures/curves_{panel}.pdf",
        tsv="<results>/figures/curves_{panel}.tsv",
    log:
        "<logs>/draw_curves/{panel}.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_curves",
            analytes=STUDY.rows("analytes", FIGURE_COLUMNS),
            plates=newest_plates,
            look=LOOK,
        ),
    script:
        "../scripts/draw_curves.py"


rule draw_controls:
    input:
        controls="<results>/study/controls.parquet",
    output:
        svg=report(
            "<results>/figures/controls_{panel}.svg",
            caption="../report/controls.rst",
            category="Quality",
            labels={"figure": "controls over time", "shows": "{panel}"},
        ),
        png="<results>/figures/controls_{panel}.png",
        pdf="<results>/figures/controls_{panel}.pdf",
        tsv="<results>/figures/controls_{panel}.tsv",
    log:
        "<logs>/draw_controls/{panel}.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_controls",
            analytes=STUDY.rows("analytes", FIGURE_COLUMNS),
            tolerances=control_tolerances,
            look=LOOK,
        ),
    script:
        "../scripts/draw_controls.py"
