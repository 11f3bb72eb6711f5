from snakemake.utils import min_version

min_version("9.19")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/batches.smk"
include: "workflow/rules/study.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/deliver.smk"


onstart:
    disk.check_writable("results", "logs")
    handover.leave(PLAN, NAME, locked=True)
    if workflow.local_exec and not workflow.deployment_settings.deployment_method:
        fork_server.start()


onsuccess:
    runlog.record(".", "success", runlog.facts(**RUN_FACTS))
    TOLD.append("success")
    end = summary.lines(STUDY, planned.not_drawn(STUDY), changes=last_run.note())
    print("\n".join(end), file=sys.stderr)


onerror:
    runlog.record(".", "error", runlog.facts(**RUN_FACTS))
    TOLD.append("error")
    print("\n".join(summary.failed(log)), file=sys.stderr)


# Every file that any rule makes: a job that failed has lost its outputs, and what nobody asks for is not made again.
rule all:
    default_target: not HOSTED
    input:
        MADE,
        rules.write_provenance.output,
        WHAT_CHANGED,
        rules.write_report.output,
        BATCH_REPORTS,
    localrule: True
    message:
        "Study: complete"
