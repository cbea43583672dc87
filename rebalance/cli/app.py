"""The `rebalance` command."""

import io
import os
import sys
from typing import Annotated

import typer

from rebalance import __version__
from rebalance.cli.ending import ending, fail
from rebalance.cli.inspect_command import inspect
from rebalance.cli.options import flat
from rebalance.cli.resample_command import resample
from rebalance.cli.techniques_command import techniques
from rebalance.cli.train_eval_command import train_eval
from rebalance.errors import ExitCode, RebalanceError, hush_libraries
from rebalance.memory import keep_freed
from rebalance.starting import collect_seldom, let_idle_sleep

app = typer.Typer(
    name="rebalance",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: the same text in a terminal, a pipe and a log
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"rebalance {__version__}")
        raise typer.Exit


@app.callback()
def rebalance(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Rebalance CSV datasets in which one class is rare, and judge honestly whether it helped.

    Data goes to standard output, words to standard error. Exit codes: 0 done, 1 a limit you set is passed, 2 usage,
    3 data or files.
    """


for _command in (inspect, resample, train_eval, techniques):
    app.command(_command.__name__.replace("_", "-"))(ending(flat(_command)))


def main() -> None:
    """Run the command line of this process."""
    hush_libraries()
    keep_freed()
    collect_seldom()
    let_idle_sleep()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115  for the life of the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an ASCII terminal gets escapes, not an error
    try:
        app(args=sys.argv[1:], prog_name="rebalance")
    except SystemExit as ended:
        # Typer ends with 1 when nobody reads its help any more; it then has replaced the stream by this
        if ended.code == 1 and type(sys.stdout).__name__ == "PacifyFlushWrapper":
            sys.exit(ExitCode.BROKEN_PIPE)
        raise
    except RebalanceError as error:  # of what was typed, before any command had begun
        fail(error)
