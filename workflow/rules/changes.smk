# What moved since a frozen release, and what the log of runs says of this one.
# Needs: releases/NAME and everything that is reported. Makes: <results>/deliverables/what_changed.tsv, records/runs.jsonl
from immunoassay.deliver import runlog

RELEASE = STUDY.config["compare_with"]
WHAT_CHANGED = [
    f"<results>/deliverables/what_changed.{kind}" for kind in ("tsv", "md") if RELEASE
]
RUN_FACTS = {
    "config": STUDY.config,
    "files": list(PLAN.checksums),
    "library": PLAN.package,
    "version": VERSION,
}


rule what_changed:
    input:
        release=f"releases/{RELEASE or 'none'}/SHA256SUMS",
        results="<results>/study/results.tsv",
        attempts="<results>/study/attempts.tsv",
        run="<results>/provenance/run.json",
        statistics=[
            "<results>/statistics/visit_summaries.tsv",
            "<results>/statistics/biomarker_changes.tsv",
            "<results>/statistics/associations.tsv",
            "<results>/statistics/longitudinal.tsv",
            "<results>/statistics/pca_variance.tsv",
        ],
        figures=[
            "<results>/figures/figure_1a.tsv",
            "<results>/figures/figure_1b.tsv",
            "<results>/figures/figure_2.tsv",
            "<results>/figures/figure_3.tsv",
            "<results>/figures/figure_4.tsv",
            "<results>/figures/figure_5a.tsv",
            "<results>/figures/figure_6.tsv",
            "<results>/figures/associations.tsv",
            "<results>/figures/profile.tsv",
        ],
        curves=collect("<results>/figures/curves_{panel}.tsv", panel=CURVE_PANELS),
        controls=collect("<results>/figures/controls_{panel}.tsv", panel=CURVE_PANELS),
    output:
        tsv="<results>/deliverables/what_changed.tsv",
        text=report(
            "<results>/deliverables/what_changed.md",
            caption="../report/what_changed.rst",
            category="Tables",
            labels={"figure": "what changed", "shows": "since the release compared"},
        ),
    log:
        "<logs>/what_changed.log",
    conda:
        "../envs/python.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        given=given(
            "what_changed",
            name=RELEASE,
        ),
    script:
        "../scripts/what_changed.py"
