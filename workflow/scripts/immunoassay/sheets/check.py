"""Check a study's config and sheets without running anything: `python -m immunoassay.sheets.check [STUDY]`."""

import sys
from pathlib import Path

import yaml
from immunoassay.problems import StudyError
from immunoassay.sheets import study as studies

ROOT = Path(__file__).parents[4]


def check(folder):
    """The loaded study in `folder`, with the workflow's own schemas and vocabularies. Raises StudyError."""
    config = folder / "config/config.yaml"
    if not config.is_file():
        raise SystemExit(f"{config}: no such file; a study is a folder with config/config.yaml")
    schemas = {name: ROOT / f"workflow/schemas/{name}.schema.yaml" for name in ("config", "layout", *studies.SHEETS)}
    resources = {name: ROOT / f"resources/{name}.tsv" for name in ("units", "scales")}
    resources |= {f"criteria/{path.stem}": path for path in (ROOT / "resources/criteria").glob("*.yaml")}
    return studies.load_study(yaml.safe_load(config.read_text(encoding="utf-8")), folder, schemas, resources)


def main(folder="."):
    """Print what was found; exit with 1 when the study cannot run."""
    try:
        study = check(Path(folder))
    except StudyError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    for flag in study.flags:
        print(f"{flag.level} {flag.message}")
    plates = study.sheets["plates"]
    batches = {row["batch"] for row in plates}
    print(
        f"The sheets are sound: {len(plates)} plates in {len(batches)} batches, {len(study.sheets['samples'])} samples."
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
