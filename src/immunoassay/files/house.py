"""Where the workflow's own files are: in its folder, or inside the installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
HOUSE = _PACKAGE / "_house" if (_PACKAGE / "_house").is_dir() else _PACKAGE.parents[1]
SNAKEFILE = HOUSE / "Snakefile"
PROFILE = HOUSE / "profiles/default"
LOCK = HOUSE / "requirements.lock"
RESOURCES = {
    **{name: HOUSE / f"resources/{name}.tsv" for name in ("units", "scales", "state_words", "delivered_tables")},
    **{f"criteria/{path.stem}": path for path in sorted((HOUSE / "resources/criteria").glob("*.yaml"))},
}


def schema_file(name: str) -> Path:
    """The schema of a sheet, of `config` or of `layout`."""
    return HOUSE / f"workflow/schemas/{name}.schema.yaml"


def version() -> str:
    """The version of workflow and package."""
    return (HOUSE / "workflow/VERSION").read_text(encoding="utf-8").strip()
