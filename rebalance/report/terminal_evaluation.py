"""An evaluation as text for people."""

import math
from collections.abc import Mapping

import numpy as np
from rich.console import Console
from rich.text import Text

from rebalance.evaluate.compare import Comparison, Evaluation
from rebalance.evaluate.contenders import Contender, shortened
from rebalance.evaluate.intervals import Estimate
from rebalance.evaluate.kinds import FIGURES, OF_EACH_RANGE, roughly, written
from rebalance.evaluate.scoring import Variant
from rebalance.report.terminal import grid, visible

NARROW = ("pr_auc", "roc_auc", "brier", "f1", "precision", "recall")
WIDE = (*NARROW, "balanced_accuracy", "mcc")
NARROW_OF_A_QUANTITY = ("sera", "rare_rmse", "rmse", "mae", "r2", "weighted_r2")
WIDE_OF_A_QUANTITY = (*NARROW_OF_A_QUANTITY, "median_ae", "rare_bias")
_ROOM_FOR_EIGHT = 100
_WIDE_ENOUGH = 136
"""What eight columns with their zeros take."""

_MOST_CLASSES = 20
_LEAST_TITLE_ROOM, _TITLE_ROOM = 14, 18


def print_evaluation(out: Console, evaluation: Evaluation) -> None:
    """Write the verdict, the comparison, and the classification reports and confusion matrix."""
    out.print(Text.assemble((visible(evaluation.file), "bold"), f"  {evaluation.protocol}, seed {evaluation.seed}"))
    out.print(Text(about(evaluation)))
    out.print()
    names = shown_figures(evaluation, wide=out.width >= _ROOM_FOR_EIGHT)
    for model in dict.fromkeys(contender.model for contender in evaluation.contenders if not contender.is_dummy):
        _print_model(out, evaluation, model, names)
        out.print()
    for note in evaluation.notes:
        out.print(Text.assemble(("! ", "bold yellow"), visible(note)))
    verdict = evaluation.verdict
    out.print(Text.assemble(("verdict: ", "bold"), visible(verdict.text)))
    out.print(Text.assemble(("to apply: ", "bold"), visible(verdict.apply)), soft_wrap=True)
    out.print()
    advised = evaluation.advised
    if evaluation.positive is None:
        out.print(Text(f"{advised.model} with {advised.title}, by the true value:", "bold"))
        _print_ranges(out, evaluation)
        return
    if len(evaluation.labels) > _MOST_CLASSES:
        out.print(f"{len(evaluation.labels)} classes: --report FILE has each class and the confusion matrix")
        return
    out.print(Text(f"{advised.model} with {advised.title}, all test parts together:", "bold"))
    for report in (advised.report, advised.imbalanced_report):
        out.print(Text("\n".join(visible(line) for line in report.rstrip().split("\n"))), soft_wrap=True)
        out.print()
    _print_confusion(out, evaluation.labels, advised)


def print_seconds(err: Console, comparison: Comparison) -> None:
    """Write what each technique took, all folds together, tuning thresholds included."""
    for model in dict.fromkeys(entry.model.name for entry, _ in comparison.seconds if not entry.model.is_dummy):
        own = [f"{entry.chain.name} {spent:.1f}" for entry, spent in comparison.seconds if entry.model.name == model]
        err.print(Text(f"seconds of {visible(model)}: {visible(', '.join(own))}"), soft_wrap=True)


def about(evaluation: Evaluation) -> str:
    """Return the sentence that says whose figures they are."""
    if evaluation.positive is None:
        own = zip(evaluation.labels, evaluation.counts, strict=True)
        rare = sum(count for label, count in own if label in evaluation.rare)
        where = f" ({', '.join(evaluation.rare[:_MOST_CLASSES])})" if evaluation.rare else ""
        return (
            f"Errors are in units of {evaluation.target}; {rare:,} of {sum(evaluation.counts):,} scored rows are"
            f" rare{where}; ± is half of a 95 % interval"
        )
    positive = evaluation.labels.index(evaluation.positive)
    several = "" if evaluation.areas_of_positive else "; the areas are means over the classes"
    return (
        f"F1, precision and recall are of {evaluation.target} = {evaluation.positive!r}"
        f" ({evaluation.counts[positive]:,} of {sum(evaluation.counts):,} scored rows){several};"
        " ± is half of a 95 % interval"
    )


def shown_figures(evaluation: Evaluation, *, wide: bool = True) -> tuple[str, ...]:
    """Return the figures of a table, the one that decides and an objective of the user's own first."""
    names = WIDE if wide else NARROW
    if evaluation.positive is None:
        names = WIDE_OF_A_QUANTITY if wide else NARROW_OF_A_QUANTITY
    own = ("objective",) if "=" in (evaluation.optimise or "") else ()
    first = tuple(dict.fromkeys(name for name in (evaluation.rank_by, *own) if name not in names))
    return (*first, *names[: len(names) - len(first)])


def row_title(contender: Contender) -> str:
    """Return what a contender is called in a table: a variant stands under its technique."""
    if contender.is_dummy:
        return "(class shares)" if "f1" in contender.figures else "(median)"
    return contender.technique if contender.variant == Variant.AS_IS else f"  {contender.variant}"


def _print_model(out: Console, evaluation: Evaluation, model: str, names: tuple[str, ...]) -> None:
    out.print(Text(visible(model), "bold"))
    table = grid(padding=(0, 0, 0, 0))
    wide = out.width >= _WIDE_ENOUGH
    own = [contender for contender in evaluation.contenders if contender.is_dummy or contender.model == model]
    columns = {name: [shown(one.figures[name], name, wide=wide) for one in own] for name in names}
    titles = [visible(row_title(contender)) for contender in own]
    room = out.width - max(_LEAST_TITLE_ROOM, min(_TITLE_ROOM, max(map(len, titles))))
    fitting = _fitting({name: max(len(FIGURES[name].heading), *map(len, columns[name])) for name in names}, room)
    table.add_column("", overflow="fold", min_width=_LEAST_TITLE_ROOM)
    for name in fitting:
        table.add_column(FIGURES[name].heading, justify="right", no_wrap=True)
    for at, contender in enumerate(own):
        style = "bold green" if contender is evaluation.winner else "dim" if contender.is_dummy else ""
        table.add_row(titles[at], *(columns[name][at] for name in fitting), style=style)
    out.print(table)


def _fitting(widths: Mapping[str, int], room: int) -> list[str]:
    """Return the first of the columns that have room, each with a space before it; at least one."""
    reached = np.cumsum([width + 1 for width in widths.values()])
    return list(widths)[: max(1, int(np.searchsorted(reached, room, side="right")))]


def shown(figure: Estimate, name: str, *, wide: bool = True) -> str:
    """Return a figure as `mean ± half its interval`; narrow: without the zero before the point."""
    if math.isnan(figure.mean):
        return "-"
    mean = written(figure.mean, name)
    if math.isnan(figure.low):
        return mean if wide else _narrow(mean)
    half = (figure.high - figure.low) / 2
    if wide:
        return f"{mean} ± {written(half, name)}"
    return f"{_narrow(mean)}±{_narrow(roughly(half, name))}"


def _narrow(number: str) -> str:
    return number.replace("0.", ".", 1) if number.lstrip("-").startswith("0.") else number


def _print_ranges(out: Console, evaluation: Evaluation) -> None:
    table = grid()
    table.add_column(shortened(visible(evaluation.target)), no_wrap=True)
    for heading in ("rows", "", *(FIGURES[name].heading for name in OF_EACH_RANGE[:-1])):
        table.add_column(heading, justify="right", no_wrap=True)
    for label, count in list(zip(evaluation.labels, evaluation.counts, strict=True))[:_MOST_CLASSES]:
        own = evaluation.advised.classes[label]
        cells = [shown(own[name], name) for name in OF_EACH_RANGE[:-1]]
        table.add_row(Text(visible(label)), f"{count:,}", "rare" if label in evaluation.rare else "", *cells)
    out.print(table)


def _print_confusion(out: Console, labels: tuple[str, ...], contender: Contender) -> None:
    table = grid()
    table.add_column("true \\ predicted", overflow="fold", max_width=24)
    for label in labels:
        table.add_column(visible(label), justify="right", overflow="fold")
    for label, row in zip(labels, contender.confusion, strict=True):
        table.add_row(Text(visible(label)), *(f"{cell:,}" for cell in row))
    out.print(table)
