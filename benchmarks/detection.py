"""How often the delimiter is found with nothing told, beside the sniffers of others.

`python benchmarks/detection.py FOLDER`: its `manifest.jsonl` has an object a line with `suite` and `file` (the file is
SUITE/csv/FILE), `delim` (what separates its fields, null if nobody can say) and `cols`. Prints how many delimiters each
sniffer finds, gets wrong, and refuses to tell. Of one column any delimiter is right that the file does not hold.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import clevercsv
import duckdb
from costs import machine

from rebalance.csvio.records import open_csv, read_records
from rebalance.csvio.source import open_source
from rebalance.errors import RebalanceError

_SAMPLE_CHARACTERS = 1 << 14


def ours(path: Path) -> str:
    """Return what `rebalance` takes for the delimiter of a file that it reads."""
    with open_source(str(path)) as source:
        file = open_csv(source, None, "utf-8", header=True)
        read_records(file, [])
        return file.dialect.delimiter.decode()


def _text(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return file.read(_SAMPLE_CHARACTERS)


def of_python(path: Path) -> str:
    """Return what the standard library's Sniffer says."""
    return csv.Sniffer().sniff(_text(path)).delimiter


def of_clevercsv(path: Path) -> str:
    """Return what clevercsv says."""
    dialect = clevercsv.Sniffer().sniff(_text(path))
    if dialect is None:
        raise ValueError("no dialect")
    return str(dialect.delimiter)


def of_duckdb(path: Path) -> str:
    """Return what DuckDB's sniffer says."""
    found = duckdb.execute("select Delimiter from sniff_csv(?)", [str(path)]).fetchone()
    if found is None:
        raise ValueError("no dialect")
    return str(found[0])


SNIFFERS: dict[str, Callable[[Path], str]] = {
    "rebalance": ours,
    "csv.Sniffer": of_python,
    "clevercsv": of_clevercsv,
    "DuckDB": of_duckdb,
}
REFUSALS = (RebalanceError, csv.Error, clevercsv.Error, duckdb.Error, ValueError)


def main() -> None:
    """Score every sniffer, print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--show-wrong", action="store_true")
    chosen = options.parse_args()
    lines = (chosen.folder / "manifest.jsonl").read_text().splitlines()
    files = [entry for entry in map(json.loads, lines) if entry.get("delim") and entry.get("cols")]
    print(machine(("clevercsv", "duckdb")))
    print(f"{len(files)} files\n\n| sniffer | right | wrong | refused |\n| --- | ---: | ---: | ---: |")
    for name, sniffer in SNIFFERS.items():
        tally: Counter[str] = Counter()
        for entry in files:
            path = chosen.folder / entry["suite"] / "csv" / entry["file"]
            answer = judged(sniffer, path, entry)
            tally[answer] += 1
            if answer == "wrong" and chosen.show_wrong:
                print(f"  {name}: {path}")
        print(f"| {name} | {tally['right']} | {tally['wrong']} | {tally['refused']} |", flush=True)


def judged(sniffer: Callable[[Path], str], path: Path, entry: dict[str, object]) -> str:
    """Return whether a sniffer is right about a file, wrong, or does not say."""
    try:
        found = sniffer(path)
    except REFUSALS:
        return "refused"
    if entry["cols"] == 1:
        return "right" if found not in path.read_text(errors="replace") or found == entry["delim"] else "wrong"
    return "right" if found == entry["delim"] else "wrong"


if __name__ == "__main__":
    main()
