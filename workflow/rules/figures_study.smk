# Figures 1 to 3: the study, its participants and their scores.
# Needs: the sheets, <results>/study and <results>/statistics. Makes: <results>/figures/figure_[1-3]*


rule draw_figure_1a:
    input:
        gate="<results>/study/gate.txt",
    output:
        svg=report(
            "<results>/figures/figure_1a.svg",
            caption="../report/figure_1a.rst",
            category="Study",
            labels={"figure": "1A", "shows": "study schema"},
        ),
        png="<results>/figures/figure_1a.png",
        pdf="<results>/figures/figure_1a.pdf",
        tsv="<results>/figures/figure_1a.tsv",
    log:
        "<logs>/draw_figure_1a.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_figure_1a",
            members=MEMBERS,
            visits=STUDY.rows("visits"),
            courses=STUDY.rows("courses"),
            events=STUDY.rows("events"),
            look=LOOK,
        ),
    script:
        "../scripts/draw_figure_1a.py"


rule draw_figure_1b:
    input:
        results="<results>/study/results.parquet",
        observations="<results>/study/observations.parquet",
    output:
        svg=report(
            "<results>/figures/figure_1b.svg",
            caption="../report/figure_1b.rst",
            category="Study",
            labels={"figure": "1B", "shows": "participant flow"},
        ),
        png="<results>/figures/figure_1b.png",
        pdf="<results>/figures/figure_1b.pdf",
        tsv="<results>/figures/figure_1b.tsv",
    log:
        "<logs>/draw_figure_1b.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_figure_1b",
            study=CLINICAL,
            look=LOOK,
        ),
    script:
        "../scripts/draw_figure_1b.py"


rule draw_figure_2:
    input:
        summaries="<results>/statistics/visit_summaries.tsv",
        observations="<results>/study/observations.parquet",
    output:
        svg=report(
            "<results>/figures/figure_2.svg",
            caption="../report/figure_2.rst",
            category="Clinical scores",
            labels={"figure": "2", "shows": "scores over the visits"},
        ),
        png="<results>/figures/figure_2.png",
        pdf="<results>/figures/figure_2.pdf",
        tsv="<results>/figures/figure_2.tsv",
    log:
        "<logs>/draw_figure_2.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_figure_2",
            visits=STUDY.rows("visits"),
            courses=STUDY.rows("courses"),
            scales=STUDY.scales,
            scores=STUDY.config["figures"]["scores"],
            quantity=STUDY.config["figures"]["score_quantity"],
            look=LOOK,
            people=STUDY.config["report_participants"],
        ),
    script:
        "../scripts/draw_figure_2.py"


rule draw_figure_3:
    input:
        observations="<results>/study/observations.parquet",
    output:
        svg=report(
            "<results>/figures/figure_3.svg",
            caption="../report/figure_3.rst",
            category="Clinical scores",
            labels={"figure": "3", "shows": "relapse and retreatment"},
        ),
        png="<results>/figures/figure_3.png",
        pdf="<results>/figures/figure_3.pdf",
        tsv="<results>/figures/figure_3.tsv",
    log:
        "<logs>/draw_figure_3.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_figure_3",
            members=MEMBERS,
            visits=STUDY.rows("visits"),
            courses=STUDY.rows("courses"),
            events=STUDY.rows("events"),
            scales=STUDY.scales,
            score=STUDY.config["figures"]["relapse_score"],
            look=LOOK,
            people=STUDY.config["report_participants"],
        ),
    script:
        "../scripts/draw_figure_3.py"
