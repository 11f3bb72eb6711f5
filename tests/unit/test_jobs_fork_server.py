"""A job that is run by a fork of the run's server is as one of a process of its own: screen, exit code, environment, end."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from itertools import count
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sockets that are no files")
MAIN = """
import os, sys
from immunoassay.jobs import fork_server
fork_server.start()
print(os.environ[fork_server.ADDRESS], flush=True)
print(os.environ["PYTHONPATH"], flush=True)
sys.stdin.read()
"""
AS_SNAKEMAKE = "snakemake = None\nfrom immunoassay.jobs import runtime\n"  # a job is known by that name
WHO = "import os\nprint(os.getpid(), os.getppid())\n"


class Run:
    """A main process with its server, and the jobs it starts."""

    def __init__(self, folder):
        self.folder, self.numbers = folder, count()
        self.main = subprocess.Popen(
            [sys.executable, "-c", MAIN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.address, self.path = (self.main.stdout.readline().rstrip("\n") for _ in range(2))

    def start(self, text, *arguments, address=None, **others):
        """The process of a job."""
        script = self.folder / f"job{next(self.numbers)}.py"
        script.write_text(AS_SNAKEMAKE + textwrap.dedent(text), encoding="utf-8")
        environment = os.environ | {"IMMUNOASSAY_FORK_SERVER": address or self.address} | others.pop("environment", {})
        return subprocess.Popen(
            [sys.executable, script, *arguments],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **others,
        )  # fmt: skip

    def job(self, text, *arguments, **others):
        """(exit code, output, errors) of a job that has ended."""
        process = self.start(text, *arguments, **others)
        out, errors = process.communicate(timeout=60)
        return process.returncode, out, errors

    def server(self):
        """The number of the server's process."""
        return int(self.job(WHO)[1].split()[1])


@pytest.fixture
def run(tmp_path):
    made = Run(tmp_path)
    yield made
    assert made.main.communicate()[1] == ""  # the server has no words of its own


def gone(number):
    """Whether a process has ended, waited for up to half a minute."""
    for _ in range(300):
        try:
            state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":  # its parent was killed with it
            return True
        time.sleep(0.1)
    return False


def test_a_job_has_the_screen_arguments_folder_and_environment_of_the_process_that_asks(run, tmp_path):
    text = """
    import os, sys, tempfile
    print(sys.argv[1:], os.getcwd(), os.environ["COLOUR"], "ABSENT" in os.environ, tempfile.gettempdir())
    print("to the screen", file=sys.stderr)
    print(__name__, runtime.os.environ["OMP_NUM_THREADS"])
    """
    (tmp_path / "there").mkdir()
    environment = {"COLOUR": "red", "TMPDIR": str(tmp_path / "there")}
    code, out, errors = run.job(text, "one", "two words", cwd=tmp_path / "there", environment=environment)
    there = tmp_path / "there"
    assert out == f"['one', 'two words'] {there} red False {there}\n__main__ 1\n"
    assert (code, errors) == (0, "to the screen\n")


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('no plates')", 1, "no plates\n"),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit(-1)", 255, ""),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
        ("import nowhere_to_be_found", 1, "ModuleNotFoundError: No module named 'nowhere_to_be_found'\n"),
        ("import os; os.kill(os.getpid(), 9)", 128 + 9, ""),
    ],
)
def test_a_job_ends_as_it_would_alone(run, text, code, said):
    found, _, errors = run.job(text)
    assert found == code and errors.endswith(said) and bool(errors) == bool(said)
    alone, _, by_itself = run.job(text, address="nobody /nowhere")
    assert code in (alone, 128 - alone) and by_itself.splitlines()[-1:] == errors.splitlines()[-1:]


def test_what_a_job_imports_is_imported_once_and_what_it_changes_is_its_own(tmp_path, monkeypatch):
    (tmp_path / "dear.py").write_text("import os\nLOADED_BY, CHANGED = os.getpid(), []\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    run = Run(tmp_path)
    text = (
        "import os\nimport dear\ndear.CHANGED.append(1)\nprint(dear.LOADED_BY, os.getppid(), os.getpid(), dear.CHANGED)"
    )
    first, second = (run.job(text)[1].split() for _ in range(2))
    run.main.communicate()
    assert first[0] == first[1] == second[0] == second[1]  # by the server
    assert first[2] != second[2] and first[3:] == second[3:] == ["[1]"]


def test_a_job_is_handed_over_before_it_imports_anything(run):
    """What stands before the import of `runtime`, as Snakemake's own lines do, then runs in the fork alone."""
    text, first = f"{WHO}{AS_SNAKEMAKE}", {"PYTHONPATH": run.path}
    script = run.folder / "first.py"
    script.write_text(text, encoding="utf-8")
    for environment, times in ((first, 1), ({}, 2)):
        own = os.environ | {"IMMUNOASSAY_FORK_SERVER": run.address} | environment
        said = subprocess.run([sys.executable, script], env=own, capture_output=True, text=True, check=True)
        assert len(said.stdout.splitlines()) == times and said.stderr == ""
        assert int(said.stdout.split()[-1]) == run.server()


def test_another_python_that_inherits_the_path_of_the_jobs_is_left_alone(run, tmp_path):
    first, second = tmp_path / "own", tmp_path / "other.py"
    first.mkdir()
    (first / "sitecustomize.py").write_text("print('of this machine')", encoding="utf-8")
    second.write_text("from immunoassay import jobs\n" + WHO, encoding="utf-8")  # no script of a job
    own = os.environ | {"IMMUNOASSAY_FORK_SERVER": run.address}
    for path, said in ((run.path, []), (f"{run.path}{os.pathsep}{first}", ["of this machine"])):
        for command in ([second], ["-c", WHO], ["-m", "this_is_no_module"]):
            done = subprocess.run(
                [sys.executable, *command], env=own | {"PYTHONPATH": path}, capture_output=True, text=True
            )
            lines = done.stdout.splitlines()
            assert lines[: len(said)] == said and "sitecustomize" not in done.stderr
            assert [line.split()[1] for line in lines[len(said) :]] == [str(os.getpid())] * (command[0] != "-m")


def test_a_job_that_is_gone_before_it_is_taken_stops_nobody(run, tmp_path):
    name = run.address.partition(" ")[0]
    for said in (b"", b"\0", b"\0{", b'\0{"arguments": ["gone.py"], "folder": "/nowhere", "environment": {}}\n'):
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.connect(f"\0{name}")
            if said:
                socket.send_fds(knocking, [said], [0, 1, 2])
    assert run.job("print('next')")[1] == "next\n"


def test_jobs_run_beside_one_another(run):
    slow = run.start("input()", stdin=subprocess.PIPE)
    assert run.job("print('done')")[1] == "done\n"
    assert slow.poll() is None
    assert slow.communicate("\n")[0] == "" and slow.returncode == 0


def test_a_job_ends_with_the_process_that_asked_for_it(run):
    process = run.start("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)")
    job = int(process.stdout.readline())
    assert job != process.pid
    process.kill()
    process.wait()
    assert gone(job)
    assert run.job("print('next')")[1] == "next\n"


def test_a_job_ends_with_a_process_that_did_not_hear_of_its_beginning(run, tmp_path):
    script, told = tmp_path / "job.py", tmp_path / "told"
    script.write_text(
        f"import os, time\nopen({str(told)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)", encoding="utf-8"
    )
    asked = {"arguments": [str(script)], "folder": str(tmp_path), "environment": {}}
    with socket.socket(socket.AF_UNIX) as knocking:
        knocking.connect(f"\0{run.address.partition(' ')[0]}")
        socket.send_fds(knocking, [b"\0"], [0, 1, 2])
        knocking.sendall(json.dumps(asked).encode() + b"\n")
        while not (told.exists() and told.read_text(encoding="utf-8")):
            time.sleep(0.01)
    assert gone(int(told.read_text(encoding="utf-8")))


def test_an_interrupt_ends_a_job_without_a_word_and_not_the_server(run):
    server = run.server()
    process = run.start("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)")
    job = int(process.stdout.readline())
    for each in (server, job, process.pid):  # as a terminal does
        os.kill(each, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in (-signal.SIGINT, 128 + signal.SIGKILL) and errors == "" and gone(job)
    assert run.server() == server


def test_the_server_and_its_jobs_end_with_the_run(run):
    server = run.server()
    process = run.start("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)")
    job = int(process.stdout.readline())
    run.main.kill()
    assert gone(server) and gone(job)
    assert process.wait(60) == 128 + signal.SIGKILL
    assert run.job(WHO)[1].split()[1] == str(os.getpid())  # no server: the job does its work itself


def test_without_a_server_of_the_same_python_a_job_does_its_work_itself(run):
    name = run.address.partition(" ")[0]
    for address in (f"{name} /another/python", f"immunoassay-0 {sys.prefix}", " "):
        code, out, _ = run.job(WHO, address=address)
        assert code == 0 and out.split()[1] == str(os.getpid()), address


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_the_server_runs_nothing_for_another_user(run, tmp_path):
    asks = f"""
import json, os, socket, sys
os.setuid(65534)
server = socket.socket(socket.AF_UNIX)
server.connect("\\0" + {run.address.partition(" ")[0]!r})
socket.send_fds(server, [b"\\0"], [0, 1, 2])
asked = {{"arguments": sys.argv[1:], "folder": "/", "environment": {{}}}}
server.sendall(json.dumps(asked).encode() + b"\\n")
print(server.recv(1))
"""
    wanted = tmp_path / "wanted.py"
    wanted.write_text(f"open({str(tmp_path / 'done')!r}, 'w')", encoding="utf-8")
    subprocess.run([sys.executable, "-c", asks, wanted], capture_output=True, timeout=60)
    assert not (tmp_path / "done").exists()
    assert run.job("print('next')")[1] == "next\n"
