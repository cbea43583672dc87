"""A process that has loaded the libraries once and copies itself for each command under test.

A copy runs `python -m rebalance` as a new interpreter would, with files, arguments and folder of its own, and ends by
itself. It only saves loading the libraries, which takes most of the time of most tests.
"""

import contextlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_LOADED = (
    *("rebalance.cli.app", "pyarrow.compute", "pandas", "scipy.stats", "jinja2"),
    *("sklearn.ensemble", "sklearn.pipeline", "imblearn.ensemble", "imblearn.metrics"),
)
"""What most commands load; Matplotlib is slow to load, and rarely needed."""


class Forker:
    """Runs commands in copies of one process."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, __file__, str(theirs.fileno())]
            pipe = subprocess.PIPE  # as the streams of the copies are, so that Python prepares them alike
            self._process = subprocess.Popen(
                command, env=environment, pass_fds=[theirs.fileno()], stdin=pipe, stdout=pipe, stderr=pipe
            )
        self._socket = ours

    def run(self, argv: list[str], cwd: Path, stdin: bytes | None, seconds: float) -> tuple[int, bytes, bytes]:
        """Run the command; return its exit code (negative for a signal), its output and its messages.

        `stdin`: what it reads from a pipe; None: it reads nothing.
        """
        with ThreadPoolExecutor(3) as pool:
            source, feed = os.pipe()
            (out, out_end), (err, err_end) = os.pipe(), os.pipe()
            if stdin is None:
                os.close(source)
                source = os.open(os.devnull, os.O_RDONLY)
            feeding = pool.submit(_write, feed, stdin or b"")
            reading = [pool.submit(_read, end) for end in (out, err)]
            files = [source, out_end, err_end]
            try:
                ended = self._run(argv, cwd, files, seconds)
            finally:
                for file in files:
                    os.close(file)
            feeding.result()
            return ended, *(part.result() for part in reading)

    def _run(self, argv: list[str], cwd: Path, files: list[int], seconds: float) -> int:
        request = json.dumps({"argv": argv, "cwd": str(cwd)}).encode()
        socket.send_fds(self._socket, [len(request).to_bytes(4, "big")], files)
        self._socket.sendall(request)
        pid = int.from_bytes(self._receive(4), "big")
        self._socket.settimeout(seconds)
        try:
            return int.from_bytes(self._receive(4), "big", signed=True)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise
        finally:
            self._socket.settimeout(None)

    def _receive(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            part = self._socket.recv(size - len(received))
            assert part, "the process that runs the commands has ended"
            received += part
        return received


def _write(file: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), open(file, "wb") as pipe:
        pipe.write(data)


def _read(file: int) -> bytes:
    with open(file, "rb") as pipe:
        return pipe.read()


def serve(connection: socket.socket) -> bool:
    """Answer requests until there are no more; return True in a copy, which then runs the command."""
    while True:
        head, files, _, _ = socket.recv_fds(connection, 4, 3)
        if not head:
            return False
        request = json.loads(connection.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
        pid = os.fork()
        if not pid:
            connection.close()
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            os.chdir(request["cwd"])
            sys.argv = ["rebalance", *request["argv"]]
            return True
        for file in files:
            os.close(file)
        connection.sendall(pid.to_bytes(4, "big"))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        connection.sendall(status.to_bytes(4, "big", signed=True))


if __name__ == "__main__":
    import gc
    import importlib
    import warnings

    signal.signal(signal.SIGINT, signal.default_int_handler)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in _LOADED:
            importlib.import_module(name)
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        is_copy = serve(requests)
    if is_copy:
        ended = 0
        try:
            runpy.run_module("rebalance", run_name="__main__", alter_sys=True)
        except SystemExit as end:
            ended = end.code or 0
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended)  # taking the loaded modules apart takes longer than most commands
