# Figures, each as SVG, PNG, PDF and the table of all it draws.
# Needs: the sheets, <results>/study, <results>/statistics, curves. Makes: <results>/figures/


def drawn(name, category, figure, shows, part=""):
    """The files of a figure, as outputs; `part` is before their names where one rule draws several."""
    svg = report(
        f"<results>/figures/{name}.svg",
        caption=f"../report/{name.split('_{')[0]}.rst",
        category=category,
        labels={"figure": figure, "shows": shows},
    )
    others = {
        f"{part}{kind}": f"<results>/figures/{name}.{kind}"
        for kind in ("png", "pdf", "tsv")
    }
    return {f"{part}svg": svg, **others}


SCHEDULE = {
    "visits": STUDY.rows("visits"),
    "courses": STUDY.rows("courses"),
}
ANALYTES = STUDY.rows("analytes", ["analyte", "label", "group", "order", "unit"])
SHOWN = STUDY.config["figures"]
PEOPLE = STUDY.config["report_participants"]


rule draw_figure_1a:
    input:
        gate="<results>/study/gate.txt",
    output:
        **drawn("figure_1a", "Study", "1A", "study schema"),
    log:
        "<logs>/draw_figure_1a.log",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_figure_1a",
            members=MEMBERS,
            events=STUDY.rows("events"),
            look=LOOK,
            **SCHEDULE,
        ),
    script:
        "../scripts/{params.given[step]}.py"


use rule draw_figure_1a as draw_figure_1b with:
    input:
        results="<results>/study/results.parquet",
        observations="<results>/study/observations.parquet",
    output:
        **drawn("figure_1b", "Study", "1B", "participant flow"),
    log:
        "<logs>/draw_figure_1b.log",
    params:
        given=given("draw_figure_1b", study=CLINICAL, look=LOOK),


use rule draw_figure_1a as draw_figure_2 with:
    input:
        summaries="<results>/statistics/visit_summaries.tsv",
        observations="<results>/study/observations.parquet",
    output:
        **drawn("figure_2", "Clinical scores", "2", "scores over the visits"),
    log:
        "<logs>/draw_figure_2.log",
    params:
        given=given(
            "draw_figure_2",
            scales=STUDY.scales,
            scores=SHOWN["scores"],
            quantity=SHOWN["score_quantity"],
            look=LOOK,
            people=PEOPLE,
            **SCHEDULE,
        ),


use rule draw_figure_1a as draw_figure_3 with:
    input:
        observations="<results>/study/observations.parquet",
    output:
        **drawn("figure_3", "Clinical scores", "3", "relapse and retreatment"),
    log:
        "<logs>/draw_figure_3.log",
    params:
        given=given(
            "draw_figure_3",
            members=MEMBERS,
            events=STUDY.rows("events"),
            scales=STUDY.scales,
            score=SHOWN["relapse_score"],
            look=LOOK,
            people=PEOPLE,
            **SCHEDULE,
        ),


use rule draw_figure_1a as draw_figure_4 with:
    input:
        summaries="<results>/statistics/pair_summaries.tsv",
        observations="<results>/study/observations.parquet",
    output:
        **drawn("figure_4", "Biomarkers", "4", "cytokines at two visits"),
    log:
        "<logs>/draw_figure_4.log",
    params:
        given=given(
            "draw_figure_4",
            analytes=ANALYTES,
            groups=SHOWN["cytokine_groups"],
            pair=SHOWN["cytokine_visits"],
            look=LOOK,
            people=PEOPLE,
            **SCHEDULE,
        ),


use rule draw_figure_1a as draw_figure_5 with:
    input:
        summaries="<results>/statistics/visit_summaries.tsv",
        observations="<results>/study/observations.parquet",
    output:
        **drawn(
            "figure_5a",
            "Biomarkers",
            "5A",
            "autoantibodies relative to baseline",
            "a_",
        ),
        **drawn(
            "figure_5b",
            "Biomarkers",
            "5B",
            "antibodies against vaccine antigens",
            "b_",
        ),
        **drawn("figure_5c", "Biomarkers", "5C", "antibody classes", "c_"),
    log:
        "<logs>/draw_figure_5.log",
    params:
        given=given(
            "draw_figure_5",
            analytes=ANALYTES,
            groups=[
                SHOWN[key]
                for key in ("autoantibody_groups", "antigen_groups", "class_groups")
            ],
            look=LOOK,
            people=PEOPLE,
            **SCHEDULE,
        ),


use rule draw_figure_1a as draw_figure_6 with:
    input:
        summaries="<results>/statistics/visit_summaries.tsv",
        observations="<results>/study/observations.parquet",
    output:
        **drawn("figure_6", "Biomarkers", "6", "sBCMA, BAFF, APRIL"),
    log:
        "<logs>/draw_figure_6.log",
    params:
        given=given(
            "draw_figure_6",
            analytes=ANALYTES,
            groups=SHOWN["axis_groups"],
            look=LOOK,
            people=PEOPLE,
            **SCHEDULE,
        ),


use rule draw_figure_1a as draw_associations with:
    input:
        associations="<results>/statistics/associations.tsv",
    output:
        **drawn("associations", "Correlations", "correlations", "biomarkers and scores"),
    log:
        "<logs>/draw_associations.log",
    params:
        given=given(
            "draw_associations",
            analytes=ANALYTES,
            scores=SHOWN["scores"],
            visit=STUDY.config["primary_visit"],
            look=LOOK,
        ),


use rule draw_figure_1a as draw_profile with:
    input:
        scores="<results>/statistics/pca_scores.tsv",
        loadings="<results>/statistics/pca_loadings.tsv",
        variance="<results>/statistics/pca_variance.tsv",
    output:
        **drawn("profile", "Correlations", "profile", "principal components"),
    log:
        "<logs>/draw_profile.log",
    params:
        given=given(
            "draw_profile", analytes=ANALYTES, look=LOOK, people=PEOPLE, **SCHEDULE
        ),


use rule draw_figure_1a as draw_curves with:
    input:
        curves=collect("<results>/batches/{batch}/curves.parquet", batch=NEWEST_BATCHES),
        concentrations=collect(
            "<results>/batches/{batch}/concentrations.parquet", batch=NEWEST_BATCHES
        ),
    output:
        **drawn("curves_{panel}", "Quality", "standard curves", "{panel}"),
    log:
        "<logs>/draw_curves/{panel}.log",
    params:
        given=given("draw_curves", analytes=ANALYTES, plates=newest_plates, look=LOOK),


use rule draw_figure_1a as draw_controls with:
    input:
        controls="<results>/study/controls.parquet",
    output:
        **drawn("controls_{panel}", "Quality", "controls over time", "{panel}"),
    log:
        "<logs>/draw_controls/{panel}.log",
    params:
        given=given(
            "draw_controls",
            analytes=ANALYTES,
            tolerances=control_tolerances,
            look=LOOK,
        ),
