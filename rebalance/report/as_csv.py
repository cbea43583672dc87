"""An evaluation as CSV: a row for each fold and contender."""

import csv
import io
import math

from rebalance.evaluate.compare import Evaluation


def folds_csv(evaluation: Evaluation) -> str:
    """Return the figures of every fold; a figure that is not defined there is left blank."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = list(evaluation.contenders[0].figures)
    writer.writerow(["model", "technique", "variant", "fold", *names])
    for contender in evaluation.contenders:
        for number, figures in enumerate(contender.folds, 1):
            cells = ["" if math.isnan(figures[name]) else repr(figures[name]) for name in names]
            writer.writerow([contender.model, contender.technique, contender.variant, number, *cells])
    return stream.getvalue()
