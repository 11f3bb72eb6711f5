# Every number that is printed or drawn, as tidy tables.
# Needs: <results>/study/observations.parquet. Makes: <results>/statistics/*.tsv
# Rows of people are params of what compares them, and of nothing else: a new arm concerns no other step.
PARTICIPANTS = rule_rows.people(STUDY)
RESPONDING = COMPARING["responder_score"]
EVENTS_TIMED = RESPONDING or any(each.event == "relapse" for each in STUDY.events)
ANTIBODIES = rule_rows.antibodies(STUDY)
CELLS = any(each.group == "cell_count" for each in STUDY.analytes)
NO_ANSWERS = (  # tables of which no row answers a question
    *("pair_summaries", "accounting", "sensitivity", "event_times", "event_curves"),
    "level_changes",
    *("titre_curves", "roc_points", "pca_scores", "pca_loadings"),
)


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


rule summarise_courses:
    input:
        observations="<results>/study/observations.parquet",
    output:
        longitudinal="<results>/statistics/longitudinal.tsv",
        measures="<results>/statistics/summary_measures.tsv",
    log:
        "<logs>/summarise_courses.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "summarise_courses",
            settings=SETTINGS,
        ),
    message:
        "Statistics: models over all visits, and one number per participant for the whole course"
    script:
        "../scripts/summarise_courses.py"


rule compare_groups:
    input:
        observations="<results>/study/observations.parquet",
    output:
        comparisons="<results>/statistics/group_comparisons.tsv",
    log:
        "<logs>/compare_groups.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=30,
    params:
        given=given(
            "compare_groups",
            settings=COMPARING,
            people=PARTICIPANTS,
        ),
    message:
        "Statistics: groups of participants compared"
    script:
        "../scripts/compare_groups.py"


rule compare_courses:
    input:
        observations="<results>/study/observations.parquet",
    output:
        courses="<results>/statistics/arm_courses.tsv",
        changes="<results>/statistics/level_changes.tsv",
    log:
        "<logs>/compare_courses.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=30,
    params:
        given=given(
            "compare_courses",
            settings=COMPARING,
            people=PARTICIPANTS,
        ),
    message:
        "Statistics: courses of groups compared"
    script:
        "../scripts/compare_courses.py"


rule count_responders:
    input:
        observations="<results>/study/observations.parquet",
    output:
        responders="<results>/statistics/responders.tsv",
    log:
        "<logs>/count_responders.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "count_responders",
            settings=COMPARING,
            people=PARTICIPANTS,
        ),
    message:
        "Statistics: responders"
    script:
        "../scripts/count_responders.py"


rule time_events:
    input:
        observations="<results>/study/observations.parquet",
    output:
        event_times="<results>/statistics/event_times.tsv",
        time_to_event="<results>/statistics/time_to_event.tsv",
        event_curves="<results>/statistics/event_curves.tsv",
        event_hazards="<results>/statistics/event_hazards.tsv",
    log:
        "<logs>/time_events.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "time_events",
            settings=COMPARING,
            people=PARTICIPANTS,
            sheets=rule_rows.of_events(STUDY),
        ),
    message:
        "Statistics: times to events"
    script:
        "../scripts/time_events.py"


rule describe_antibodies:
    input:
        observations="<results>/study/observations.parquet",
    output:
        serology="<results>/statistics/serology.tsv",
        titre_curves="<results>/statistics/titre_curves.tsv",
    log:
        "<logs>/describe_antibodies.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "describe_antibodies",
            settings=COMPARING,
            people=PARTICIPANTS,
            analytes=rule_rows.antibodies(STUDY),
            thresholds=STUDY.config["thresholds"],
        ),
    message:
        "Statistics: titres of antibodies"
    script:
        "../scripts/describe_antibodies.py"


rule tell_responders:
    input:
        observations="<results>/study/observations.parquet",
    output:
        roc="<results>/statistics/roc.tsv",
        roc_points="<results>/statistics/roc_points.tsv",
    log:
        "<logs>/tell_responders.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "tell_responders",
            settings={**SETTINGS, "responder_score": RESPONDING},
        ),
    message:
        "Statistics: biomarkers at baseline that tell responders"
    script:
        "../scripts/tell_responders.py"


rule follow_cells:
    input:
        observations="<results>/study/observations.parquet",
    output:
        kinetics="<results>/statistics/kinetics.tsv",
        summaries="<results>/statistics/kinetics_summaries.tsv",
    log:
        "<logs>/follow_cells.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "follow_cells",
            settings=SETTINGS,
        ),
    message:
        "Statistics: kinetics of cells"
    script:
        "../scripts/follow_cells.py"


# What is made of it: nothing in a study of assays alone, and of the rest only what it has something for.
STATISTICS = [
    rules.describe,
    rules.change_from_baseline,
    rules.summarise_courses,
    rules.profile_biomarkers,
]
STATISTICS += [rules.associate, rules.predict_scores] if STUDY.scored else []
STATISTICS += (
    [rules.compare_groups, rules.compare_courses] if COMPARING["compare"] else []
)
STATISTICS += [rules.count_responders] if RESPONDING else []
STATISTICS += [rules.time_events] if EVENTS_TIMED else []
STATISTICS += [rules.describe_antibodies] if ANTIBODIES else []
STATISTICS += [rules.tell_responders] if RESPONDING and STUDY.first_tubes else []
STATISTICS += [rules.follow_cells] if CELLS else []
STATISTICS = [path for rule in STATISTICS for path in rule.output if STUDY.clinical]
ASKED = {
    name: path for path in STATISTICS if (name := Path(path).stem) not in NO_ANSWERS
}


rule account_for_plan:
    input:
        **ASKED,
    output:
        plan="<results>/statistics/analysis_plan.tsv",
    log:
        "<logs>/account_for_plan.log",
    group:
        "statistics"
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "account_for_plan",
            questions=rule_rows.questions(STUDY),
            blinded=STUDY.blinded,
            settings=COMPARING,
        ),
    message:
        "Statistics: what was planned, and what ran"
    script:
        "../scripts/account_for_plan.py"


STATISTICS += rules.account_for_plan.output if STUDY.clinical else []
