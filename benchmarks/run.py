"""`rebalance` beside the scripts one would write instead, on the same table, in one run.

`python benchmarks/run.py [--rows N] [--runs N] [--only WORK ...] [--write RESULTS.md]`: the table has 1,000,000 rows of
30 numbers, 5 % of them in the rare class (about 287 MB). Each command is a process of its own, the sides take turns,
and the operating system counts time and memory. Prints a Markdown table of medians and ratios; `--write` also puts it
in the place of the last one in that file. Peers: pip install polars duckdb.
"""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from costs import machine, medians, write_table

COLUMNS, MINORITY = 30, 0.05
BEGIN, END = "<!-- written by benchmarks/run.py -->", "<!-- /written -->"

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
rare, usual = (duckdb.sql(f"select count(*) from t where y = {y}").fetchall()[0][0] for y in (1, 0))
picks = f"select 1 + floor(random() * {rare})::int as pick from range({usual - rare})"
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
CLEANERS = {"tomek-links": "TomekLinks", "edited-nn": "EditedNearestNeighbours"}
CLEANED_ROWS, CLEANED_COLUMNS = 100_000, 20


def main() -> None:
    """Make the tables, run all sides of each work in turn, print the comparison."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--only", nargs="*", default=[*SAMPLERS, "classes", *CLEANERS])
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = measured(Path(folder), chosen)
    if chosen.write:
        text = chosen.write.read_text()
        before, _, rest = text.partition(BEGIN)
        chosen.write.write_text(f"{before}{BEGIN}\n{report}{END}{rest.partition(END)[2]}")


def measured(folder: Path, chosen: argparse.Namespace) -> str:
    """Return the report, printing its lines as they come."""
    lines: list[str] = []

    def say(line: str) -> None:
        print(line, flush=True)
        lines.append(line + "\n")

    table, small, out = folder / "table.csv", folder / "small.csv", folder / "out.csv"
    cleaned = min(CLEANED_ROWS, chosen.rows)
    write_table(table, chosen.rows, COLUMNS, MINORITY)
    write_table(small, cleaned, CLEANED_COLUMNS, MINORITY)
    arguments = " ".join(sys.argv[1:])
    say(f"Written {datetime.now(UTC):%Y-%m-%d} by `python benchmarks/run.py {arguments}`.\n")
    say(f"{chosen.rows:,} rows x {COLUMNS} numbers, {table.stat().st_size / 1e6:.0f} MB, {MINORITY:.0%} minority;")
    say(f"cleaners: {cleaned:,} x {CLEANED_COLUMNS}; medians of {chosen.runs} runs in turn,")
    say(machine())
    say("| work | side | wall s | CPU s | peak MiB | times rebalance's wall | CPU | memory |")
    say("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for work in chosen.only:
        for line in compared(work, sides_of(work, table, small, out), chosen.runs):
            say(line)
    return "".join(lines)


def sides_of(work: str, table: Path, small: Path, out: Path) -> dict[str, list[str]]:
    """Return the command of each side of a work, ours first."""
    ours = [sys.executable, "-m", "rebalance"]
    if work == "classes":
        inspect = [*ours, "inspect", str(table), "--target", "y", "--classes-only"]
        return {"rebalance": inspect} | {name: [sys.executable, "-c", code, str(table)] for name, code in COUNT.items()}
    source = small if work in CLEANERS else table
    files = [str(source), str(out)]
    resample = [*ours, "resample", files[0], "--target", "y", "--quiet", "--technique", work, "--output", files[1]]
    module, name = SAMPLERS.get(work) or ("under_sampling", CLEANERS[work])
    scripts = {"pandas": PANDAS, "pyarrow": PYARROW, "polars": POLARS}
    if work in CLEANERS:
        scripts = {"pandas": PANDAS}
    settings = "" if work in CLEANERS else "random_state=0"
    codes = {side: code.format(module=module, name=name, settings=settings) for side, code in scripts.items()}
    codes |= {"duckdb": {"random-over": DUCKDB_OVER, "random-under": DUCKDB_UNDER}[work]} if "random" in work else {}
    return {"rebalance": resample} | {side: [sys.executable, "-c", code, *files] for side, code in codes.items()}


def compared(work: str, sides: dict[str, list[str]], runs: int) -> list[str]:
    """Return the rows of one work."""
    costs = medians(sides, runs)
    own = costs["rebalance"]
    return [
        f"| {work} | {side} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory:.0f} |"
        + "".join(f" {a / b:.1f} |" for a, b in zip(cost, own, strict=True))
        for side, cost in costs.items()
    ]


if __name__ == "__main__":
    main()
