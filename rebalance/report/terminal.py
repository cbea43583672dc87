"""Text for people in a terminal, a pipe or a log."""

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from rebalance.resample.summary import Summary
from rebalance.text import count_of, escape_control

_PLAIN_WIDTH = 80
"""Columns where no terminal says otherwise."""

MAX_CLASSES, _MAX_NOTES = 20, 12
"""Classes and notes that are shown one by one."""

MAX_LABEL_WIDTH = 30
"""Columns of a label; longer ones are folded."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # nobody reads on: the command ends as it does for any other output


def console(stream: TextIO) -> Console:
    """Return a console that writes to `stream`: colors in a terminal that wants them, plain text anywhere else."""
    if stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown") and not os.environ.get("NO_COLOR"):
        return _Console(file=stream, highlight=False, markup=False, emoji=False)
    width = shutil.get_terminal_size((_PLAIN_WIDTH, 24)).columns if stream.isatty() else _columns_variable()
    return plain_console(cast("TextIO", _Trimmed(stream)), width)


def plain_console(stream: TextIO, width: int) -> Console:
    """Return a console that writes plain text of at most `width` columns."""
    return _Console(
        file=stream, width=width, no_color=True, force_terminal=False, highlight=False, markup=False, emoji=False
    )


def _columns_variable() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) else _PLAIN_WIDTH


class _Trimmed(io.TextIOBase):
    """Passes text on without the spaces that pad lines to the width of a table."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._pending = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def write(self, text: str) -> int:
        *lines, last = (self._pending + text).split("\n")
        shown = last.rstrip(" ")
        self._pending = last[len(shown) :]  # more of this line may follow
        self._stream.write("".join(line.rstrip(" ") + "\n" for line in lines) + shown)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()


def print_warning(out: Console, warning: str) -> None:
    """Write a warning."""
    out.print(Text.assemble(("! ", "bold yellow"), escape_control(warning)))


def print_summary(err: Console, summary: Summary, seconds: float) -> None:
    """Write what `resample` did, in how many seconds."""
    neighbors = sorted(set(summary.neighbors.values()))
    parts = [escape_control(summary.technique)]
    if neighbors:
        numbers = " to ".join(str(k) for k in dict.fromkeys([neighbors[0], neighbors[-1]]))
        parts.append(f"{numbers} {'neighbor' if neighbors == [1] else 'neighbors'}")
    parts.append(f"seed {summary.seed}")
    err.print(Text(", ".join(parts), "bold"))
    _print_changes(err, summary)
    if summary.rare:
        err.print(Text(f"rare: {', '.join(summary.rare[:MAX_CLASSES])}"))
    for note in summary.notes[:_MAX_NOTES]:
        print_warning(err, note)
    if len(summary.notes) > _MAX_NOTES:
        err.print(f"  and {count_of(len(summary.notes) - _MAX_NOTES, 'more note', 'more notes')} (--json has all)")
    where = {None: "nothing written (dry run)", "-": "written to standard output"}
    written = where.get(summary.output, f"wrote {escape_control(summary.output or '')}")
    err.print(Text(f"{written}, {seconds:.1f} s"), soft_wrap=True)
    if summary.changes_priors and summary.output is not None:
        err.print("For training only: metrics on rows of this file, or on a split of them, are too optimistic.")


def _print_changes(err: Console, summary: Summary) -> None:
    table = make_grid()
    table.add_column(escape_control(summary.target), overflow="fold", max_width=MAX_LABEL_WIDTH)
    table.add_column("before", justify="right", no_wrap=True)
    table.add_column("after", justify="right", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    if summary.weights:
        table.add_column("weight", justify="right", no_wrap=True)
    for change in summary.classes[:MAX_CLASSES]:
        difference = change.after - change.before
        weight = summary.weights.get(change.label)
        table.add_row(
            Text(escape_control(change.label)),
            f"{change.before:,}",
            f"{change.after:,}",
            f"{difference:+,}" if difference else "",
            *(["" if weight is None else f"{weight:.4g}"] if summary.weights else []),
        )
    err.print(table)
    if len(summary.classes) > MAX_CLASSES:
        err.print(f"  and {len(summary.classes) - MAX_CLASSES:,} more classes")


def print_pairs(out: Console, pairs: Iterable[tuple[str, str]]) -> None:
    """Write names, each with its value; those without a value are left out."""
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    for pair in pairs:
        if pair[1]:
            grid.add_row(*pair)
    out.print(grid)


def make_grid(padding: tuple[int, int, int, int] = (0, 1, 0, 1)) -> Grid:
    """Return an empty table in the style that all tables have."""
    return Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=padding)


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show progress on standard error while the block runs, if that is a terminal.

    Yields a function to be called after each of the `total` steps, with what was done.
    """
    err = console(sys.stderr)
    if quiet or not err.is_terminal:
        yield lambda _: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("training", total=total)
        yield lambda what: bar.update(task, advance=1, description=what)
