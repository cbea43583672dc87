"""What is reported of one run of `resample`: a summary for whoever has typed it, a manifest for whoever repeats it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rebalance.arrays import Float64, Rows
from rebalance.plan.plan import Plan
from rebalance.plan.priors import prior_ratios, weighted_counts
from rebalance.resample.planner import ResampleRequest
from rebalance.resample.writer import OutputWriter
from rebalance.system.versions import versions
from rebalance.table.table import Table
from rebalance.table.target import Target
from rebalance.techniques.chain import Chain
from rebalance.text import join_some

SUMMARY_SCHEMA = 2
MANIFEST_SCHEMA = 2


@dataclass(frozen=True)
class ClassChange:
    """The rows of one class (or range) before and after."""

    label: str
    before: int
    after: int


@dataclass(frozen=True)
class Summary:
    """One run of `resample`."""

    schema: int
    technique: str
    """The chain as it is typed."""

    seed: int
    target: str
    """The name of the target column."""

    classes: tuple[ClassChange, ...]
    """Classes, the largest first; or ranges of a numeric target, ascending."""

    rare: tuple[str, ...]
    """The ranges of a numeric target that are rare."""

    neighbors: Mapping[str, int]
    """How many neighbors were used for each class."""

    weights: Mapping[str, float]
    """The weight of each class, or the mean weight of each range; empty unless the technique weights rows."""

    notes: tuple[str, ...]
    """What the user should know."""

    rows_before: int
    """Rows of the input, without those held out or unlabeled."""

    rows_after: int
    """Rows of the output."""

    output: str | None
    """Where the output was written; None for a dry run."""

    @property
    def changes_priors(self) -> bool:
        """Whether the classes have other priors than in the data that a model will meet."""
        return any(change.before != change.after for change in self.classes)


def summarize(table: Table, rows: Rows, plan: Plan, chain: Chain, seed: int, output: str | None) -> Summary:
    """Return the summary of a plan for the records `rows`."""
    target = table.target
    before = target.counts(rows)
    after = plan.counts(target.codes, len(target.labels))
    order = target.display_order(before)
    weights: dict[str, float] = {}
    if plan.weight is not None:
        labels = plan.labels(target.codes)
        present = {code: plan.weight[labels == code] for code in order if after[code]}
        weights = {target.labels[code]: _only_or_mean(values) for code, values in present.items()}
    return Summary(
        schema=SUMMARY_SCHEMA,
        technique=chain.name,
        seed=seed,
        target=target.name,
        classes=tuple(ClassChange(target.labels[code], int(before[code]), int(after[code])) for code in order),
        rare=target.rare_labels,
        neighbors=dict(plan.neighbors),
        weights=weights,
        notes=(*table.records.reading_notes(), *target.spelling_warnings(), *plan.notes),
        rows_before=len(rows),
        rows_after=len(plan),
        output=output,
    )


def column_notes(table: Table, plan: Plan, chain: Chain) -> list[str]:
    """Return how columns were read, and which ones synthetic rows do not interpolate; nothing if no cell was read."""
    if not chain.reads_cells:
        return []
    from rebalance.table.columns import Role, SyntheticValue  # pyarrow, which random techniques need not load

    notes = table.column_notes()
    if table.group_index is not None:
        notes.append(f"column {table.names[table.group_index]!r} takes no part in distances (--group)")
    if not len(plan.synthetic):
        return notes
    names: dict[SyntheticValue, list[str]] = {}
    for column in table.columns:
        if not column.role.is_feature and column.role not in (Role.CONSTANT, Role.WEIGHT):
            names.setdefault(column.role.synthetic, []).append(column.display_name)
    if SyntheticValue.EMPTY in names:
        notes.append(f"empty in synthetic rows (ids): {join_some(names[SyntheticValue.EMPTY])}")
    if SyntheticValue.NEARER in names:
        notes.append(f"copied from a real row to each synthetic row (text): {join_some(names[SyntheticValue.NEARER])}")
    if not table.target.is_interpolated and not any(column.is_interpolated for column in table.columns):
        notes.append(
            "each synthetic row repeats a real one, except for ids: there is no number or date to interpolate"
            " (random-over does the same, faster)"
        )
    return notes


def _only_or_mean(weights: Float64) -> float:
    return float(weights[0] if (weights == weights[0]).all() else np.mean(weights))


@dataclass(frozen=True)
class Manifest:
    """What was done to which bytes, with which options and versions.

    It holds no cell of the data except labels; and, of a numeric target, ends of ranges and what inverts transforms,
    such as quantiles.
    """

    schema: int
    command: tuple[str, ...]
    """The command line."""

    input: Mapping[str, Any]
    """The file as named, its SHA-256 as given (compressed, if it was), its rows."""

    rows_used: int
    """Rows of the input, without those held out or unlabeled."""

    output: Mapping[str, Any]
    """The file as named, its SHA-256, its rows."""

    holdout: Mapping[str, Any] | None
    """The same for the rows held out."""

    trace: Mapping[str, Any] | None
    """The same for the trace, without rows."""

    csv_safe: bool
    """Whether cells that a spreadsheet would run got an apostrophe."""

    technique: str
    """The chain as it is typed."""

    steps: Sequence[Mapping[str, Any]]
    """The techniques of the chain with the values of all their settings."""

    options: Mapping[str, Any]
    """What was asked of all techniques: `ratio`, `counts`, `strict`."""

    seed: int
    task: str
    target: str
    """The name of the target column."""

    counts_before: Mapping[str, int]
    counts_after: Mapping[str, int]
    """Rows of each class (or range)."""

    prior_ratio: Mapping[str, float | None]
    """What corrects predicted probabilities for the changed priors: multiply each class's by its ratio and divide by
    their sum (Saerens, Latinne and Decaestecker 2002, equation 4). Empty for a numeric target."""

    relevance: Mapping[str, Any] | None
    """How rare values of a numeric target were determined."""

    transforms: Sequence[Mapping[str, Any]]
    """The transformed columns, in order: the technique, what inverts it, and whether it can be inverted."""

    neighbors: Mapping[str, int]
    weights: Mapping[str, float]
    """As in the summary."""

    clipped: Mapping[str, int]
    """How many synthetic values of each column were moved back into the range of their class."""

    notes: tuple[str, ...]
    roles: Mapping[str, str]
    """The role of each column."""

    versions: Mapping[str, str]
    """The versions of the packages that results depend on."""


def make_manifest(
    table: Table,
    plan: Plan,
    chain: Chain,
    summary: Summary,
    request: ResampleRequest,
    files: Mapping[str, Mapping[str, Any]],
    writer: OutputWriter,
    command: Sequence[str],
) -> Manifest:
    """Return the manifest; `files`: the path, the SHA-256 and the rows of `output`, and of `holdout` and `trace`."""
    names = table.file.names
    before = {change.label: change.before for change in summary.classes}
    return Manifest(
        schema=MANIFEST_SCHEMA,
        command=("rebalance", *command),
        input={"file": table.file.source.name, "sha256": table.file.source.sha256(), "rows": len(table)},
        rows_used=summary.rows_before,
        output=files["output"],
        holdout=files.get("holdout"),
        trace=files.get("trace"),
        csv_safe=writer.csv_safe,
        technique=summary.technique,
        steps=[
            {
                "technique": step.technique.name,
                "settings": {setting.name: step.params[setting] for setting in step.technique.settings},
            }
            for step in chain.steps
        ],
        options={"ratio": request.ratio, "counts": request.counts, "strict": request.strict},
        seed=summary.seed,
        task=str(table.target.task),
        target=summary.target,
        counts_before=before,
        counts_after={change.label: change.after for change in summary.classes},
        prior_ratio=_prior_ratios(table.target, plan, before),
        relevance=table.target.description(),
        transforms=[
            {
                "column": names[transform.column],
                "technique": transform.technique,
                "parameters": transform.parameters,
                "invertible": transform.invertible,
            }
            for transform in plan.transforms
        ],
        neighbors=plan.neighbors,
        weights=summary.weights,
        clipped={names[index]: count for index, count in writer.clipped.items() if count},
        notes=summary.notes,
        roles={column.display_name: str(column.role) for column in table.columns},
        versions=versions(),
    )


def _prior_ratios(target: Target, plan: Plan, before: Mapping[str, int]) -> dict[str, float | None]:
    if target.is_interpolated:  # a number has no prior
        return {}
    after = weighted_counts(plan, target.codes, len(target.labels))
    return prior_ratios(before, dict(zip(target.labels, after.tolist(), strict=True)))
