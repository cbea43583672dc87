"""`rebalance` and the scripts that users would write instead, on the same table.

`python benchmarks/run.py [--rows N] [--runs N] [--only BENCHMARK ...] [--write RESULTS.md]`: the table has 1,000,000
rows of 30 numbers, 5 % of them in the rare class (about 287 MB). Each command is a separate process, the tools take
turns, and the operating system counts time and memory. Prints a Markdown table of medians and ratios; `--write` also
replaces the previous table in that file. The other tools are installed with `pip install polars duckdb`.
"""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from costs import describe_machine, median_costs, write_table

COLUMNS, MINORITY = 30, 0.05
"""The columns of numbers of the table, and the share of the rare class."""

START, END = "<!-- written by benchmarks/run.py -->", "<!-- /written -->"

PANDAS = """
import sys, pandas as pd
from imblearn.{module} import {name}
table = pd.read_csv(sys.argv[1])
features, target = {name}({settings}).fit_resample(table.drop(columns="y"), table["y"])
features.assign(y=target).to_csv(sys.argv[2], index=False)
"""
PYARROW = """
import sys, pandas as pd, pyarrow as pa, pyarrow.csv
from imblearn.{module} import {name}
table = pd.read_csv(sys.argv[1], engine="pyarrow")
features, target = {name}({settings}).fit_resample(table.drop(columns="y"), table["y"])
pa.csv.write_csv(pa.Table.from_pandas(features.assign(y=target), preserve_index=False), sys.argv[2])
"""
POLARS = """
import sys, polars as pl
from imblearn.{module} import {name}
table = pl.read_csv(sys.argv[1])
features, target = {name}({settings}).fit_resample(table.drop("y").to_numpy(), table["y"].to_numpy())
names = [name for name in table.columns if name != "y"]
pl.DataFrame(features, schema=names).with_columns(pl.Series("y", target)).write_csv(sys.argv[2])
"""
DUCKDB_OVER = """
import sys, duckdb
duckdb.sql(f"create table t as select * from read_csv('{sys.argv[1]}')")
duckdb.sql("create table rare as select *, row_number() over () as number from t where y = 1")
rare, common = (duckdb.sql(f"select count(*) from t where y = {y}").fetchall()[0][0] for y in (1, 0))
picks = f"select 1 + floor(random() * {rare})::int as pick from range({common - rare})"
duckdb.sql(f"copy (select * from t union all select * exclude (number, pick) from ({picks}) join rare on number = pick)"
           f" to '{sys.argv[2]}' (header)")
"""
DUCKDB_UNDER = """
import sys, duckdb
duckdb.sql(f"create table t as select * from read_csv('{sys.argv[1]}')")
rare = duckdb.sql("select count(*) from t where y = 1").fetchall()[0][0]
duckdb.sql(f"copy (select * from t where y = 1 union all (select * from (select * from t where y = 0)"
           f" using sample reservoir({rare} rows))) to '{sys.argv[2]}' (header)")
"""
DUCKDB = {"random-over": DUCKDB_OVER, "random-under": DUCKDB_UNDER}
COUNT = {
    "pandas": "import sys, pandas as pd; print(pd.read_csv(sys.argv[1])['y'].value_counts())",
    "pandas, y only": "import sys, pandas as pd; print(pd.read_csv(sys.argv[1], usecols=['y'])['y'].value_counts())",
    "polars": "import sys, polars as pl; print(pl.scan_csv(sys.argv[1]).group_by('y').len().collect())",
    "duckdb": """import sys, duckdb; print(duckdb.sql(f"select y, count(*) from '{sys.argv[1]}' group by y"))""",
}
SAMPLERS = {
    "random-over": ("over_sampling", "RandomOverSampler"),
    "random-under": ("under_sampling", "RandomUnderSampler"),
    "smote": ("over_sampling", "SMOTE"),
}
CLEANING = {"tomek-links": "TomekLinks", "edited-nn": "EditedNearestNeighbours"}
CLASSES = "classes"
"""The benchmark that only counts the classes."""

MAX_CLEANING_ROWS, CLEANING_COLUMNS = 100_000, 20
"""The table of the cleaning techniques is smaller, because imbalanced-learn's take long."""


def main() -> None:
    """Write the tables, run the tools of each benchmark in turn, and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[*SAMPLERS, CLASSES, *CLEANING], metavar="BENCHMARK")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = measure_benchmarks(Path(folder), options)
    if options.write:
        text = options.write.read_text()
        before, _, rest = text.partition(START)
        options.write.write_text(f"{before}{START}\n{report}{END}{rest.partition(END)[2]}")


def measure_benchmarks(folder: Path, options: argparse.Namespace) -> str:
    """Return the report, and print each of its lines as soon as it is known."""
    lines: list[str] = []

    def report_line(line: str) -> None:
        print(line, flush=True)
        lines.append(line + "\n")

    table, small, output = folder / "table.csv", folder / "small.csv", folder / "out.csv"
    cleaning_rows = min(MAX_CLEANING_ROWS, options.rows)
    write_table(table, options.rows, COLUMNS, MINORITY)
    write_table(small, cleaning_rows, CLEANING_COLUMNS, MINORITY)
    arguments = " ".join(sys.argv[1:])
    report_line(f"Written {datetime.now(UTC):%Y-%m-%d} by `python benchmarks/run.py {arguments}`.\n")
    report_line(
        f"{options.rows:,} rows x {COLUMNS} numbers, {table.stat().st_size / 1e6:.0f} MB, {MINORITY:.0%} minority;"
    )
    report_line(f"cleaning techniques: {cleaning_rows:,} x {CLEANING_COLUMNS}; medians of {options.runs} runs in turn,")
    report_line(describe_machine())
    report_line("| benchmark | tool | wall s | CPU s | peak MiB | times rebalance's wall | CPU | memory |")
    report_line("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for benchmark in options.only:
        for line in compare_tools(benchmark, commands_of(benchmark, table, small, output), options.runs):
            report_line(line)
    return "".join(lines)


def commands_of(benchmark: str, table: Path, small: Path, output: Path) -> dict[str, list[str]]:
    """Return the command of each tool for a benchmark, rebalance's first."""
    rebalance = [sys.executable, "-m", "rebalance"]
    if benchmark == CLASSES:
        inspect = [*rebalance, "inspect", str(table), "--target", "y", "--classes-only"]
        return {"rebalance": inspect} | {tool: [sys.executable, "-c", code, str(table)] for tool, code in COUNT.items()}
    is_cleaning = benchmark in CLEANING
    files = [str(small if is_cleaning else table), str(output)]
    resample = [*rebalance, "resample", files[0], "--target", "y", "--quiet", "--technique", benchmark]
    module, name = SAMPLERS.get(benchmark) or ("under_sampling", CLEANING[benchmark])
    scripts = {"pandas": PANDAS} if is_cleaning else {"pandas": PANDAS, "pyarrow": PYARROW, "polars": POLARS}
    settings = "" if is_cleaning else "random_state=0"
    codes = {tool: script.format(module=module, name=name, settings=settings) for tool, script in scripts.items()}
    codes |= {"duckdb": DUCKDB[benchmark]} if benchmark in DUCKDB else {}
    commands = {tool: [sys.executable, "-c", code, *files] for tool, code in codes.items()}
    return {"rebalance": [*resample, "--output", files[1]]} | commands


def compare_tools(benchmark: str, commands: dict[str, list[str]], runs: int) -> list[str]:
    """Return the rows of one benchmark: the costs of each tool, and their ratios to rebalance's."""
    costs = median_costs(commands, runs)
    reference = costs["rebalance"]
    return [
        f"| {benchmark} | {tool} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory:.0f} |"
        + "".join(f" {a / b:.1f} |" for a, b in zip(cost, reference, strict=True))
        for tool, cost in costs.items()
    ]


if __name__ == "__main__":
    main()
