"""The command `immunoassay`: one short function a command, over the rooms below, which are loaded when they are used."""

import signal
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from immunoassay.files import house
from immunoassay.problems import NotUsable, StudyError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="From raw immunoassay plate exports to concentrations, statistics and figures.",
)
Study = Annotated[Path, typer.Argument(help="Folder of the study", show_default="this folder")]
Cores = Annotated[int, typer.Option(help="Processor cores to use")]
Json = Annotated[bool, typer.Option("--json", help="The same as JSON, for machines")]
PAGE, REPORT = "results/report.html", "results/report.zip"  # in the folder of the study
HERE = Path(".")
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


class Part(StrEnum):
    """Parts of the demonstration."""

    OPEN = "2a"
    RANDOMISED = "2b"


def main() -> None:
    """Run the command; problems are printed as they are, without a traceback. Exit codes: 0 fine, 1 problems, 2 usage."""
    try:
        app()
    except StudyError as error:
        raise SystemExit(f"{error}") from None
    except NotUsable as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    except OSError as error:  # a folder that may not be written, a full disk
        if error.filename is None:
            raise
        raise SystemExit(f"{error.filename}: {error.strerror}") from None


@app.command(
    epilog="Examples: immunoassay new my-study --from ~/exports --samples freezer.xlsx; "
    "immunoassay new my-study --from ~/exports --yes"
)
def new(
    study: Annotated[Path, typer.Argument(help="A new folder")],
    exports: Annotated[Path, typer.Option("--from", help="Folder of exports")],
    samples: Annotated[Path | None, typer.Option(help="Your list of tubes, in any shape (freezer, LIMS)")] = None,
    participants: Annotated[Path | None, typer.Option(help="Your list of participants: group, sex, age")] = None,
    scores: Annotated[Path | None, typer.Option(help="Clinical scores, in any shape")] = None,
    pattern: Annotated[str, typer.Option(help="Participant and visit in names, as {participant}-{visit}")] = "",
    answers: Annotated[Path | None, typer.Option(help="Answers to the questions, `key: answer` a line")] = None,
    like: Annotated[Path | None, typer.Option(help="A study whose kits, materials and words are taken over")] = None,
    link: Annotated[bool, typer.Option("--link", help="Link to the folder of exports, copy nothing")] = False,
    workbook: Annotated[bool, typer.Option("--workbook", help="All sheets in config/study.xlsx, a tab each")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take what is proposed, ask nothing")] = False,
) -> None:
    """Draft a study from a folder of exports: every sheet, as far as the exports and your lists say."""
    from immunoassay.command import new_study

    wanted = new_study.Wanted(
        new_study.Lists(samples, participants, scores), answers, pattern, yes, link, like, workbook
    )
    new_study.new(study, exports, wanted)


@app.command(epilog="Example: immunoassay add my-study ~/exports/2026-03-cytokines")
def add(
    study: Annotated[Path, typer.Argument(help="Folder of the study")],
    folder: Annotated[Path, typer.Argument(help="Folder of the new exports")],
    samples: Annotated[Path | None, typer.Option(help="Your list of tubes, in any shape")] = None,
    participants: Annotated[Path | None, typer.Option(help="Your list of participants: group, sex, age")] = None,
    scores: Annotated[Path | None, typer.Option(help="Clinical scores, in any shape")] = None,
    pattern: Annotated[str, typer.Option(help="Participant and visit in names, as {participant}-{visit}")] = "",
    answers: Annotated[Path | None, typer.Option(help="Answers to the questions, `key: answer` a line")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take what is proposed, ask nothing")] = False,
) -> None:
    """Add a delivery to a study: its batch, plates, names and lots. No row that is there changes."""
    from immunoassay.command import new_study

    wanted = new_study.Wanted(new_study.Lists(samples, participants, scores), answers, pattern, yes)
    new_study.add(study, folder, wanted)


@app.command(epilog="Example: immunoassay check my-study")
def check(study: Study = HERE, as_json: Json = False) -> None:
    """Check config, sheets and exports without running anything, and say which results can be expected.

    Exit code 0: the study can run as it is. 1: something stops it, or is in quarantine.
    """
    from immunoassay.command import check

    check.main(study, as_json)


@app.command(epilog="Example: immunoassay scan my-study/raw/2026-03-cytokines")
def scan(folder: Annotated[Path, typer.Argument(help="Folder of exports")], as_json: Json = False) -> None:
    """Say what the exports in a folder are, and which rows of the sheets they would have. Nothing is written."""
    from immunoassay.command import scan

    scan.main(folder, as_json)


@app.command(context_settings=PASSED_ON, epilog="Examples: immunoassay run my-study; immunoassay run . --cores 4 -- -n")
def run(context: typer.Context, study: Study = HERE, cores: Cores = 8) -> None:
    """Run the study, one line a step; arguments after -- go to Snakemake. Ctrl-C stops it; run again to go on."""
    raise typer.Exit(_run(study, "--cores", cores, *context.args))


@app.command(epilog="Examples: immunoassay report my-study; immunoassay report my-study --zip")
def report(
    study: Study = HERE,
    cores: Cores = 8,
    as_zip: Annotated[bool, typer.Option("--zip", help="Write results/report.zip of Snakemake instead")] = False,
) -> None:
    """Open the report page of a finished study, results/report.html, or say where it is where there is no screen."""
    if not as_zip:
        page = _known(study) / PAGE
        if not page.is_file():
            raise NotUsable(f"{page}: no such file; run the study first: immunoassay run {study}")
        print(page)
        if sys.stdout.isatty():
            typer.launch(str(page.resolve()))
        return
    code = subprocess.run(_snakemake(study, "--cores", cores, "--report", REPORT)).returncode
    if not code:
        print(f"written: {study / REPORT}")
    raise typer.Exit(code)


@app.command(epilog="Example: immunoassay orphans my-study")
def orphans(study: Study = HERE) -> None:
    """List results that no plate, batch or rule makes any more."""
    done = subprocess.run(_snakemake(study, "--cores", 1, "--list-untracked"), text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr.strip())
    found = [line for line in done.stdout.splitlines() if line.startswith("results/") and line != REPORT]
    print("\n".join(found or ["none"]))


@app.command(epilog="Example: immunoassay why my-study")
def why(study: Study = HERE) -> None:
    """Say what would run now, and why."""
    from immunoassay.command import why

    dry = subprocess.run(
        _snakemake(study, "-n", "--cores", 1, "--logger", "immunoassay"),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        print("\n".join(why.explain(dry.stdout)))
    except ValueError as error:
        raise SystemExit(f"{error}") from None


@app.command(epilog="Example: immunoassay freeze 2025-10 my-study")
def freeze(
    name: Annotated[str, typer.Argument(help="Name of the release, such as 2025-10")], study: Study = HERE
) -> None:
    """Keep what is reported as releases/NAME; compare_with in the config compares with it."""
    from immunoassay.deliver import release

    print(f"frozen as {release.freeze(study, name)}")


@app.command(epilog="Example: immunoassay accept-raw my-study")
def accept_raw(study: Study = HERE) -> None:
    """Write the checksums of new raw files to config/raw_files.tsv; a changed file is refused."""
    from immunoassay.study import load, raw_files

    found = load.study_in(study)
    added, problems = raw_files.accept(found.rows("plates"), found.rows("amendments"), found.base)
    if problems:
        raise StudyError(problems)
    print(f"{len(added)} raw files added to {raw_files.LIST}" + "".join(f"\n  {path}" for path in added))


@app.command(epilog="Example: immunoassay verify-log my-study")
def verify_log(study: Study = HERE) -> None:
    """Verify the chain of the run log records/runs.jsonl."""
    from immunoassay.deliver import runlog

    count, last, wrong = runlog.verify(study)
    for words in wrong:
        print(f"{runlog.LOG}: {words}", file=sys.stderr)
    print(f"{runlog.LOG}: {count} runs, last checksum {last}" + ("" if wrong else ", the chain is whole"))
    raise typer.Exit(1 if wrong else 0)


@app.command(epilog="Examples: immunoassay demo try-it; immunoassay demo two-arms --part 2b")
def demo(
    folder: Annotated[Path, typer.Argument(help="An empty or new folder")],
    cores: Cores = 8,
    part: Annotated[Part, typer.Option(help="2a: seven participants, one arm; 2b: two arms of fifteen")] = Part.OPEN,
    only_write: Annotated[bool, typer.Option("--only-write", help="Write the study and do not run it")] = False,
) -> None:
    """Write a part of the simulated demonstration study into a folder and run it."""
    from immunoassay.simulate import demo, part_2b

    if not only_write and (folder / "config").exists():
        raise NotUsable(f"{folder}/config is there already; name a new folder, so that nothing is overwritten")
    study = {Part.OPEN: demo, Part.RANDOMISED: part_2b}[part]
    study.write(study.build(), folder)
    if not only_write:
        raise typer.Exit(_run(folder, "--cores", cores))


@app.command()
def agreement(
    folder: Annotated[Path, typer.Argument(help="Folder of exports that state concentrations")],
    standards: Annotated[Path | None, typer.Option(help="Expected concentrations the exports do not state")] = None,
    page: Annotated[Path | None, typer.Option(help="Page whose section is rewritten")] = None,
) -> None:
    """Refit exports and compare with the concentrations their own software gave."""
    from immunoassay.calibration import agreement

    agreement.report(folder, standards, page)


@app.command()
def estimate_variance(study: Study = HERE) -> None:
    """Propose variance exponents for the analytes sheet from the batches already run."""
    from immunoassay.calibration import estimate

    estimate.report(study / "results")


def _run(study, *arguments):
    """The exit code of a run that is told by our own logger.

    The quietness of the profile is for Snakemake's: it would keep the ends of the steps from every logger. Ctrl-C reaches
    Snakemake too, which ends in order and says how to go on: it is waited for.
    """
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.run(_snakemake(study, "--logger", "immunoassay", "--quiet", "host", *arguments)).returncode


def _snakemake(study, *arguments):
    """The command that runs the workflow in the folder of a study."""
    command = [sys.executable, "-m", "snakemake", "-s", house.SNAKEFILE, "--directory", _known(study)]
    return [*map(str, [*command, "--workflow-profile", house.PROFILE, *arguments])]


def _known(study):
    """The folder of a study; raises NotUsable for a folder that is none."""
    if not (study / "config/config.yaml").is_file():
        raise NotUsable(f"{study}/config/config.yaml: no such file; a study is a folder with config/config.yaml")
    return study
