"""The record of one run of `resample`, for whoever has to repeat or undo it."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rebalance.output import Writing
from rebalance.plan.plan import Plan
from rebalance.plan.priors import odds_factors, weighed_counts
from rebalance.report.as_json import to_json
from rebalance.report.summary import Summary
from rebalance.report.versions import versions
from rebalance.resample import Request
from rebalance.table.table import Table

SCHEMA = 1


@dataclass(frozen=True)
class Manifest:
    """What was done to which bytes, with what; no cell of the data but the labels.

    Of a quantity, however, the ends of ranges and what undoes a rewrite are values of the target, quantiles above all.

    `odds_factor` undoes the change of the classes' shares in predicted probabilities: multiply each class's by
    its factor and divide by their sum (Saerens, Latinne and Decaestecker 2002, equation 4). `rows_used`: the input's
    without those held out or unlabelled. `clamped` counts made cells moved back into their range, by column. Of a
    quantity the classes are ranges, `relevance` says how those were found, and there is nothing to undo but `rewrites`:
    of each column written anew, in this order, the technique and what inverts it.
    """

    schema: int
    command: tuple[str, ...]
    input: Mapping[str, Any]
    rows_used: int
    output: Mapping[str, Any]
    holdout: Mapping[str, Any] | None
    trace: Mapping[str, Any] | None
    csv_safe: bool
    technique: str
    options: Mapping[str, Any]
    seed: int
    target: str
    counts_before: Mapping[str, int]
    counts_after: Mapping[str, int]
    odds_factor: Mapping[str, float | None]
    relevance: Mapping[str, Any] | None
    rewrites: Sequence[Mapping[str, Any]]
    neighbors: Mapping[str, int]
    weights: Mapping[str, float]
    clamped: Mapping[str, int]
    notes: tuple[str, ...]
    roles: Mapping[str, str]
    versions: Mapping[str, str]


def manifest_bytes(
    table: Table,
    plan: Plan,
    summary: Summary,
    request: Request,
    written: Mapping[str, tuple[str, str]],
    writing: Writing,
    command: Sequence[str],
    held_out: int,
) -> bytes:
    """Return the manifest as JSON; `written`: the path and the SHA-256 of `output`, and of `holdout` and `trace`.

    `held_out`: how many rows the holdout has.
    """
    names = table.file.names
    files = {what: {"file": path, "sha256": digest} for what, (path, digest) in written.items()}
    before = {change.label: change.before for change in summary.classes}
    after = {change.label: change.after for change in summary.classes}
    labels = table.target.labels
    after_weights = weighed_counts(plan, table.target.codes, len(labels))
    quantity = table.target.quantity
    factors = odds_factors(before, dict(zip(labels, after_weights.tolist(), strict=True))) if quantity is None else {}
    manifest = Manifest(
        schema=SCHEMA,
        command=("rebalance", *command),
        input={"file": table.file.source.name, "sha256": table.file.source.sha256(), "rows": len(table)},
        rows_used=summary.rows_before,
        output={**files["output"], "rows": summary.rows_after},
        holdout={**files["holdout"], "rows": held_out} if "holdout" in files else None,
        trace=files.get("trace"),
        csv_safe=writing.csv_safe,
        technique=summary.technique,
        options={"ratio": request.ratio, "counts": request.counts, **dataclasses.asdict(request.options)},
        seed=summary.seed,
        target=summary.target,
        counts_before=before,
        counts_after=after,
        odds_factor=factors,
        relevance=None
        if quantity is None
        else {
            "points": quantity.relevance.points,
            "flat": quantity.relevance.flat,
            "threshold": quantity.threshold,
            "rare": summary.rare,
        },
        rewrites=[
            {
                "column": names[rewrite.column],
                "technique": rewrite.technique,
                "parameters": rewrite.parameters,
                "can_be_undone": rewrite.undone,
            }
            for rewrite in plan.rewrites
        ],
        neighbors=plan.neighbors,
        weights=summary.weights,
        clamped={names[index]: count for index, count in writing.clamped.items() if count},
        notes=summary.notes,
        roles={column.title: str(column.role) for column in table.columns},
        versions=versions(),
    )
    return (to_json(manifest) + "\n").encode()
