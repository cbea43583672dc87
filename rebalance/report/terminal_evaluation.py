"""An evaluation as text for people."""

import math

from rich.console import Console
from rich.text import Text

from rebalance.evaluate.compare import Comparison, Evaluation
from rebalance.evaluate.contenders import Contender
from rebalance.evaluate.intervals import Estimate
from rebalance.evaluate.judge import Variant
from rebalance.evaluate.metrics import FIGURES
from rebalance.report.terminal import grid, visible

NARROW = ("pr_auc", "roc_auc", "brier", "f1", "precision", "recall")
WIDE = ("pr_auc", "roc_auc", "brier", "f1", "precision", "recall", "balanced_accuracy", "mcc")
_ROOM_FOR_EIGHT = 100
_WIDE_ENOUGH = 136
"""What eight columns with their zeros take."""

_MOST_CLASSES = 20


def print_evaluation(out: Console, evaluation: Evaluation) -> None:
    """Write the verdict, the comparison, and the classification reports and confusion matrix."""
    out.print(Text.assemble((visible(evaluation.file), "bold"), f"  {evaluation.protocol}, seed {evaluation.seed}"))
    out.print(Text(about(evaluation)))
    out.print()
    names = shown_figures(evaluation, WIDE if out.width >= _ROOM_FOR_EIGHT else NARROW)
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
    positive = evaluation.labels.index(evaluation.positive)
    several = "" if evaluation.areas_of_positive else "; the areas are means over the classes"
    return (
        f"F1, precision and recall are of {evaluation.target} = {evaluation.positive!r}"
        f" ({evaluation.counts[positive]:,} of {sum(evaluation.counts):,} scored rows){several};"
        " ± is half of a 95 % interval"
    )


def shown_figures(evaluation: Evaluation, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the figures of a table: these, after the one that decides and an objective of the user's own."""
    own = ("objective",) if "=" in evaluation.optimise else ()
    first = tuple(dict.fromkeys(name for name in (evaluation.rank_by, *own) if name not in names))
    return (*first, *names[: len(names) - len(first)])


def row_title(contender: Contender) -> str:
    """Return what a contender is called in a table: a variant stands under its technique."""
    if contender.is_dummy:
        return "(class shares)"
    return contender.technique if contender.variant == Variant.AS_IS else f"  {contender.variant}"


def _print_model(out: Console, evaluation: Evaluation, model: str, names: tuple[str, ...]) -> None:
    out.print(Text(visible(model), "bold"))
    table = grid(padding=(0, 0, 0, 0))
    wide = out.width >= _WIDE_ENOUGH
    table.add_column("", overflow="fold", min_width=14, max_width=max(18, out.width - 10 * len(names)))
    for name in names:
        table.add_column(FIGURES[name].heading, justify="right", no_wrap=True)
    for contender in evaluation.contenders:
        if contender.is_dummy or contender.model == model:
            style = "bold green" if contender is evaluation.winner else "dim" if contender.is_dummy else ""
            cells = [shown(contender.figures[name], wide=wide) for name in names]
            table.add_row(visible(row_title(contender)), *cells, style=style)
    out.print(table)


def shown(figure: Estimate, *, wide: bool = True) -> str:
    """Return a figure as `mean ± half its interval`; narrow: without the zero before the point."""
    if math.isnan(figure.mean):
        return "-"
    mean = f"{figure.mean:.3f}"
    if math.isnan(figure.low):
        return mean if wide else _narrow(mean)
    half = (figure.high - figure.low) / 2
    return f"{mean} ± {half:.3f}" if wide else f"{_narrow(mean)}±{_narrow(f'{half:.2f}')}"


def _narrow(number: str) -> str:
    return number.replace("0.", ".", 1) if number.lstrip("-").startswith("0.") else number


def _print_confusion(out: Console, labels: tuple[str, ...], contender: Contender) -> None:
    table = grid()
    table.add_column("true \\ predicted", overflow="fold", max_width=24)
    for label in labels:
        table.add_column(visible(label), justify="right", overflow="fold")
    for label, row in zip(labels, contender.confusion, strict=True):
        table.add_row(Text(visible(label)), *(f"{cell:,}" for cell in row))
    out.print(table)
