"""An evaluation as text for people."""

import math

from rich.console import Console
from rich.text import Text

from rebalance.evaluate.compare import Evaluation
from rebalance.evaluate.judge import Figure
from rebalance.report.terminal import grid, visible

HEADINGS = {
    "precision": "prec.",
    "recall": "recall",
    "f1": "F1",
    "macro_f1": "macro F1",
    "balanced_accuracy": "bal.acc.",
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
}
_WIDE = 110
_FIGURES_WIDTH = 64
"""What seven columns of figures take in a narrow terminal."""

_MOST_CLASSES = 20


def print_evaluation(out: Console, evaluation: Evaluation) -> None:
    """Write the comparison, and the best contender's classification report and confusion matrix."""
    out.print(Text.assemble((visible(evaluation.file), "bold"), f"  {evaluation.protocol}, seed {evaluation.seed}"))
    minority = evaluation.labels.index(evaluation.minority)
    out.print(
        Text(
            f"precision, recall and F1 are of the rarest class, {visible(evaluation.target)} ="
            f" {visible(evaluation.minority)!r} ({evaluation.counts[minority]:,} of {sum(evaluation.counts):,} scored"
            " rows)" + ("" if len(evaluation.labels) == 2 else "; the areas are means over the classes")  # noqa: PLR2004
        )
    )
    for model in dict.fromkeys(contender.model for contender in evaluation.contenders):
        out.print()
        _print_model(out, evaluation, model)
    out.print()
    for note in evaluation.notes:
        out.print(Text.assemble(("! ", "bold yellow"), visible(note)))
    winner = evaluation.winner
    if len(evaluation.contenders) > 1:
        lead = (f"highest PR-AUC: {winner.model} with {winner.technique}", "bold")
        spread = winner.figures["pr_auc"].sd
        out.print(Text.assemble(lead, "" if math.isnan(spread) else "; a lead smaller than its ± is noise"))
    if len(evaluation.labels) > _MOST_CLASSES:
        out.print(f"{len(evaluation.labels)} classes: --report FILE has each class and the confusion matrix")
        return
    out.print()
    out.print(Text(f"{winner.model} with {winner.technique}, all test parts together:", "bold"))
    out.print(Text("\n".join(visible(line) for line in evaluation.report.rstrip().split("\n"))), soft_wrap=True)
    out.print()
    _print_confusion(out, evaluation)


def _print_model(out: Console, evaluation: Evaluation, model: str) -> None:
    out.print(Text(model, "bold"))
    table = grid(padding=(0, 0, 0, 0))
    table.add_column("", overflow="fold", min_width=12, max_width=max(12, out.width - _FIGURES_WIDTH))
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    for contender in evaluation.contenders:
        if contender.model == model:
            style = "bold green" if contender is evaluation.winner else ""
            cells = [shown(contender.figures[name], wide=out.width >= _WIDE) for name in HEADINGS]
            table.add_row(contender.technique, *cells, style=style)
    out.print(table)


def shown(figure: Figure, *, wide: bool = True) -> str:
    """Return a figure as `mean ± sd`; narrow: without the zero before the point."""
    if figure.mean != figure.mean:
        return "-"
    mean, sd = f"{figure.mean:.3f}", f"{figure.sd:.3f}"
    if figure.sd != figure.sd:
        return mean
    return f"{mean} ± {sd}" if wide else f"{mean.replace('0.', '.', 1)}±{figure.sd:.2f}".replace("±0.", "±.")


def _print_confusion(out: Console, evaluation: Evaluation) -> None:
    table = grid()
    table.add_column("true \\ predicted", overflow="fold", max_width=24)
    for label in evaluation.labels:
        table.add_column(visible(label), justify="right", overflow="fold")
    for label, row in zip(evaluation.labels, evaluation.confusion, strict=True):
        table.add_row(Text(visible(label)), *(f"{cell:,}" for cell in row))
    out.print(table)
