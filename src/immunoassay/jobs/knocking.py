"""The side of a job: it hands its script to the server of its run (fork_server), and ends as the script ended.

It imports little, because every job pays for it.
"""

import json
import os
import signal
import socket
import struct
import sys

ADDRESS = "IMMUNOASSAY_FORK_SERVER"  # variable: the name of the server's socket, and the Python that it runs
TAKEN = b"\1"  # a job has begun
KILLED = 128 + signal.SIGKILL  # as a shell says it


def hand_over(arguments: list[str]) -> None:
    """Let the server of this run do the job of this process, a script and its arguments; returns where none takes it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job that is interrupted ends without a word
    name, _, prefix = os.environ.get(ADDRESS, "").partition(" ")
    if not name or prefix != sys.prefix:
        return
    server = socket.socket(socket.AF_UNIX)
    asked = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
    try:
        server.connect(f"\0{name}")
        if not is_ours(server):
            return
        socket.send_fds(server, [b"\0"], [0, 1, 2])
        server.sendall(json.dumps(asked).encode() + b"\n")
        if server.recv(1) != TAKEN:
            return
    except OSError:  # it is not on this machine, or gone
        return
    code = server.recv(1)
    os._exit(code[0] if code else KILLED)


def is_ours(connection: socket.socket) -> bool:
    """Whether the other end belongs to the user of this process: the names of such sockets are known to everybody."""
    _, user, _ = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    )
    return bool(user == os.getuid())
