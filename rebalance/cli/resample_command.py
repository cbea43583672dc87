"""`rebalance resample`."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rebalance.cli import help as groups
from rebalance.cli.options import CountOptions, GroupOption, InputOptions, ResultOptions, SeedOption, TechniqueOptions
from rebalance.cli.parse import number, parse_counts
from rebalance.cli.task_options import TaskOptions
from rebalance.csvio.compression import compressed_suffixes
from rebalance.defaults import WEIGHT_COLUMN
from rebalance.errors import UsageError
from rebalance.text import join_with

if TYPE_CHECKING:
    from rebalance.csvio.outputs import Outputs
    from rebalance.resample.summary import Summary
    from rebalance.resample.writer import OutputWriter
    from rebalance.table.table import Table
    from rebalance.techniques.chain import Chain


_OTHER_FORMATS = (".xls", ".ods", ".json", ".jsonl", ".ndjson", ".html", ".md", ".feather", ".arff", ".orc", ".sav")
"""Suffixes of what is not written."""


@dataclass(frozen=True)
class OutputOptions:
    """What is written, and where."""

    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            show_default=True,
            help="Where the rebalanced CSV goes; - is standard output. It is compressed if"
            f" its name ends in {join_with('or', compressed_suffixes())}.",
            rich_help_panel=groups.FIRST,
        ),
    ] = "-"
    mark: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Add a column: 1 in added rows, 0 in others.", rich_help_panel=groups.OUTPUT),
    ] = None
    weight_column: Annotated[
        str,
        typer.Option(
            metavar="COL",
            show_default=True,
            help="The name of the column of weights that weighting techniques add.",
            rich_help_panel=groups.OUTPUT,
        ),
    ] = WEIGHT_COLUMN
    keep_original: Annotated[
        bool,
        typer.Option(
            "--keep-original",
            help="Also keep transformed columns unchanged, as COL_original.",
            rich_help_panel=groups.OUTPUT,
        ),
    ] = False
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Shuffle the rows.", rich_help_panel=groups.OUTPUT)] = False
    trace: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write where each output row comes from, as CSV.",
            rich_help_panel=groups.OUTPUT,
        ),
    ] = None
    manifest: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write what was done, as JSON: hashes, options, versions, counts.",
            rich_help_panel=groups.OUTPUT,
        ),
    ] = None
    holdout: Annotated[
        float | None,
        typer.Option(
            metavar="F",
            parser=number("--holdout", example=0.2),
            help="First hold out this share of each class, unchanged.",
            rich_help_panel=groups.SPLITS,
        ),
    ] = None
    holdout_output: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where the rows held out go.", rich_help_panel=groups.SPLITS),
    ] = None
    csv_safe: Annotated[
        bool,
        typer.Option(
            "--csv-safe",
            help="Put an apostrophe in front of cells that a spreadsheet would run as formulas.",
            rich_help_panel=groups.OUTPUT,
        ),
    ] = False
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Report what would be done, and write nothing.", rich_help_panel=groups.OUTPUT),
    ] = False

    def check(self, chain: "Chain") -> None:
        """Raise UsageError for options that need others, and for an output that its name says is no CSV."""
        suffix = Path(self.output).suffix.lower()
        if suffix in _OTHER_FORMATS:
            raise UsageError(f"-o {self.output}: the output is CSV", f"end the name in .csv, not {suffix}")
        if self.keep_original and not chain.transforms:
            raise UsageError(f"--keep-original has no effect on {chain.name}: it transforms no column", "leave it out")
        if self.weight_column != WEIGHT_COLUMN and not chain.weights:
            raise UsageError(
                f"--weight-column has no effect on {chain.name}: it adds no weights",
                f"leave it out, or use --technique '{chain.name}+class-weight'",
            )
        if (self.holdout is None) != (self.holdout_output is None):
            raise UsageError(
                "--holdout F and --holdout-output FILE must be given together",
                "--holdout 0.2 --holdout-output test.csv",
            )


def resample(
    source: InputOptions,
    techniques: TechniqueOptions,
    counts: CountOptions,
    group: GroupOption,
    task: TaskOptions,
    result: ResultOptions,
    seed: SeedOption,
    output: OutputOptions,
    technique: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="The technique to apply (`rebalance techniques` lists them), with settings as in"
            " smote:neighbors=3, or a chain such as tomek-links+smote.",
            rich_help_panel=groups.FIRST,
        ),
    ] = None,
    count: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL=N",
            help="The exact number of rows of a class, or of one of the ranges that resample prints, such as 5..90;"
            " other classes stay. Repeatable.",
            rich_help_panel=groups.COUNTS,
        ),
    ] = None,
) -> None:
    """Write a rebalanced copy of a CSV. Kept records are copied byte for byte.

    Example: rebalance resample sample_data/orders.csv --target fraud --technique smote -o balanced.csv
    """
    from rebalance.cli.open_table import open_table
    from rebalance.csvio.outputs import Outputs
    from rebalance.plan.plan import Plan
    from rebalance.resample.planner import make_plan, usable_rows
    from rebalance.resample.summary import column_notes, make_manifest, summarize
    from rebalance.resample.trace import trace_blocks
    from rebalance.resample.writer import ExtraColumns, OutputWriter, shuffled_order
    from rebalance.splits import Fold, hold_out

    start = time.perf_counter()
    (chain,) = techniques.chains([_single_technique(technique)])
    request = techniques.request([chain], counts.ratio, parse_counts(count or []))
    output.check(chain)
    task.check()
    paths = OutputPaths(output.output, output.trace, output.manifest, output.holdout_output)
    with Outputs() as outputs, open_table(source, group=group.group) as opened:
        paths.check(opened)
        table = task.apply_to(opened, quiet=result.quiet or result.json).with_weights()
        rows = usable_rows(table, chain, drop_unlabeled=techniques.drop_unlabeled)
        fold = Fold(rows, rows[:0])
        if output.holdout is not None:
            fold = hold_out(table, rows, output.holdout, seed.seed, "--holdout")
            table = table.restricted_to(fold.train)
        plan = make_plan(table, chain, fold.train, request, seed.seed)
        notes = [*column_notes(table, plan, chain), *_holdout_notes(len(fold.test), chain)]
        plan = replace(plan, notes=(*plan.notes, *notes))
        order = shuffled_order(plan, seed.seed) if output.shuffle else None
        extra_columns = ExtraColumns(output.mark, output.weight_column, output.keep_original, output.csv_safe)
        writer = OutputWriter(table, plan, extra_columns, order)
        holdout = None
        if output.holdout is not None:
            holdout = OutputWriter(table, Plan(fold.test), ExtraColumns(csv_safe=output.csv_safe))
        if output.dry_run:
            summary = summarize(table, fold.train, plan, chain, seed.seed, None)
        else:
            trace = trace_blocks(table, plan, order, csv_safe=output.csv_safe)
            files = paths.write(outputs, writer, holdout, trace, {"output": len(plan), "holdout": len(fold.test)})
            plan = replace(plan, notes=(*plan.notes, *_guard_notes(writer, holdout)))
            summary = summarize(table, fold.train, plan, chain, seed.seed, output.output)
            if paths.manifest:
                from rebalance.report.as_json import to_json

                manifest = make_manifest(table, plan, chain, summary, request, files, writer, sys.argv[1:])
                with outputs.open(paths.manifest) as file:
                    file.write((to_json(manifest) + "\n").encode())
    _report(summary, result, time.perf_counter() - start)
    if not output.dry_run:
        result.report_written(paths.further)


def _single_technique(names: list[str] | None) -> str:
    if not names:
        raise UsageError(
            "--technique NAME is missing", "for example --technique smote; `rebalance techniques` lists them"
        )
    if len(names) > 1:
        raise UsageError("resample applies one --technique", f"a chain is written --technique {'+'.join(names)}")
    return names[0]


def _holdout_notes(count: int, chain: "Chain") -> list[str]:
    if not count:
        return []
    notes = [f"{count:,} rows are held out; the counts are those of the other rows"]
    if chain.transforms:
        names = ", ".join(chain.transforms)
        notes.append(f"{names} did not change the rows held out (--manifest says how to transform them)")
    return notes


def _guard_notes(writer: "OutputWriter", holdout: "OutputWriter | None") -> list[str]:
    if not writer.csv_safe:
        return []
    cells = writer.guarded_cells + (holdout.guarded_cells if holdout else 0)
    if not cells:
        return []
    return [f"{cells:,} cells begin as formulas do and were written with an apostrophe in front"]


def _report(summary: "Summary", result: ResultOptions, seconds: float) -> None:
    if result.json:
        from rebalance.csvio.outputs import is_standard_output
        from rebalance.report.as_json import to_json

        is_stdout_taken = summary.output is not None and is_standard_output(summary.output)
        print(to_json(summary), file=sys.stderr if is_stdout_taken else sys.stdout)
    elif not result.quiet:
        from rebalance.report.terminal import console, print_summary

        print_summary(console(sys.stderr), summary, seconds)


@dataclass(frozen=True)
class OutputPaths:
    """Where the outputs of one run go; None for one that is not wanted."""

    output: str
    trace: str | None
    manifest: str | None
    holdout: str | None

    def check(self, table: "Table") -> None:
        """Raise an error, before any work is done, if one of them cannot be written."""
        from rebalance.csvio.outputs import check_outputs

        check_outputs([self.output, *self.further], [table.file.source])

    @property
    def further(self) -> list[str]:
        """The outputs in addition to the rebalanced CSV."""
        return [path for path in (self.holdout, self.trace, self.manifest) if path is not None]

    def write(
        self,
        outputs: "Outputs",
        writer: "OutputWriter",
        holdout: "OutputWriter | None",
        trace: Iterator[bytes],
        rows: dict[str, int],
    ) -> dict[str, dict[str, Any]]:
        """Write everything but the manifest; return the path, the SHA-256 (if there is a manifest) and the rows."""
        contents = {"output": (self.output, writer.iter_bytes())}
        if self.holdout and holdout:
            contents["holdout"] = self.holdout, holdout.iter_bytes()
        if self.trace:
            contents["trace"] = self.trace, trace
        files = {}
        for name, (path, content) in contents.items():
            with outputs.open(path, hashed=self.manifest is not None) as file:
                file.writelines(content)
            files[name] = {"file": path, "sha256": file.digest(), **({"rows": rows[name]} if name in rows else {})}
        return files
