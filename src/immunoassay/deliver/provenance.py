"""Which files, settings and software a result rests on; the same study gives the same text on any machine and day."""

import json
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any

from immunoassay.study import analysis_plan

PACKAGES = (
    "snakemake",
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "statsmodels",
    "seaborn",
    "matplotlib",
    "openpyxl",
    "xlrd",
    "pyarrow",
    "jsonschema",
)


def provenance(
    config: dict,
    files: Mapping[str, str],
    sheets: Mapping[str, str],
    layouts: Iterable[str],
    raw: Iterable[str],
    lock: str,
    library: str,
    counts: dict,
    versions: Mapping[str, str | None],
    made: Mapping[str, str],
    plan: Mapping[str, Any],
) -> dict:
    """Everything a result rests on, as a plain dict: no time, no absolute path, no host name.

    `files` maps the path of every file to its sha256; `sheets` maps the name of a sheet to its path; `layouts` and `raw`
    are paths, all relative to the study; `lock` is the checksum of the requirements lock; `library` the digest of the
    library; `counts` of counts.study_counts; `versions` of `versions`; `made` maps the path of every result to the sha256
    of what its job wrote; `plan` of study/analysis_plan.plan.
    """

    def listed(paths):
        return [{"path": path, "sha256": files[path]} for path in sorted(set(paths))]

    return {
        "config": config,
        "analysis_plan": {"sha256": analysis_plan.checksum(plan), **plan},
        "sheets": [{"sheet": name, "path": path, "sha256": files[path]} for name, path in sorted(sheets.items())],
        "layouts": listed(layouts),
        "raw_files": listed(raw),
        "software": {"versions": versions, "library_digest": library, "requirements_lock_sha256": lock},
        "counts": counts,
        "results": [{"path": path, "sha256": made[path]} for path in sorted(made)],
    }


def versions(workflow: str) -> dict[str, str | None]:
    """Versions of the workflow, Python and the main packages; a package that is not installed is None."""
    found: dict[str, str | None] = {"immunoassay-workflow": workflow, "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def as_json(document: dict) -> str:
    """Text of the provenance file: sorted keys, one item a line."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
