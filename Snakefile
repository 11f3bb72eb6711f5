from snakemake.utils import min_version

min_version("9.19")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/batches.smk"
include: "workflow/rules/study.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/figures_study.smk"
include: "workflow/rules/figures_biomarkers.smk"
include: "workflow/rules/figures_models.smk"
include: "workflow/rules/deliver.smk"
include: "workflow/rules/changes.smk"


onstart:
    runtime.check_writable("results", "logs")


onsuccess:
    runlog.record(".", "success", runlog.facts(**RUN_FACTS))


onerror:
    runlog.record(".", "error", runlog.facts(**RUN_FACTS))


localrules:
    all,


rule all:
    default_target: True
    input:
        "<results>/figures/figure_1a.svg",
        "<results>/figures/figure_1b.svg",
        "<results>/figures/figure_2.svg",
        "<results>/figures/figure_3.svg",
        "<results>/figures/figure_4.svg",
        "<results>/figures/figure_5a.svg",
        "<results>/figures/figure_5b.svg",
        "<results>/figures/figure_5c.svg",
        "<results>/figures/figure_6.svg",
        "<results>/figures/associations.svg",
        "<results>/figures/profile.svg",
        collect("<results>/figures/curves_{panel}.svg", panel=CURVE_PANELS),
        collect("<results>/figures/controls_{panel}.svg", panel=CURVE_PANELS),
        "<results>/study/results.tsv",
        "<results>/study/attempts.tsv",
        "<results>/study/ledger.tsv",
        "<results>/deliverables/study.xlsx",
        "<results>/deliverables/methods.md",
        "<results>/provenance/run.json",
        WHAT_CHANGED,
