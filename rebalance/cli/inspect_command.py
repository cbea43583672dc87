"""`rebalance inspect`."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rebalance.cli import help as groups
from rebalance.cli.exits import exit_if_tripped
from rebalance.cli.metric_names import parse_fail_if
from rebalance.cli.options import InputOptions, ResultOptions
from rebalance.cli.task_options import TaskOptions
from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.gates import Gate
    from rebalance.inspection.columns import Profile


def inspect(
    source: InputOptions,
    result: ResultOptions,
    task: TaskOptions,
    classes_only: Annotated[
        bool,
        typer.Option("--classes-only", help="Count the classes, and read no other column.", rich_help_panel=groups.RUN),
    ] = False,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VALUE>X",
            help="Exit with 1 if a value meets this condition; repeatable. Values are imbalance-ratio (largest to"
            " smallest class), min-count (rows of the smallest class), rows, classes, unlabeled and duplicates (rows),"
            " missing (the share in the column with most); for numeric targets also skew, and the shares zeros,"
            " outliers and rare.",
            rich_help_panel=groups.GATES,
        ),
    ] = None,
    report: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE.html", help="Write the result as an HTML page; repeatable.", rich_help_panel=groups.OUTPUT
        ),
    ] = None,
) -> None:
    """Show the class distribution (or that of a numeric target), the columns, and warnings about them.

    Example: rebalance inspect sample_data/orders.csv --target fraud
    """
    from rebalance.cli.open_table import open_table
    from rebalance.csvio.outputs import Outputs, check_outputs
    from rebalance.gates import tripped_messages
    from rebalance.inspection.profile import profile_table, profile_type
    from rebalance.memory_check import check_address_space
    from rebalance.report.as_json import to_json

    task.check()
    gates = parse_fail_if(fail_if or [], _all_gate_names())
    _check_reports(report or [])
    with Outputs() as outputs, open_table(source) as opened:
        check_outputs(report or [], [opened.file.source])
        table = task.apply_to(opened, quiet=result.quiet or result.json)
        if not classes_only:
            check_address_space("inspect", "--classes-only reads the target alone")
        _check_gates(gates, profile_type(table.target.task), classes_only=classes_only)
        profile = profile_table(table, target_only=classes_only)
        commands = profile.next_commands([*source.to_argv(), *task.to_argv()])
        if report:
            from rebalance.report.html.profile import profile_html  # Matplotlib and Jinja2 only for those who ask

            page = profile_html(profile, table.file.source.sha256(), commands, sys.argv[1:])
            for path in report:
                with outputs.open(path) as output:
                    output.write(page.encode(errors="backslashreplace"))
    if result.json:
        print(to_json(profile))
    else:
        from rebalance.report.terminal import console
        from rebalance.report.terminal_profile import print_profile

        print_profile(console(sys.stdout), profile, commands)
    result.report_written(report or [])
    exit_if_tripped(tripped_messages(gates, profile.gate_values()))


def _all_gate_names() -> dict[str, str]:
    from rebalance.inspection.profile import profile_type
    from rebalance.table.task import Task

    return {name: display for task in Task for name, display in profile_type(task).gate_names.items()}


def _check_reports(paths: Sequence[str]) -> None:
    for path in paths:
        if not path.lower().endswith(".html"):
            raise UsageError(f"--report {path}: inspect writes HTML pages", "end the name in .html")


def _check_gates(gates: "list[Gate]", profile: "type[Profile]", *, classes_only: bool) -> None:
    for gate in gates:
        if gate.name not in profile.gate_names:
            names = ", ".join(profile.gate_names)
            raise UsageError(f"--fail-if {gate.name} is not defined for this kind of target", f"one of {names}")
        if gate.name in profile.gate_shares and not 0 <= gate.limit <= 1:
            raise UsageError(
                f"{gate.option}: {gate.name} is a share from 0 to 1",
                f"--fail-if '{gate.name}{gate.sign}{gate.limit / 100:g}'",
            )
        if classes_only and gate.name in ("missing", "duplicates"):
            raise UsageError(f"--fail-if {gate.name}: --classes-only does not read it", "leave one of them out")
