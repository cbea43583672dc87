"""Text for people in a terminal, a pipe or a log."""

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO, cast

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from rebalance.inspect import ColumnProfile, Profile
from rebalance.quantity import QuantityProfile
from rebalance.report.summary import Summary

_PLAIN_WIDTH = 80
_SHOWN_CLASSES, _SHOWN_COLUMNS, _SHOWN_NOTES = 20, 40, 12
_WIDE = 100
_DELIMITERS = {"\t": "tab", " ": "space"}


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # nobody reads on: the command ends as it does for any other output


def console(stream: TextIO) -> Console:
    """Return a console that writes to `stream`: colours in a terminal that wants them, plain text anywhere else."""
    if stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown") and not os.environ.get("NO_COLOR"):
        return _Console(file=stream, highlight=False, markup=False, emoji=False)
    width = shutil.get_terminal_size((_PLAIN_WIDTH, 24)).columns if stream.isatty() else _columns()
    return plain_console(cast("TextIO", _Trimmed(stream)), width)


def plain_console(stream: TextIO, width: int) -> Console:
    """Return a console that writes plain text of at most `width` columns."""
    return _Console(
        file=stream, width=width, no_color=True, force_terminal=False, highlight=False, markup=False, emoji=False
    )


def _columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) else _PLAIN_WIDTH


class _Trimmed(io.TextIOBase):
    """Passes text on without the spaces that pad lines to the width of a table."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._held = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def write(self, text: str) -> int:
        *whole, last = (self._held + text).split("\n")
        shown = last.rstrip(" ")
        self._held = last[len(shown) :]  # more of this line may follow
        self._stream.write("".join(line.rstrip(" ") + "\n" for line in whole) + shown)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()


def visible(text: str) -> str:
    """Return `text` with what would move the cursor or change colours written out as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def print_profile(out: Console, profile: Profile, commands: list[str]) -> None:
    """Write what `inspect` found."""
    print_heading(out, profile)
    _print_classes(out, profile)
    if profile.columns is not None:
        print_columns(out, profile.columns, profile.rows)
    print_ending(out, profile.warnings, commands)


def print_ending(out: Console, warnings: Sequence[str], commands: Sequence[str]) -> None:
    """Write what is odd, and what to run next."""
    for warning in warnings:
        out.print(Text.assemble(("! ", "bold yellow"), visible(warning)))
    if commands:
        out.print(Text("next:", "bold"))
        for command in commands:
            out.print(Text("  " + command), soft_wrap=True)


def print_heading(out: Console, profile: Profile | QuantityProfile) -> None:
    """Write which table it is."""
    title = Text.assemble(
        (visible(profile.file), "bold"),
        f"  {profile.rows:,} rows x {profile.column_count:,} columns, delimiter "
        f"{_DELIMITERS.get(profile.delimiter, repr(profile.delimiter))}, {profile.encoding}",
    )
    out.print(title, soft_wrap=True)
    out.print()


def _print_classes(out: Console, profile: Profile) -> None:
    table = grid()
    table.add_column(visible(profile.target), overflow="fold", max_width=30)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    table.add_column("", ratio=1, no_wrap=True)
    shown, hidden = profile.classes[:_SHOWN_CLASSES], profile.classes[_SHOWN_CLASSES:]
    largest = max((share.count for share in profile.classes), default=1)
    for share in shown:
        drawn = Text(bar(out, share.count / largest), "cyan" if share.count == largest else "magenta")
        table.add_row(Text(visible(share.label)), f"{share.count:,}", percent(share.share), drawn)
    out.print(table)
    if hidden:
        out.print(f"  and {len(hidden):,} more classes, {sum(s.count for s in hidden):,} rows (--json has all)")
    ratio = "n/a" if profile.imbalance_ratio is None else f"{profile.imbalance_ratio:,.1f} to 1"
    out.print(Text.assemble("imbalance ratio (largest to smallest class): ", (ratio, "bold")))
    out.print()


def bar(out: Console, share: float, width: int = 30) -> str:
    """Return a bar of a share of the width, never none."""
    cells = share * width
    if out.options.ascii_only:
        return "#" * max(1, round(cells))
    eighths = max(1, round(cells * 8))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def print_columns(out: Console, columns: Sequence[ColumnProfile], rows: int) -> None:
    """Write what is in each column of a table of so many rows."""
    table = grid()
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("column", overflow="fold", max_width=48 if out.width >= _WIDE else 24)
    table.add_column("role", no_wrap=True)
    table.add_column("missing", justify="right", no_wrap=True)
    table.add_column("distinct", justify="right", no_wrap=True)
    table.add_column("", ratio=1)
    for column in columns[:_SHOWN_COLUMNS]:
        missing = percent(column.missing / rows) if column.missing else "-"
        distinct = f"{column.distinct:,}" + ("+" if column.more_distinct else "")
        notes = Text("; ".join(visible(note) for note in column.notes), "dim")
        table.add_row(str(column.position), Text(visible(column.name)), column.role, missing, distinct, notes)
    out.print(table)
    if len(columns) > _SHOWN_COLUMNS:
        out.print(f"  and {len(columns) - _SHOWN_COLUMNS:,} more columns (--json has all)")
    out.print()


def print_summary(err: Console, summary: Summary, seconds: float) -> None:
    """Write what `resample` did, in how many seconds."""
    neighbors = sorted(set(summary.neighbors.values()))
    parts = [summary.technique]
    if neighbors:
        parts.append(
            " to ".join(str(k) for k in dict.fromkeys([neighbors[0], neighbors[-1]]))
            + (" neighbour" if neighbors == [1] else " neighbours")
        )
    parts.append(f"seed {summary.seed}")
    err.print(Text(", ".join(parts), "bold"))
    table = grid()
    table.add_column(visible(summary.target), overflow="fold", max_width=30)
    table.add_column("before", justify="right", no_wrap=True)
    table.add_column("after", justify="right", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    if summary.weights:
        table.add_column("weight", justify="right", no_wrap=True)
    for change in summary.classes[:_SHOWN_CLASSES]:
        difference = change.after - change.before
        weight = [f"{summary.weights[change.label]:.4g}"] if summary.weights else []
        table.add_row(
            Text(visible(change.label)),
            f"{change.before:,}",
            f"{change.after:,}",
            f"{difference:+,}" if difference else "",
            *weight,
        )
    err.print(table)
    if len(summary.classes) > _SHOWN_CLASSES:
        err.print(f"  and {len(summary.classes) - _SHOWN_CLASSES:,} more classes")
    if summary.rare:
        err.print(Text(f"rare: {', '.join(summary.rare[:_SHOWN_CLASSES])}"))
    for note in summary.notes[:_SHOWN_NOTES]:
        err.print(Text.assemble(("! ", "bold yellow"), visible(note)))
    if len(summary.notes) > _SHOWN_NOTES:
        err.print(f"  and {len(summary.notes) - _SHOWN_NOTES:,} more like these (--json has all)")
    where = {None: "nothing written (dry run)", "-": "written to standard output"}
    written = where.get(summary.output, f"wrote {visible(summary.output or '')}")
    err.print(Text(f"{written}, {seconds:.1f} s"), soft_wrap=True)
    if summary.changes_shares and summary.output is not None:
        err.print("For training only: a score on rows of this file, or of a part split off it, is overstated.")


def print_rows(out: Console, headings: list[str], rows: Iterable[list[str]], *, last_wraps: bool = False) -> None:
    """Write a plain table: the first column to the left, the others as they are."""
    table = grid()
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=not (last_wraps and number == len(headings) - 1))
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    out.print(table)


def grid(padding: tuple[int, int, int, int] = (0, 1, 0, 1)) -> Grid:
    """Return an empty table in the one style all of them have."""
    return Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=padding)


def percent(share: float) -> str:
    """Return a share as a percentage, with as many digits as a small one needs."""
    if 0 < share < 0.001:  # noqa: PLR2004  below a tenth of a percent
        return f"{share:.2%}" if share >= 0.0001 else "<0.01%"  # noqa: PLR2004
    return f"{share:.1%}"


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show progress on standard error while the block runs, if that is a terminal.

    Yields a function to be told of each of the `total` steps.
    """
    err = console(sys.stderr)
    if quiet or not err.is_terminal:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("training", total=total)
        yield lambda what: bar.update(task, advance=1, description=what)
