"""How often rebalance and other sniffers detect the delimiter of a CSV.

`python benchmarks/detection.py FOLDER`: its `manifest.jsonl` has one object per line with `suite` and `file` (the file
is SUITE/csv/FILE), `delim` (the true delimiter, null if it is ambiguous) and `cols` (the number of columns). Prints how
many delimiters each sniffer detects, gets wrong, and refuses to guess. For a file with one column, every delimiter that
does not occur in the file is right.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import clevercsv
import duckdb
from costs import describe_machine

from rebalance.csvio.records import open_csv, read_records
from rebalance.csvio.source import open_source
from rebalance.errors import RebalanceError

_SAMPLE_CHARACTERS = 1 << 14
"""The other sniffers, except DuckDB's, are given this many characters."""


def detect_with_rebalance(path: Path) -> str:
    """Return the delimiter that `rebalance` detects in a file that it can read."""
    with open_source(str(path)) as source:
        file = open_csv(source, None, "utf-8", header=True)
        read_records(file, [])
        return file.dialect.delimiter.decode()


def _read_sample(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return file.read(_SAMPLE_CHARACTERS)


def detect_with_python(path: Path) -> str:
    """Return the delimiter that the standard library's Sniffer detects."""
    return csv.Sniffer().sniff(_read_sample(path)).delimiter


def detect_with_clevercsv(path: Path) -> str:
    """Return the delimiter that clevercsv detects. Raises ValueError if there is none."""
    dialect = clevercsv.Sniffer().sniff(_read_sample(path))
    if dialect is None:
        raise ValueError("no dialect")
    return str(dialect.delimiter)


def detect_with_duckdb(path: Path) -> str:
    """Return the delimiter that DuckDB detects. Raises ValueError if there is none."""
    row = duckdb.execute("select Delimiter from sniff_csv(?)", [str(path)]).fetchone()
    if row is None:
        raise ValueError("no dialect")
    return str(row[0])


SNIFFERS: dict[str, Callable[[Path], str]] = {
    "rebalance": detect_with_rebalance,
    "csv.Sniffer": detect_with_python,
    "clevercsv": detect_with_clevercsv,
    "DuckDB": detect_with_duckdb,
}
REFUSALS = (RebalanceError, csv.Error, clevercsv.Error, duckdb.Error, ValueError)


def main() -> None:
    """Grade every sniffer, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show-wrong", action="store_true", help="also print the files that a sniffer gets wrong")
    options = parser.parse_args()
    lines = (options.folder / "manifest.jsonl").read_text().splitlines()
    files = [entry for entry in map(json.loads, lines) if entry.get("delim") and entry.get("cols")]
    print(describe_machine(("clevercsv", "duckdb")))
    print(f"{len(files)} files\n\n| sniffer | right | wrong | refused |\n| --- | ---: | ---: | ---: |")
    for name, sniffer in SNIFFERS.items():
        tally: Counter[str] = Counter()
        for entry in files:
            path = options.folder / entry["suite"] / "csv" / entry["file"]
            grade = grade_sniffer(sniffer, path, entry)
            tally[grade] += 1
            if grade == "wrong" and options.show_wrong:
                print(f"  {name}: {path}")
        print(f"| {name} | {tally['right']} | {tally['wrong']} | {tally['refused']} |", flush=True)


def grade_sniffer(sniffer: Callable[[Path], str], path: Path, entry: dict[str, object]) -> str:
    """Return whether a sniffer is "right" or "wrong" about a file, or has "refused" to guess."""
    try:
        delimiter = sniffer(path)
    except REFUSALS:
        return "refused"
    if entry["cols"] == 1:
        is_absent = delimiter not in path.read_text(errors="replace")
        return "right" if is_absent or delimiter == entry["delim"] else "wrong"
    return "right" if delimiter == entry["delim"] else "wrong"


if __name__ == "__main__":
    main()
