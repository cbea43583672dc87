"""The `rebalance` command."""

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from rebalance import __version__
from rebalance.cli.dataclass_options import flatten_options, option_names
from rebalance.cli.exits import exit_with_error, with_exit_codes
from rebalance.cli.help import WIDTH, Command, Group
from rebalance.cli.inspect_command import inspect
from rebalance.cli.mistyped import check_words, remember_options, usage_error
from rebalance.cli.resample_command import resample
from rebalance.cli.schema_command import schema
from rebalance.cli.startup import prepare_process
from rebalance.cli.techniques_command import techniques
from rebalance.cli.train_eval_command import train_eval
from rebalance.errors import ExitCode, RebalanceError

COMMANDS: dict[str, Callable[..., None]] = {
    "inspect": inspect,
    "resample": resample,
    "train-eval": train_eval,
    "techniques": techniques,
    "schema": schema,
}

app = typer.Typer(
    name="rebalance",
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: the same text in a terminal, a pipe and a log
    pretty_exceptions_enable=False,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "terminal_width": WIDTH,
        "max_content_width": WIDTH,
    },
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"rebalance {__version__}")
        raise typer.Exit


@app.callback()
def rebalance(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Rebalance CSV datasets in which one class is rare, and evaluate honestly whether that helps.

    Data goes to standard output, messages to standard error. Exit codes: 0 done, 1 a gate has tripped (a limit that you
    set), 2 usage, 3 data or files.

    Example: rebalance inspect sample_data/orders.csv --target fraud
    """


for _name, _command in COMMANDS.items():
    app.command(_name, cls=Command)(with_exit_codes(flatten_options(_command)))
    remember_options(_name, option_names(_command))


def main() -> None:
    """Run the command line of this process."""
    prepare_process()
    try:
        sys.exit(_run(sys.argv[1:]))
    except SystemExit as ended:
        # Typer ends with 1 when nobody reads its help any more, and has then replaced the stream by this wrapper
        if ended.code == 1 and type(sys.stdout).__name__ == "PacifyFlushWrapper":
            sys.exit(ExitCode.BROKEN_PIPE)
        raise
    except RebalanceError as error:  # a value that a parser refused, before any command had begun
        exit_with_error(error)


def _run(argv: list[str]) -> Any:
    command = next((word for word in argv if word in COMMANDS), "")
    main_command: Any = typer.main.get_command(app)
    try:
        if command:
            check_words(command, main_command.commands[command].params, argv[argv.index(command) + 1 :])
        return main_command(args=argv, prog_name="rebalance", standalone_mode=False)
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message(), file=sys.stderr)
            return ExitCode.USAGE
        raise usage_error(error, command) from None
    except typer.Abort:
        return ExitCode.INTERRUPTED
