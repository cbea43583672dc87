"""`rebalance resample`."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from rebalance.cli.numerals import decimal
from rebalance.cli.options import GroupOption, InputOptions, SeedOption, TalkOptions, TechniqueOptions
from rebalance.cli.task_options import TaskOptions
from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.arrays import Int64
    from rebalance.csvio.outputs import Outputs
    from rebalance.output import Writing
    from rebalance.report.summary import Summary
    from rebalance.table.table import Table
    from rebalance.techniques.chain import Chain


def resample(
    source: InputOptions,
    how: TechniqueOptions,
    group: GroupOption,
    what: TaskOptions,
    talk: TalkOptions,
    seed: SeedOption,
    technique: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="One of `rebalance techniques`, or a chain: a+b+c.")
    ] = None,
    output: Annotated[str, typer.Option("--output", "-o", metavar="OUT", help="May end in .gz or .zst.")] = "-",
    count: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL=N", help="Exact rows of a class, or of a range such as 5..90; others stay."),
    ] = None,
    mark: Annotated[str | None, typer.Option(metavar="COL", help="Add a column: 1 in added rows, else 0.")] = None,
    weight_column: Annotated[
        str, typer.Option(metavar="COL", help="What the column of weights is called.")
    ] = "sample_weight",
    keep_original: Annotated[
        bool, typer.Option("--keep-original", help="Keep columns that are written anew, as COL_original.")
    ] = False,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Mix the rows, by the seed.")] = False,
    trace: Annotated[
        str | None, typer.Option(metavar="FILE", help="For each output row: from which records it comes.")
    ] = None,
    manifest: Annotated[
        str | None, typer.Option(metavar="FILE", help="What was done, as JSON: hashes, options, versions, counts.")
    ] = None,
    holdout: Annotated[
        float | None,
        typer.Option(
            metavar="F",
            parser=decimal("--holdout", example=0.2),
            help="First set this share of each class aside, untouched.",
        ),
    ] = None,
    holdout_output: Annotated[str | None, typer.Option(metavar="FILE", help="Where the rows set aside go.")] = None,
    csv_safe: Annotated[
        bool, typer.Option("--csv-safe", help="Put an apostrophe before cells that a spreadsheet would run.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")] = False,
) -> None:
    """Write a rebalanced copy; the records that stay keep every byte.

    Example: rebalance resample sample_data/orders.csv --target fraud --technique smote -o balanced.csv
    """
    from rebalance.cli.loading import open_table
    from rebalance.csvio.outputs import Outputs
    from rebalance.evaluate.folds import Fold, split_off
    from rebalance.output import Additions, Writing, output_order
    from rebalance.plan.counts import parse_counts
    from rebalance.plan.plan import Plan
    from rebalance.report.summary import summarise
    from rebalance.resample import make_plan, usable_rows
    from rebalance.techniques.chain import find_chain
    from rebalance.trace import trace_pieces

    begin = time.perf_counter()
    chain = find_chain(_one_technique(technique))
    request = how.request([chain], parse_counts(count or []))
    if keep_original and "--keep-original" not in chain.options:
        raise UsageError(f"--keep-original has no meaning for {chain.name}", "it writes no cell anew")
    what.check()
    files = Files(output, trace, manifest, holdout_output)
    if (holdout is None) != (holdout_output is None):
        raise UsageError("--holdout F and --holdout-output FILE go together", "--holdout 0.2 --holdout-output test.csv")
    with Outputs() as outputs, open_table(source, group=group.group, quiet=talk.quiet) as opened:
        files.check(opened)
        table = what.taken(opened, quiet=talk.quiet or talk.json)
        rows = usable_rows(table, chain, drop_unlabelled=how.drop_unlabelled)
        fold = Fold(rows, rows[:0])
        if holdout is not None:
            fold = split_off(table, rows, holdout, seed.seed, "--holdout")
            table = _seen(table, fold.train)
        plan = make_plan(table, chain, fold.train, request, seed.seed)
        plan = replace(plan, notes=(*plan.notes, *_on_rows_held_out(len(fold.test), chain)))
        order = output_order(plan, seed.seed) if shuffle else None
        writing = Writing(table, plan, Additions(mark, weight_column, keep_original, csv_safe), order)
        held = Writing(table, Plan(fold.test), Additions(csv_safe=csv_safe)) if holdout is not None else None
        traced = trace_pieces(table, plan, order, csv_safe=csv_safe)
        written = {} if dry_run else files.write(outputs, writing, held, traced)
        if csv_safe and not dry_run:
            guarded = writing.guarded + (held.guarded if held else 0)
            note = f"{guarded:,} cells begin as formulas do and were written with an apostrophe before them"
            plan = replace(plan, notes=(*plan.notes, note))
        summary = summarise(table.target, fold.train, plan, chain.name, seed.seed, None if dry_run else output)
        if manifest and not dry_run:
            from rebalance.report.manifest import manifest_bytes

            command, held_out = sys.argv[1:], len(fold.test)
            with outputs.open(manifest) as out:
                out.write(manifest_bytes(table, plan, summary, request, written, writing, command, held_out))
    _tell(summary, talk, time.perf_counter() - begin)
    if not dry_run:
        talk.tell_written(files.others)


def _on_rows_held_out(count: int, chain: "Chain") -> list[str]:
    if not count:
        return []
    notes = [f"{count:,} rows are held out; those counted here are the others"]
    if chain.rewriters:
        names = ", ".join(chain.rewriters)
        notes.append(f"the rows held out are as they were: {names} wrote the others anew (--manifest says how)")
    return notes


def _tell(summary: "Summary", talk: TalkOptions, seconds: float) -> None:
    if talk.json:
        from rebalance.csvio.outputs import is_standard_output
        from rebalance.report.as_json import to_json

        to_stderr = summary.output is not None and is_standard_output(summary.output)
        print(to_json(summary), file=sys.stderr if to_stderr else sys.stdout)
    elif not talk.quiet:
        from rebalance.report.terminal import console, print_summary

        print_summary(console(sys.stderr), summary, seconds)


def _seen(table: "Table", rows: "Int64") -> "Table":
    """Return the table as the rows that are left show it."""
    if table.target.quantity is None:
        return table
    from rebalance.table.quantity import of_rows

    return of_rows(table, rows)


@dataclass(frozen=True)
class Files:
    """Where the outputs of one run go; None for one that is not asked for."""

    output: str
    trace: str | None
    manifest: str | None
    holdout: str | None

    def check(self, table: "Table") -> None:
        """Raise, before any work is done, if one of them cannot be written."""
        from rebalance.csvio.outputs import check_outputs

        check_outputs([self.output, *self.others], [table.file.source])

    @property
    def others(self) -> list[str]:
        """All that are written beside the output."""
        return [path for path in (self.holdout, self.trace, self.manifest) if path is not None]

    def write(
        self, to: "Outputs", writing: "Writing", held: "Writing | None", traced: Iterator[bytes]
    ) -> dict[str, tuple[str, str]]:
        """Write all but the manifest; return the path and, if there is to be a manifest, the SHA-256 of each."""
        pieces = {"output": (self.output, writing.pieces())}
        if self.holdout and held:
            pieces["holdout"] = self.holdout, held.pieces()
        if self.trace:
            pieces["trace"] = self.trace, traced
        written = {}
        for what, (path, content) in pieces.items():
            with to.open(path, hashed=self.manifest is not None) as out:
                out.writelines(content)
            written[what] = path, out.digest()
        return written


def _one_technique(names: list[str] | None) -> str:
    if not names:
        remedy = "for example --technique smote; `rebalance techniques` lists them"
        raise UsageError("--technique NAME is missing", remedy)
    if len(names) > 1:
        raise UsageError("resample applies one --technique", f"a chain is written --technique {'+'.join(names)}")
    return names[0]
