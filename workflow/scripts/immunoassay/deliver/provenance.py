"""Which files, settings and software a result rests on; the same study gives the same text on any machine and day."""

import hashlib
import json
import platform
from importlib import metadata

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


def provenance(config, sheets, layouts, raw, lock, library, counts, versions):
    """Everything a result rests on, as a plain dict: no time, no absolute path, no host name.

    `sheets` maps the name of a sheet to its path relative to the study; `layouts` and `raw` are paths relative to the
    study; `lock` is the path of the requirements lock; `library` the digest of the library; `counts` of
    counts.study_counts; `versions` of `versions`.
    """
    return {
        "config": config,
        "sheets": [{"sheet": name, **_file(path)} for name, path in sorted(sheets.items())],
        "layouts": [_file(path) for path in sorted(set(layouts))],
        "raw_files": [_file(path) for path in sorted(set(raw))],
        "software": {"versions": versions, "library_digest": library, "requirements_lock_sha256": sha256(lock)},
        "counts": counts,
    }


def versions(workflow):
    """Versions of the workflow, Python and the main packages; a package that is not installed is None."""
    found = {"immunoassay-workflow": workflow, "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def sha256(path):
    """Checksum of a file, read in pieces."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def as_json(document):
    """Text of the provenance file: sorted keys, one item a line."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _file(path):
    return {"path": str(path), "sha256": sha256(path)}
