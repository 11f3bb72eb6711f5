# Figures, each as SVG, PNG, PDF and the table of all it draws; those of a category, a kit or a factor in one job.
# Needs: the sheets, <results>/study, <results>/statistics, curves. Makes: <results>/figures/
PEOPLE = STUDY.config["report_participants"]
SHOWN = STUDY.config["figures"]
MATCHED = SHOWN["set"] == "matched"  # only who has a result at every visit
OVER_VISITS = "matched_summaries" if MATCHED else "visit_summaries"
OBSERVATIONS = {"observations": "observations"}
SUMMARIES = {**OBSERVATIONS, "summaries": OVER_VISITS}
SHOWN_FACTOR = next((name for name in FACTORS if name != comparisons.RESPONDER), None)


rule describe_matched:
    input:
        observations="<results>/study/observations.parquet",
    output:
        summaries="<results>/statistics/matched_summaries.tsv",
    log:
        "<logs>/describe_matched.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given("describe_matched", settings=SETTINGS),
    message:
        "Statistics: summarise every visit of who has a result at all"
    script:
        "../scripts/describe_matched.py"


figure(
    "Study",
    {"figure_1a": ("1A", "study schema")},
    {},
    "visits courses events",
    members=MEMBERS,
)
figure(
    "Study",
    {"figure_1b": ("1B", "participant flow")},
    {"results": "results", "observations": "observations"},
    "participants visits courses events",
    schedules=STUDY.config["analysed_schedules"],
)
figure(
    "Clinical scores",
    {"figure_2": ("2", "scores over the visits")},
    SUMMARIES,
    "visits courses events",
    scales=STUDY.scales,
    scores=CHOICES.scores,
    quantity=SHOWN["score_quantity"],
    individuals=PEOPLE,
    matched=MATCHED,
)
figure(
    "Clinical scores",
    {"figure_3": ("3", "relapse and retreatment")},
    OBSERVATIONS,
    "visits courses events",
    members=MEMBERS,
    scales=STUDY.scales,
    score=CHOICES.relapse_score,
    individuals=PEOPLE,
)
figure(
    "Biomarkers",
    {"figure_4": ("4", "biomarkers at two visits")},
    {**OBSERVATIONS, "summaries": "pair_summaries"},
    "visits courses analytes",
    groups=CHOICES.groups["figure_4"],
    pair=CHOICES.pair,
    individuals=PEOPLE,
)
figure(
    "Biomarkers",
    {
        "figure_5a": ("5A", "autoantibodies relative to baseline"),
        "figure_5b": ("5B", "antibodies against vaccine antigens"),
        "figure_5c": ("5C", "antibody classes"),
        "figure_5": ("5", "its parts on one page"),
    },
    SUMMARIES,
    "visits courses events analytes",
    groups_a=CHOICES.groups["figure_5a"],
    groups_b=CHOICES.groups["figure_5b"],
    groups_c=CHOICES.groups["figure_5c"],
    individuals=PEOPLE,
    matched=MATCHED,
    log=SHOWN["log"],
)
figure(
    "Biomarkers",
    {"figure_6": ("6", "biomarkers over the visits")},
    SUMMARIES,
    "visits courses events analytes",
    groups=CHOICES.groups["figure_6"],
    individuals=PEOPLE,
    matched=MATCHED,
    log=SHOWN["log"],
)
figure(
    "Correlations",
    {"associations": ("correlations", "biomarkers and scores")},
    {"associations": "associations"},
    "analytes",
    scores=CHOICES.scores,
    visit=CHOICES.primary_visit,
)
figure(
    "Correlations",
    {"profile": ("profile", "principal components")},
    {name: name for name in ("pca_scores", "pca_loadings", "pca_variance")},
    "visits courses analytes",
    individuals=PEOPLE,
)
figure(
    "Clinical scores",
    {"waterfall": ("waterfall", "change of a score")},
    OBSERVATIONS,
    "people visits courses",
    scales=STUDY.scales,
    scores=[COMPARING["responder_score"]],
    visit=CHOICES.primary_visit,
    factor=SHOWN_FACTOR,
    individuals=PEOPLE,
)
figure(
    "Clinical scores",
    {"survival": ("survival", "times to events")},
    {"event_curves": "event_curves", "time_to_event": "time_to_event"},
    "courses analytes",
    endpoints=planned.endpoints(STUDY),
)
figure(
    "Biomarkers",
    {"titres": ("titres", "reverse cumulative curves")},
    {"serology": "serology", "titre_curves": "titre_curves"},
    "visits courses analytes",
    groups=[*CHOICES.groups["figure_5a"], *CHOICES.groups["figure_5b"]],
    shown=planned.titre_visits(STUDY),
    factor=SHOWN_FACTOR,
)
figure(
    "Correlations",
    {"roc": ("ROC", "biomarkers that tell responders")},
    {"roc": "roc", "roc_points": "roc_points"},
    "analytes",
    scores=[COMPARING["responder_score"]],
)
STUDY_FIGURES, CLINICAL_FIGURES = family("Study"), family("Clinical scores")
BIOMARKER_FIGURES, CORRELATION_FIGURES = family("Biomarkers"), family("Correlations")


rule draw_study:
    input:
        **STUDY_FIGURES.inputs,
    output:
        STUDY_FIGURES.outputs,
    log:
        "<logs>/draw_study.log",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=STUDY_FIGURES.given,
    message:
        "Figures: the study"
    script:
        "../scripts/draw_figures.py"


use rule draw_study as draw_clinical with:
    input:
        **CLINICAL_FIGURES.inputs,
    output:
        CLINICAL_FIGURES.outputs,
    log:
        "<logs>/draw_clinical.log",
    params:
        given=CLINICAL_FIGURES.given,
    message:
        "Figures: clinical scores"


use rule draw_study as draw_biomarkers with:
    input:
        **BIOMARKER_FIGURES.inputs,
    output:
        BIOMARKER_FIGURES.outputs,
    log:
        "<logs>/draw_biomarkers.log",
    params:
        given=BIOMARKER_FIGURES.given,
    message:
        "Figures: biomarkers"


use rule draw_study as draw_correlations with:
    input:
        **CORRELATION_FIGURES.inputs,
    output:
        CORRELATION_FIGURES.outputs,
    log:
        "<logs>/draw_correlations.log",
    params:
        given=CORRELATION_FIGURES.given,
    message:
        "Figures: correlations"


rule draw_groups:
    input:
        observations="<results>/study/observations.parquet",
        comparisons="<results>/statistics/group_comparisons.tsv",
        changes="<results>/statistics/level_changes.tsv",
    output:
        drawn("groups_{factor}", "Groups", "groups", "{factor}"),
        drawn("ratios_{factor}", "Groups", "ratios", "{factor}"),
        drawn("courses_{factor}", "Groups", "courses of groups", "{factor}"),
    log:
        "<logs>/draw_groups/{factor}.log",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "draw_groups",
            settings=COMPARING,
            people=SHEETS["people"],
            individuals=PEOPLE,
            analytes=SHEETS["analytes"],
            visits=SHEETS["visits"],
            scales=STUDY.scales,
            scores=CHOICES.scores,
            visit=compared_at,
            quantity=compared_as,
            look=rule_rows.look(STUDY),
            formats=SHOWN["formats"],
        ),
    message:
        "Figures: groups of {wildcards.factor}"
    script:
        "../scripts/draw_groups.py"


# From the plates of the kit alone: a new plate of another kit draws none of them again. They show no result, so that they wait
# for the gate as little as the curves themselves, and go after it by priority.
rule draw_quality:
    input:
        curves=panel_batches("curves"),
        concentrations=panel_batches("concentrations"),
        dropped_standards=panel_batches("dropped_standards"),
        checks=panel_batches("checks"),
    output:
        drawn("curves_{panel}", "Quality", "standard curves", "{panel}"),
        drawn("controls_{panel}", "Quality", "controls over time", "{panel}"),
        drawn("limits_{panel}", "Quality", "proposed LLOQ", "{panel}"),
    log:
        "<logs>/draw_quality/{panel}.log",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000, 0.8),
        runtime=10,
    params:
        given=given(
            "draw_quality",
            sheets=panel_quality,
            look=rule_rows.look(STUDY),
            formats=SHOWN["formats"],
        ),
    message:
        "Figures: curves, controls and limits of {wildcards.panel}"
    script:
        "../scripts/draw_quality.py"


rule draw_page:
    input:
        table="<results>/figures/{figure}.tsv",
    output:
        report(
            "<results>/figures/{figure}.page{page}.svg",
            caption="../report/page.rst",
            category=lambda wildcards: CATEGORY[wildcards.figure],
            labels={"figure": "{figure}", "shows": "page {page}", "as": "picture"},
        ),
        multiext(
            "<results>/figures/{figure}.page{page}.",
            *STUDY.config["figures"]["formats"],
            "md",
        ),
    log:
        "<logs>/draw_page/{figure}.page{page}.log",
    wildcard_constraints:
        figure="(groups|ratios|courses|curves|controls|limits)_.+",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_page",
            drawers=drawn_by,
            look=page_look,
            formats=SHOWN["formats"],
        ),
    message:
        "Figure: page {wildcards.page} of {wildcards.figure}"
    script:
        "../scripts/draw_page.py"
