# Figures 4 to 6: the biomarkers.
# Needs: <results>/study and <results>/statistics. Makes: <results>/figures/figure_[4-6]*


rule draw_figure_4:
    input:
        summaries="<results>/statistics/pair_summaries.tsv",
        observations="<results>/study/observations.parquet",
    output:
        svg=report(
            "<results>/figures/figure_4.svg",
            caption="../report/figure_4.rst",
            category="Biomarkers",
            labels={"figure": "4", "shows": "cytokines at two visits"},
        ),
        png="<results>/figures/figure_4.png",
        pdf="<results>/figures/figure_4.pdf",
        tsv="<results>/figures/figure_4.tsv",
    log:
        "<logs>/draw_figure_4.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_figure_4",
            visits=STUDY.rows("visits"),
            courses=STUDY.rows("courses"),
            analytes=STUDY.rows("analytes", FIGURE_COLUMNS),
            groups=STUDY.config["figures"]["cytokine_groups"],
            pair=STUDY.config["figures"]["cytokine_visits"],
            look=LOOK,
            people=STUDY.config["report_participants"],
        ),
    script:
        "../scripts/draw_figure_4.py"


rule draw_figure_5:
    input:
        summaries="<results>/statistics/visit_summaries.tsv",
        observations="<results>/study/observations.parquet",
    output:
        a_svg=report(
            "<results>/figures/figure_5a.svg",
            caption="../report/figure_5a.rst",
            category="Biomarkers",
            labels={"figure": "5A", "shows": "autoantibodies relative to baseline"},
        ),
        a_png="<results>/figures/figure_5a.png",
        a_pdf="<results>/figures/figure_5a.pdf",
        a_tsv="<results>/figures/figure_5a.tsv",
        b_svg=report(
            "<results>/figures/figure_5b.svg",
            caption="../report/figure_5b.rst",
            category="Biomarkers",
            labels={"figure": "5B", "shows": "antibodies against vaccine antigens"},
        ),
        b_png="<results>/figures/figure_5b.png",
        b_pdf="<results>/figures/figure_5b.pdf",
        b_tsv="<results>/figures/figure_5b.tsv",
        c_svg=report(
            "<results>/figures/figure_5c.svg",
            caption="../report/figure_5c.rst",
            category="Biomarkers",
            labels={"figure": "5C", "shows": "antibody classes"},
        ),
        c_png="<results>/figures/figure_5c.png",
        c_pdf="<results>/figures/figure_5c.pdf",
        c_tsv="<results>/figures/figure_5c.tsv",
    log:
        "<logs>/draw_figure_5.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_figure_5",
            visits=STUDY.rows("visits"),
            courses=STUDY.rows("courses"),
            analytes=STUDY.rows("analytes", FIGURE_COLUMNS),
            groups=[
                STUDY.config["figures"][key]
                for key in ("autoantibody_groups", "antigen_groups", "class_groups")
            ],
            look=LOOK,
            people=STUDY.config["report_participants"],
        ),
    script:
        "../scripts/draw_figure_5.py"


rule draw_figure_6:
    input:
        summaries="<results>/statistics/visit_summaries.tsv",
        observations="<results>/study/observations.parquet",
    output:
        svg=report(
            "<results>/figures/figure_6.svg",
            caption="../report/figure_6.rst",
            category="Biomarkers",
            labels={"figure": "6", "shows": "sBCMA, BAFF, APRIL"},
        ),
        png="<results>/figures/figure_6.png",
        pdf="<results>/figures/figure_6.pdf",
        tsv="<results>/figures/figure_6.tsv",
    log:
        "<logs>/draw_figure_6.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        given=given(
            "draw_figure_6",
            visits=STUDY.rows("visits"),
            courses=STUDY.rows("courses"),
            analytes=STUDY.rows("analytes", FIGURE_COLUMNS),
            groups=STUDY.config["figures"]["axis_groups"],
            look=LOOK,
            people=STUDY.config["report_participants"],
        ),
    script:
        "../scripts/draw_figure_6.py"
