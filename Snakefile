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


# Every file that any rule makes: a job that failed has lost its outputs, and what nobody asks for is not made again.
rule all:
    default_target: True
    input:
        collect(rules.read_batch.output, batch=BATCHES),
        collect(rules.calibrate_batch.output, batch=BATCHES),
        collect(rules.assess_batch.output, batch=BATCHES),
        rules.list_read_problems.output,
        rules.gate.output,
        rules.list_problems.output,
        rules.collect_results.output,
        rules.keep_attempts.output,
        rules.write_ledger.output,
        rules.account_for_results.output,
        rules.copy_tables.output,
        rules.follow_controls.output,
        rules.join_clinical.output,
        rules.describe.output,
        rules.change_from_baseline.output,
        rules.fit_longitudinal.output,
        rules.associate.output,
        rules.profile_biomarkers.output,
        rules.predict_scores.output,
        rules.draw_figure_1a.output,
        rules.draw_figure_1b.output,
        rules.draw_figure_2.output,
        rules.draw_figure_3.output,
        rules.draw_figure_4.output,
        rules.draw_figure_5.output,
        rules.draw_figure_6.output,
        rules.draw_associations.output,
        rules.draw_profile.output,
        collect(rules.draw_curves.output, panel=CURVE_PANELS),
        collect(rules.draw_controls.output, panel=CURVE_PANELS),
        rules.write_workbook.output,
        rules.write_methods.output,
        rules.write_provenance.output,
        WHAT_CHANGED,
