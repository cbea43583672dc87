"""Run the command as a shell would. There is no other way in these tests."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from forked import Forker

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
SAMPLE_DATA = ROOT / "sample_data"
ORDERS, CLAIMS, RESUMES = (SAMPLE_DATA / f"{name}.csv" for name in ("orders", "claims", "resumes"))
TIMEOUT = 300


@dataclass(frozen=True)
class Result:
    """How a command ended and what it wrote."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


Run = Callable[..., Result]


def environment(**variables: str) -> dict[str, str]:
    """The environment of a command under test."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return {**ours, "PYTHONPATH": str(ROOT), **variables}


def run_command(
    *argv: object,
    code: int = 0,
    stdin: bytes | None = None,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
) -> Result:
    """Run `rebalance ARGV` in a process of its own; it must end with the exit code `code`, without a traceback.

    A command with an environment of its own runs in a new interpreter, any other in a copy of one that is loaded.
    """
    words = [str(word) for word in argv]
    if env or environment() != loaded().environment:
        done = subprocess.run(
            [sys.executable, "-m", "rebalance", *words],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            cwd=cwd,
            env=environment(**(env or {})),
            timeout=TIMEOUT,
            check=False,
        )
        ended, out, err = done.returncode, done.stdout, done.stderr
    else:
        ended, out, err = loaded().run(words, cwd, stdin, TIMEOUT)
    result = Result(ended, out, err.decode("utf-8", "replace"))
    assert "Traceback" not in result.err, result.err
    assert result.code == code, f"exit code {result.code}, not {code}\n{result.err}"
    return result


@cache
def loaded() -> Forker:
    """The loaded interpreter of this test process."""
    return Forker(environment())


def run_train_eval(*argv: object, **options: object) -> Result:
    """Run `train-eval` in one process: the tests themselves run in parallel."""
    return run_command("train-eval", *argv, "--jobs", 1, **options)  # type: ignore[arg-type]


def run_script(script: str, *, code: int = 0, cwd: Path = ROOT, env: dict[str, str] | None = None) -> Result:
    """Run a bash script in which `rebalance` is the command under test; it must end with the exit code `code`."""
    function = f'rebalance() {{ "{sys.executable}" -m rebalance "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-c", function + script],  # noqa: S607
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=cwd,
        env=environment(**(env or {})),
        timeout=TIMEOUT,
        check=False,
    )
    result = Result(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))
    assert "Traceback" not in result.err, result.err
    assert result.code == code, f"exit code {result.code}, not {code}\n{result.err}"
    return result
