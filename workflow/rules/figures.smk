# Figures, each as SVG, PNG, PDF and the table of all it draws.
# Needs: the sheets, <results>/study, <results>/statistics, curves. Makes: <results>/figures/
PEOPLE = STUDY.config["report_participants"]
SHOWN = STUDY.config["figures"]
MATCHED = SHOWN["set"] == "matched"  # only who has a result at every visit
OVER_VISITS = "matched_summaries" if MATCHED else "visit_summaries"
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
        given=chosen("figure_1a", "visits courses events", members=MEMBERS),
    message:
        "Figure 1A: study schema"
    script:
        "../scripts/draw_figure.py"


use rule draw_figure_1a as draw_figure_1b with:
    input:
        results="<results>/study/results.parquet",
        observations="<results>/study/observations.parquet",
    output:
        **drawn("figure_1b", "Study", "1B", "participant flow"),
    log:
        "<logs>/draw_figure_1b.log",
    params:
        given=chosen(
            "figure_1b",
            "participants visits courses events",
            schedules=STUDY.config["analysed_schedules"],
        ),
    message:
        "Figure 1B: participant flow"


use rule draw_figure_1a as draw_figure_2 with:
    input:
        summaries=f"<results>/statistics/{OVER_VISITS}.tsv",
        observations="<results>/study/observations.parquet",
    output:
        **drawn("figure_2", "Clinical scores", "2", "scores over the visits"),
    log:
        "<logs>/draw_figure_2.log",
    params:
        given=chosen(
            "figure_2",
            "visits courses events",
            scales=STUDY.scales,
            scores=CHOICES.scores,
            quantity=SHOWN["score_quantity"],
            individuals=PEOPLE,
            matched=MATCHED,
        ),
    message:
        "Figure 2: scores over the visits"


use rule draw_figure_1a as draw_figure_3 with:
    input:
        observations="<results>/study/observations.parquet",
    output:
        **drawn("figure_3", "Clinical scores", "3", "relapse and retreatment"),
    log:
        "<logs>/draw_figure_3.log",
    params:
        given=chosen(
            "figure_3",
            "visits courses events",
            members=MEMBERS,
            scales=STUDY.scales,
            score=CHOICES.relapse_score,
            individuals=PEOPLE,
        ),
    message:
        "Figure 3: relapse and retreatment"


use rule draw_figure_1a as draw_figure_4 with:
    input:
        summaries="<results>/statistics/pair_summaries.tsv",
        observations="<results>/study/observations.parquet",
    output:
        **drawn("figure_4", "Biomarkers", "4", "biomarkers at two visits"),
    log:
        "<logs>/draw_figure_4.log",
    params:
        given=chosen(
            "figure_4",
            "visits courses analytes",
            groups=CHOICES.groups["figure_4"],
            pair=CHOICES.pair,
            individuals=PEOPLE,
        ),
    message:
        "Figure 4: biomarkers at two visits"


use rule draw_figure_1a as draw_figure_5 with:
    input:
        summaries=f"<results>/statistics/{OVER_VISITS}.tsv",
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
        **drawn("figure_5", "Biomarkers", "5", "its parts on one page"),
    log:
        "<logs>/draw_figure_5.log",
    params:
        given=chosen(
            "figure_5",
            "visits courses events analytes",
            groups_a=CHOICES.groups["figure_5a"],
            groups_b=CHOICES.groups["figure_5b"],
            groups_c=CHOICES.groups["figure_5c"],
            individuals=PEOPLE,
            matched=MATCHED,
            log=SHOWN["log"],
        ),
    message:
        "Figure 5: antibodies over the visits"


use rule draw_figure_1a as draw_figure_6 with:
    input:
        summaries=f"<results>/statistics/{OVER_VISITS}.tsv",
        observations="<results>/study/observations.parquet",
    output:
        **drawn("figure_6", "Biomarkers", "6", "biomarkers over the visits"),
    log:
        "<logs>/draw_figure_6.log",
    params:
        given=chosen(
            "figure_6",
            "visits courses events analytes",
            groups=CHOICES.groups["figure_6"],
            individuals=PEOPLE,
            matched=MATCHED,
            log=SHOWN["log"],
        ),
    message:
        "Figure 6: biomarkers over the visits"


use rule draw_figure_1a as draw_associations with:
    input:
        associations="<results>/statistics/associations.tsv",
    output:
        **drawn("associations", "Correlations", "correlations", "biomarkers and scores"),
    log:
        "<logs>/draw_associations.log",
    params:
        given=chosen(
            "figure_associations",
            "analytes",
            scores=CHOICES.scores,
            visit=CHOICES.primary_visit,
        ),
    message:
        "Figure: associations of biomarkers and scores"


use rule draw_figure_1a as draw_profile with:
    input:
        pca_scores="<results>/statistics/pca_scores.tsv",
        pca_loadings="<results>/statistics/pca_loadings.tsv",
        pca_variance="<results>/statistics/pca_variance.tsv",
    output:
        **drawn("profile", "Correlations", "profile", "principal components"),
    log:
        "<logs>/draw_profile.log",
    params:
        given=chosen("figure_profile", "visits courses analytes", individuals=PEOPLE),
    message:
        "Figure: principal components"


use rule draw_figure_1a as draw_waterfall with:
    input:
        observations="<results>/study/observations.parquet",
    output:
        **drawn("waterfall", "Clinical scores", "waterfall", "change of a score"),
    log:
        "<logs>/draw_waterfall.log",
    params:
        given=chosen(
            "figure_waterfall",
            "people visits courses",
            scales=STUDY.scales,
            scores=[COMPARING["responder_score"]],
            visit=CHOICES.primary_visit,
            factor=SHOWN_FACTOR,
            individuals=PEOPLE,
        ),
    message:
        "Figure: change of a score in every participant"


use rule draw_figure_1a as draw_survival with:
    input:
        event_curves="<results>/statistics/event_curves.tsv",
        time_to_event="<results>/statistics/time_to_event.tsv",
    output:
        **drawn("survival", "Clinical scores", "survival", "times to events"),
    log:
        "<logs>/draw_survival.log",
    params:
        given=chosen(
            "figure_survival",
            "courses analytes",
            endpoints=planned.endpoints(STUDY),
        ),
    message:
        "Figure: times to events"


use rule draw_figure_1a as draw_titres with:
    input:
        serology="<results>/statistics/serology.tsv",
        titre_curves="<results>/statistics/titre_curves.tsv",
    output:
        **drawn("titres", "Biomarkers", "titres", "reverse cumulative curves"),
    log:
        "<logs>/draw_titres.log",
    params:
        given=chosen(
            "figure_titres",
            "visits courses analytes",
            groups=[*CHOICES.groups["figure_5a"], *CHOICES.groups["figure_5b"]],
            shown=planned.titre_visits(STUDY),
            factor=SHOWN_FACTOR,
        ),
    message:
        "Figure: reverse cumulative curves of antibodies"


use rule draw_figure_1a as draw_roc with:
    input:
        roc="<results>/statistics/roc.tsv",
        roc_points="<results>/statistics/roc_points.tsv",
    output:
        **drawn("roc", "Correlations", "ROC", "biomarkers that tell responders"),
    log:
        "<logs>/draw_roc.log",
    params:
        given=chosen("figure_roc", "analytes", scores=[COMPARING["responder_score"]]),
    message:
        "Figure: ROC curves of biomarkers at baseline"


rule draw_groups:
    input:
        observations="<results>/study/observations.parquet",
        comparisons="<results>/statistics/group_comparisons.tsv",
    output:
        **drawn("groups_{factor}", "Groups", "groups", "{factor}"),
    log:
        "<logs>/draw_groups/{factor}.log",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_groups",
            settings=COMPARING,
            people=SHEETS["people"],
            individuals=PEOPLE,
            analytes=SHEETS["analytes"],
            scales=STUDY.scales,
            scores=CHOICES.scores,
            visit=compared_at,
            look=rule_rows.look(STUDY),
            formats=SHOWN["formats"],
        ),
    message:
        "Figure: groups of {wildcards.factor}"
    script:
        "../scripts/draw_groups.py"


rule draw_ratios:
    input:
        comparisons="<results>/statistics/group_comparisons.tsv",
    output:
        **drawn("ratios_{factor}", "Groups", "ratios", "{factor}"),
    log:
        "<logs>/draw_ratios/{factor}.log",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_ratios",
            quantity=compared_as,
            analytes=SHEETS["analytes"],
            scales=STUDY.scales,
            scores=CHOICES.scores,
            visit=compared_at,
            look=rule_rows.look(STUDY),
            formats=SHOWN["formats"],
        ),
    message:
        "Figure: ratios of groups of {wildcards.factor}"
    script:
        "../scripts/draw_ratios.py"


rule draw_courses:
    input:
        changes="<results>/statistics/level_changes.tsv",
    output:
        **drawn("courses_{factor}", "Groups", "courses of groups", "{factor}"),
    log:
        "<logs>/draw_courses/{factor}.log",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_courses",
            analytes=SHEETS["analytes"],
            visits=SHEETS["visits"],
            scales=STUDY.scales,
            scores=CHOICES.scores,
            look=rule_rows.look(STUDY),
            formats=SHOWN["formats"],
        ),
    message:
        "Figure: courses of groups of {wildcards.factor}"
    script:
        "../scripts/draw_courses.py"


rule draw_curves:
    input:
        gate="<results>/study/gate.txt",
        curves=collect("<results>/batches/{batch}/curves.parquet", batch=NEWEST_BATCHES),
        concentrations=collect(
            "<results>/batches/{batch}/concentrations.parquet", batch=NEWEST_BATCHES
        ),
        dropped_standards=collect(
            "<results>/batches/{batch}/dropped_standards.parquet", batch=NEWEST_BATCHES
        ),
    output:
        **drawn("curves_{panel}", "Quality", "standard curves", "{panel}"),
    log:
        "<logs>/draw_curves/{panel}.log",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_curves",
            analytes=SHEETS["analytes"],
            plates=newest_plates,
            look=rule_rows.look(STUDY),
            formats=SHOWN["formats"],
        ),
    message:
        "Figure: standard curves of {wildcards.panel}"
    script:
        "../scripts/draw_curves.py"


rule draw_controls:
    input:
        controls="<results>/study/controls.parquet",
    output:
        **drawn("controls_{panel}", "Quality", "controls over time", "{panel}"),
    log:
        "<logs>/draw_controls/{panel}.log",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_controls",
            analytes=SHEETS["analytes"],
            tolerances=control_tolerances,
            look=rule_rows.look(STUDY),
            formats=SHOWN["formats"],
        ),
    message:
        "Figure: controls over time of {wildcards.panel}"
    script:
        "../scripts/draw_controls.py"


rule draw_limits:
    input:
        levels="<results>/study/lloq_levels.tsv",
        proposals="<results>/study/lloq_proposals.tsv",
    output:
        **drawn("limits_{panel}", "Quality", "proposed LLOQ", "{panel}"),
    log:
        "<logs>/draw_limits/{panel}.log",
    group:
        "figures"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_limits",
            analytes=SHEETS["analytes"],
            look=rule_rows.look(STUDY),
            formats=SHOWN["formats"],
        ),
    message:
        "Figure: proposed limits of quantification of {wildcards.panel}"
    script:
        "../scripts/draw_limits.py"


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
            figure=drawn_by,
            look=page_look,
            formats=SHOWN["formats"],
        ),
    message:
        "Figure: page {wildcards.page} of {wildcards.figure}"
    script:
        "../scripts/draw_page.py"
