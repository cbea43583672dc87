"""An evaluation as text for people."""

from collections.abc import Mapping

import numpy as np
from rich.console import Console
from rich.text import Text

from rebalance.document import TableData
from rebalance.evaluate.compare import Comparison
from rebalance.evaluate.metrics import METRICS
from rebalance.evaluate.report_parts import format_estimate, models, row_label, shown_metrics
from rebalance.report.terminal import make_grid, print_warning
from rebalance.text import escape_control, shorten

_NARROW_METRICS, _ALL_METRICS_WIDTH = 6, 100
"""Below this width a table has so many metrics."""

_FULL_NUMBERS_WIDTH = 136
"""Width of eight metrics with the zeros before their points."""

_MIN_LABEL_WIDTH, _MAX_LABEL_WIDTH = 14, 18
"""Columns for the names of techniques; longer ones are folded."""


def print_evaluation(out: Console, comparison: Comparison) -> None:
    """Write the comparison, the verdict, and the details of the advised contender."""
    evaluation, task = comparison.evaluation, comparison.request.task
    title = (escape_control(evaluation.file), "bold")
    out.print(Text.assemble(title, f"  {evaluation.protocol}, seed {evaluation.seed}"))
    out.print(Text(escape_control(task.caption(evaluation))))
    out.print()
    names = shown_metrics(comparison, None if out.width >= _ALL_METRICS_WIDTH else _NARROW_METRICS)
    for model in models(evaluation):
        _print_model(out, comparison, model, names)
        out.print()
    for note in evaluation.notes:
        print_warning(out, note)
    verdict = evaluation.verdict
    out.print(Text.assemble(("verdict: ", "bold"), escape_control(verdict.text)))
    out.print(Text.assemble(("to apply: ", "bold"), escape_control(verdict.apply)), soft_wrap=True)
    out.print()
    out.print(Text(f"{escape_control(task.advised_title(evaluation))}:", "bold"))
    for item in task.advised_items(evaluation):
        if isinstance(item, TableData):
            _print_table(out, item)
        elif item.is_preformatted:
            lines = [escape_control(line) for line in item.text.split("\n")]
            out.print(Text("\n".join(lines)), soft_wrap=True)
            out.print()
        else:
            out.print(Text(escape_control(item.text)))


def print_seconds(err: Console, comparison: Comparison) -> None:
    """Write how long each technique took, all folds together, with the tuning of thresholds."""
    for model in dict.fromkeys(c.model.name for c, _ in comparison.seconds if not c.model.is_baseline):
        times = [f"{c.chain.name} {spent:.1f}" for c, spent in comparison.seconds if c.model.name == model]
        err.print(
            Text(f"training time of {escape_control(model)} in seconds: {escape_control(', '.join(times))}"),
            soft_wrap=True,
        )


def _print_model(out: Console, comparison: Comparison, model: str, names: tuple[str, ...]) -> None:
    evaluation = comparison.evaluation
    out.print(Text(escape_control(model), "bold"))
    table = make_grid(padding=(0, 0, 0, 0))
    wide = out.width >= _FULL_NUMBERS_WIDTH
    shown = [contender for contender in evaluation.contenders if contender.is_baseline or contender.model == model]
    cells = {name: [format_estimate(c.metrics[name], name, wide=wide) for c in shown] for name in names}
    labels = [escape_control(row_label(comparison, contender)) for contender in shown]
    room = out.width - max(_MIN_LABEL_WIDTH, min(_MAX_LABEL_WIDTH, max(map(len, labels))))
    widths = {name: max(len(METRICS[name].display_name), *map(len, cells[name])) for name in names}
    fitting = _fitting_columns(widths, room)
    table.add_column("", overflow="fold", min_width=_MIN_LABEL_WIDTH)
    for name in fitting:
        table.add_column(METRICS[name].display_name, justify="right", no_wrap=True)
    for row, contender in enumerate(shown):
        style = "bold green" if contender is evaluation.winner else "dim" if contender.is_baseline else ""
        table.add_row(labels[row], *(cells[name][row] for name in fitting), style=style)
    out.print(table)


def _fitting_columns(widths: Mapping[str, int], room: int) -> list[str]:
    """Return the first columns that fit, each with a space before it; at least one."""
    needed = np.cumsum([width + 1 for width in widths.values()])
    return list(widths)[: max(1, int(np.searchsorted(needed, room, side="right")))]


def _print_table(out: Console, data: TableData) -> None:
    table = make_grid()
    for number, heading in enumerate(data.headings):
        justify = "right" if number else "left"
        table.add_column(
            escape_control(heading) if number else shorten(escape_control(heading)),
            justify=justify,  # type: ignore[arg-type]
            overflow="fold",
            max_width=None if number else _MAX_FIRST_WIDTH,
        )
    for row in data.rows:
        table.add_row(*(Text(escape_control(cell)) for cell in row))
    out.print(table)


_MAX_FIRST_WIDTH = 24
"""Columns of a row's name; longer ones are folded."""
