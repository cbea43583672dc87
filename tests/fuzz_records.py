"""A fuzz target: any bytes are read as Python's csv reads them in strict mode, or refused with a reason.

`python tests/fuzz_records.py -max_total_time=1800 FOLDER` runs it for half an hour (pip install atheris) and collects
interesting inputs in FOLDER. The data of a failure is in its message: add it as a file to tests/unit/csvio/fuzz_corpus,
which test_fuzz.py reads.
"""

import csv
import io
import sys

if __name__ == "__main__":
    import atheris

    with atheris.instrument_imports(include=["rebalance"]):  # instrumenting other packages would only cost time
        from rebalance.csvio import records  # noqa: F401  and all modules it imports

from rebalance.csvio import scan as scan_module
from rebalance.csvio.quoting import unquote
from rebalance.csvio.records import CsvFile, open_csv
from rebalance.csvio.source import Source
from rebalance.errors import DataError

BLOCK_SIZES = (1, 2, 3, 5, 16, 64, 1 << 20, 1 << 20)
ALPHABET = 'ab1",;\n\r\t|é '.encode()
REASONS = ("carriage return", "NUL byte", "text", "record", "header", "sep= line", "quot", "no records")


def check_input(fuzz_input: bytes) -> None:
    """Check the data of a fuzz input, whose first two bytes choose the block size and the alphabet."""
    if len(fuzz_input) < 2:
        return
    block_choice, alphabet_choice, *_ = fuzz_input
    scan_module.BLOCK_BYTES = BLOCK_SIZES[block_choice % len(BLOCK_SIZES)]
    data = fuzz_input[2:]
    check_data(data if alphabet_choice & 1 else bytes(ALPHABET[byte % len(ALPHABET)] for byte in data))


def check_data(data: bytes) -> None:
    """Check that `data` is read as csv reads it, or refused with a known reason in printable characters."""
    try:
        file, rows = read(data)
    except DataError as error:
        refusal = error.message
    else:
        assert {len(row) for row in rows} == {len(file.names)}, (data, rows)
        text = data[file.begin :].decode(file.dialect.encoding)
        expected = read_with_csv(text, file.dialect.delimiter.decode())
        assert rows == expected, (data, rows, expected)
        return
    assert any(reason in refusal for reason in REASONS), (data, refusal)
    assert refusal.isprintable(), (data, refusal)


def read(data: bytes, delimiter: bytes | None = None) -> tuple[CsvFile, list[list[str]]]:
    """Return the cells of the header and of all records. Raises DataError."""
    file = open_csv(Source("test", data, None), delimiter, "utf-8", header=True)
    rows = [list(file.names)]
    for block in scan_module.scan(data, file.body, len(file.names), file.dialect):
        columns = [
            [
                unquote(block.text[start:stop]).decode()
                for start, stop in zip(block.field_starts(column), block.stops(column), strict=True)
            ]
            for column in range(len(file.names))
        ]
        rows += [list(row) for row in zip(*columns, strict=True)]
    return file, rows


def read_with_csv(text: str, delimiter: str = ",") -> list[list[str]]:
    """Return the rows that Python's csv reads in strict mode, blank lines left out. Raises csv.Error."""
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]


if __name__ == "__main__":
    atheris.Setup(sys.argv, check_input)
    atheris.Fuzz()
