"""A real Slurm of one's own: munge, a controller and nodes on the loopback of this machine, in one folder.

It needs Debian's slurm-wlm and munge, and neither systemd, control groups nor a database. Every daemon is ended by the
process id it wrote itself.
"""

import contextlib
import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
CLIENTS = ("sbatch", "srun", "squeue", "sacct", "scancel", "sinfo", "scontrol")
PATH = "/usr/sbin:" + os.environ["PATH"]


def missing():
    """Daemons this machine lacks."""
    return [name for name in DAEMONS if shutil.which(name, path=PATH) is None]


class Slurm:
    """Nodes n1, n2, … of `cpus` each. `environment` holds what a client needs to reach it."""

    def __init__(self, folder, nodes=2, cpus=4, memory=8000):
        self.folder = Path(folder)
        self.nodes = [f"n{number + 1}" for number in range(nodes)]
        for name in ("state", "spool", "bin"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "munge").mkdir(mode=0o700)
        self.socket = self.folder / "socket/munge"
        self.socket.parent.mkdir(mode=0o755)
        self.conf = self.folder / "slurm.conf"
        self.conf.write_text(self._conf(cpus, memory), encoding="utf-8")
        # Snakemake's inner srun does not hand SLURM_CONF on: every client finds it through a wrapper.
        for name in CLIENTS:
            program = shutil.which(name, path=PATH)
            wrapper = self.folder / "bin" / name
            wrapper.write_text(f'#!/bin/sh\nexport SLURM_CONF={self.conf}\nexec {program} "$@"\n', encoding="utf-8")
            wrapper.chmod(0o755)
        self.environment = {"SLURM_CONF": str(self.conf), "PATH": f"{self.folder / 'bin'}:{PATH}"}

    def start(self, seconds=30):
        """Bring everything up; raises TimeoutError with the daemons' logs when the nodes do not become idle."""
        key = self.folder / "munge/key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        self._run("munged", "--force", f"--key-file={key}", f"--socket={self.socket}",
                  *(f"--{name}={self.folder / 'munge' / name}" for name in ("pid-file", "log-file", "seed-file")))  # fmt: skip
        self._run("slurmctld", "-c", "-f", str(self.conf))
        for node in self.nodes:
            self.start_node(node)
        self.wait(self.nodes, "idle", seconds)

    def restart_controller(self):
        """Start a controller that has ended again, as the service of a real cluster does: asked for jobs while a node is
        lost, that of Slurm 22.05 now and then ends with a segmentation fault."""
        pid = self.folder / "slurmctld.pid"
        if not pid.is_file() or not Path(f"/proc/{pid.read_text().strip()}/exe").exists():
            self._run("slurmctld", "-f", str(self.conf))

    def start_node(self, node):
        """Start the daemon of one node."""
        self._run("slurmd", "-N", node, "-f", str(self.conf))

    def kill_node(self, node):
        """Kill the daemon of one node and the job steps it runs, as if the machine had lost power."""
        os.kill(int((self.folder / f"slurmd.{node}.pid").read_text()), signal.SIGKILL)
        for step in self._steps(node):
            _kill_tree(step)

    def hurry(self):
        """Let what was put back into the queue start at once: Slurm keeps it there for two minutes."""
        for job in self.client("squeue", "-h", "-t", "PENDING", "-o", "%A").split():
            self.client("scontrol", "update", f"JobId={job}", "StartTime=now")

    def wait(self, nodes, state, seconds=30):
        """Wait until the nodes are in a state that begins with `state`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = dict(line.split() for line in self.client("sinfo", "-h", "-N", "-o", "%N %T").splitlines())
            if all(found.get(node, "").startswith(state) for node in nodes):
                return
            time.sleep(0.3)
        raise TimeoutError(f"the nodes are {found}, not {state}\n{self.state()}")

    def state(self):
        """Nodes, jobs and the ends of the daemons' logs, to see why something waits."""
        said = [self.client("sinfo", "-N", "-o", "%N %T %E"), self.client("squeue", "-o", "%A %T %r %S %N %Z")]
        return "\n".join(
            [*said, *(path.read_text(errors="replace")[-1500:] for path in sorted(self.folder.glob("*.log")))]
        )

    def client(self, *command):
        """What a client command prints."""
        done = subprocess.run(command, env=os.environ | self.environment, capture_output=True, text=True)
        return done.stdout

    def stop(self):
        """End jobs and daemons."""
        self.client("scancel", "--user", getpass.getuser(), "--state=RUNNING,PENDING")
        time.sleep(0.5)
        pids = [*(self.folder / f"slurmd.{node}.pid" for node in self.nodes)]
        for node in self.nodes:
            for step in self._steps(node):
                _kill_tree(step)
        for path in [*pids, self.folder / "slurmctld.pid", self.folder / "munge/pid-file"]:
            if path.is_file() and path.read_text().strip():
                _end(int(path.read_text()))

    def _run(self, name, *arguments):
        program = shutil.which(name, path=PATH)
        done = subprocess.run([program, *arguments], env=os.environ | self.environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr or done.stdout}")

    def _steps(self, node):
        """Ids of the slurmstepd processes of a node: they outlive their slurmd."""
        found = set()
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:  # it has ended meanwhile
                continue
            if words[0].startswith(b"slurmstepd") and f"{self.folder}/slurmd.{node}.log" in _open_files(path.parent):
                found.add(int(path.parent.name))
        return found

    def _conf(self, cpus, memory):
        user, host = getpass.getuser(), socket.gethostname().split(".")[0]
        ports = _free_ports(1 + len(self.nodes))
        lines = f"""
            ClusterName=test
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser={user}
            SlurmdUser={user}
            AuthType=auth/munge
            AuthInfo=socket={self.socket}
            CredType=cred/munge
            SlurmctldPort={ports[0]}
            CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
            StateSaveLocation={self.folder}/state
            SlurmdSpoolDir={self.folder}/spool/%n
            SlurmctldPidFile={self.folder}/slurmctld.pid
            SlurmdPidFile={self.folder}/slurmd.%n.pid
            SlurmctldLogFile={self.folder}/slurmctld.log
            SlurmdLogFile={self.folder}/slurmd.%n.log
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SwitchType=switch/none
            MpiDefault=none
            SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,sched_min_interval=0,defer_batch
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU_Memory
            MinJobAge=600
            ReturnToService=2
            SlurmdTimeout=10
            SlurmctldTimeout=15
            KillWait=3
            SlurmdParameters=config_overrides
            AccountingStorageType=accounting_storage/none
            JobAcctGatherType=jobacct_gather/none
        """.split()
        lines += [
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory={memory}"
            for node, port in zip(self.nodes, ports[1:], strict=True)
        ]
        lines.append(f"PartitionName=main Nodes={','.join(self.nodes)} Default=YES DefaultTime=00:10:00 State=UP")
        cgroup = "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\nConstrainCores=no\nConstrainRAMSpace=no\n"
        (self.folder / "cgroup.conf").write_text(cgroup, encoding="utf-8")
        return "\n".join(lines) + "\n"


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _open_files(process):
    try:
        return {os.readlink(link) for link in (process / "fd").iterdir()}
    except OSError:  # it has ended meanwhile
        return set()


def _children(pid):
    try:
        return {int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except OSError:
        return set()


def _kill_tree(pid):
    for child in _children(pid):
        _kill_tree(child)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _end(pid, seconds=10):
    """Ask a process to end; kill it when it does not."""
    try:
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            os.kill(pid, 0)
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
