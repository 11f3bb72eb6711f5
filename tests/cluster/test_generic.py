"""Any scheduler that starts a script: one that hands nothing of the environment on gives the same bytes."""

import re

from ..workflow.conftest import Study, copy_code

# What OpenBLAS takes the processor for belongs to the machine: other kernels round the last digits otherwise.
SUBMIT = """\
#!/bin/sh
for script do :; done
processor=${OPENBLAS_CORETYPE:+OPENBLAS_CORETYPE=$OPENBLAS_CORETYPE}
env -i PATH=/usr/bin:/bin HOME="$HOME" $processor sh "$script" >> submit.log 2>&1 &
echo $!
"""


def test_a_submission_with_an_empty_environment_gives_the_same_bytes(finished, tmp_path):
    folder = copy_code(tmp_path / "study")
    submit = folder / "submit"
    submit.write_text(SUBMIT, encoding="utf-8")
    submit.chmod(0o755)
    study = Study(folder, folder)
    target = "results/study/observations.parquet"
    text = study.run(
        "--profile", folder / "profiles/generic", "--cluster-generic-submit-cmd", f"{submit} {{threads}}",
        "--latency-wait", "20", target,
    )  # fmt: skip
    assert len(re.findall("Submitted", text)) <= 4, text[-3000:]  # reading, the gate, batches, the study
    assert (folder / target).read_bytes() == (finished.folder / target).read_bytes()
