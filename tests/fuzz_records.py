"""A fuzz target: any bytes are read as Python's csv reads them in strict mode, or refused with a reason.

`python tests/fuzz_records.py -max_total_time=1800 FOLDER` runs it for half an hour (pip install atheris); FOLDER keeps
what it finds worth keeping. What once went wrong is in tests/fuzz_found, which test_fuzz.py reads again.
"""

import csv
import io
import sys

if __name__ == "__main__":
    import atheris

    with atheris.instrument_imports(include=["rebalance"]):  # what is not ours need not be watched: it takes time
        from rebalance.csvio import records  # noqa: F401  and all it imports

from rebalance.csvio import scan as scan_module
from rebalance.csvio.grammar import value
from rebalance.csvio.records import CsvFile, open_csv
from rebalance.csvio.source import Source
from rebalance.errors import DataError

BLOCKS = (1, 2, 3, 5, 16, 64, 1 << 20, 1 << 20)
LETTERS = 'ab1",;\n\r\t|é '.encode()
REASONS = ("carriage return", "NUL byte", "text", "record", "header", "sep= line", "quot", "no records")


def check(given: bytes) -> None:
    """Read the given bytes both ways: all but the first two, which choose the size of blocks and the alphabet."""
    if len(given) < 2:
        return
    scan_module.BLOCK_BYTES = BLOCKS[given[0] % len(BLOCKS)]
    data = given[2:] if given[1] & 1 else bytes(LETTERS[byte % len(LETTERS)] for byte in given[2:])
    try:
        file, found = read(data)
    except DataError as error:
        refused = error.message
    else:
        compare(data, file, found)
        return
    assert any(reason in refused for reason in REASONS), refused
    assert refused.isprintable(), refused


def compare(data: bytes, file: CsvFile, found: list[list[str]]) -> None:
    """Hold the cells that were found against csv's."""
    assert {len(row) for row in found} == {len(file.names)}, (data, found)
    delimiter = file.dialect.delimiter.decode()
    text = data[file.begin :].decode(file.dialect.encoding)
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    assert found == rows, (data, found, rows)


def read(data: bytes) -> tuple[CsvFile, list[list[str]]]:
    """Return the cells of all records, the header's among them. Raises DataError."""
    file = open_csv(Source("fuzz", data, None), None, "utf-8", header=True)
    rows = [list(file.names)]
    for block in scan_module.scan(data, file.body, len(file.names), file.dialect):
        columns = [
            [value(block.text[a:b]).decode() for a, b in zip(block.field_starts(at), block.stops(at), strict=True)]
            for at in range(len(file.names))
        ]
        rows += [list(row) for row in zip(*columns, strict=True)]
    return file, rows


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
