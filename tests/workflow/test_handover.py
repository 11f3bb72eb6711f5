"""Jobs look at no sheet, no raw file but their own, and nothing of the environment: what they need was handed to them."""

import re

import pytest

from .study import small_study

# The job runs while it is submitted. Meanwhile every sheet is gone, the config says other things, and of the raw files only
# those of a batch to be read are there. OpenBLAS may say what it takes the processor for: other kernels round otherwise.
SUBMIT = """\
#!/bin/sh
set -e
for script do :; done
mkdir away away/raw && mv config away/config && mkdir config
echo 'study: {title: changed after the submission}' > config/config.yaml
for batch in resources/demo/raw/*; do
    grep -q "read_batch:batch=$(basename "$batch")" "$script" || mv "$batch" away/raw
done
find config resources -type f > "seen/$(ls seen | wc -l)"
processor=${OPENBLAS_CORETYPE:+OPENBLAS_CORETYPE=$OPENBLAS_CORETYPE}
env -i PATH=/usr/bin:/bin HOME="$HOME" $processor sh "$script" >> submit.log 2>&1 || true
rm -r config && mv away/config config
find away/raw -mindepth 1 -maxdepth 1 -exec mv {} resources/demo/raw \\;
rm -r away
echo $$
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "submissions"),
    [
        ("results/batches/2024-06-achr/wells.parquet", 1),
        ("results/study/observations.parquet", 6),  # three of reading, three after it
    ],
)
def test_a_submitted_job_finds_no_sheet_and_no_raw_file_but_its_own(code, small, tmp_path, target, submissions):
    study = small_study(tmp_path / "study", code)
    (study.folder / "seen").mkdir()
    submit = study.folder / "submit"
    submit.write_text(SUBMIT, encoding="utf-8")
    submit.chmod(0o755)
    text = study.run(
        "--profile", code / "profiles/generic", "--cluster-generic-submit-cmd", submit,
        "--group-components", "read=1", "batch=10", "study=10",
        "--retries", "0", "--seconds-between-status-checks", "1", "--latency-wait", "20", "--", target,
    )  # fmt: skip
    assert len(re.findall("Submitted", text)) <= submissions, text[-3000:]
    seen = [path.read_text(encoding="utf-8").split() for path in sorted((study.folder / "seen").iterdir())]
    assert all(len(files) <= 2 and "config/config.yaml" in files for files in seen)
    assert any(len(files) == 2 for files in seen)  # the config and the one raw file of a batch
    made = study.results()
    assert target in made
    assert [name for name, content in made.items() if content != small.results()[name]] == []
