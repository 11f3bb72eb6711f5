"""A study folder loaded with the workflow's own schemas and vocabularies, without running anything."""

from pathlib import Path

from immunoassay.problems import StudyError
from immunoassay.sheets import study as studies
from immunoassay.sheets.config import read_config

ROOT = Path(__file__).parents[4]
LAYOUT = ROOT / "workflow/schemas/layout.schema.yaml"


def arguments(given, *names):
    """The arguments of a command; SystemExit with its usage when they are more or fewer than `names`."""
    if len(given) != len(names):
        raise SystemExit(f"usage: {' '.join(names)}; not understood: {' '.join(given) or 'nothing'}")
    return given


def resources():
    """The vocabularies and criteria sets of the workflow, as load_study wants them."""
    found = {name: ROOT / f"resources/{name}.tsv" for name in ("units", "scales", "state_words")}
    return found | {f"criteria/{path.stem}": path for path in (ROOT / "resources/criteria").glob("*.yaml")}


def check(folder):
    """The loaded study in `folder`. Raises StudyError; SystemExit when the folder holds no config."""
    path = Path(folder) / "config/config.yaml"
    if not path.is_file():
        raise SystemExit(f"{path}: no such file; a study is a folder with config/config.yaml")
    config, problems = read_config(path)
    if problems:
        raise StudyError(problems)
    schemas = {name: ROOT / f"workflow/schemas/{name}.schema.yaml" for name in ("config", *studies.SHEETS)}
    return studies.load_study(config, folder, schemas, resources())
