"""Read the cells of chosen records and columns as strings, and how each column is quoted."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.csv

from rebalance.arrays import Bool, Int64, Rows
from rebalance.csvio.records import CsvFile, Records
from rebalance.csvio.scan import scan

_BATCH_BYTES = 32 << 20


def read_cells(records: Records, rows: Rows, columns: list[int]) -> list[pa.ChunkedArray]:
    """Return, for each of `columns`, the cells of the records `rows` in that order, unquoted, as strings.

    Only the bytes of those records are touched. Memory: the strings, and one batch of record bytes.
    """
    return _together(
        [_parse(records.file, _text(records, batch), columns) for batch in _batches(records, rows)], columns
    )


def read_cells_and_quotes(records: Records, rows: Rows, columns: list[int]) -> tuple[list[pa.ChunkedArray], Bool]:
    """Return the same, and for each column of the file whether all its non-empty cells there stand in quotes."""
    width = len(records.file.names)
    parts, quoted, plain = [], np.zeros(width, np.bool_), np.zeros(width, np.bool_)
    batches = list(_batches(records, rows))
    for batch in batches:
        text = _text(records, batch)
        parts.append(_parse(records.file, text, columns))
        if len(batches) == 1 and b'"' not in text:
            break
        for block in scan(text, 0, width, records.file.dialect):
            data = np.frombuffer(block.text + b"\n", np.uint8)
            for column in range(width):
                starts = block.field_starts(column)
                opens = data[starts[block.stops(column) > starts]] == ord('"')
                quoted[column] |= opens.any()
                plain[column] |= not opens.all()
    return _together(parts, columns), quoted & ~plain


def _together(parts: list[pa.Table], columns: list[int]) -> list[pa.ChunkedArray]:
    if not parts:
        return [pa.chunked_array([], pa.string()) for _ in columns]
    table = pa.concat_tables(parts)
    return [table.column(at) for at in range(len(columns))]


def _text(records: Records, rows: Rows) -> bytes:
    return b"".join(records.complete_texts(rows))


def _batches(records: Records, rows: Rows) -> Iterator[Int64]:
    sizes = np.cumsum(records.ends[rows] - records.starts[rows])
    begin = 0
    while begin < len(rows):
        before = sizes[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(sizes, before + _BATCH_BYTES, side="right")))
        yield rows[begin:end]
        begin = end


def _parse(file: CsvFile, text: bytes, columns: list[int]) -> pa.Table:
    if file.dialect.encoding not in ("utf-8", "ascii"):
        text = text.decode(file.dialect.encoding).encode()
    names = [str(number) for number in range(len(file.names))]
    wanted = [str(column) for column in columns]
    # One block for the whole text: pyarrow loses the line feed of a CRLF inside a quoted field that falls on
    # a block's boundary (apache/arrow#51368), and a record longer than a block is an error.
    return pa.csv.read_csv(
        pa.BufferReader(_in_arrows_memory(b"-\n", text)),  # a line to skip, or a U+FEFF in the first cell is a mark
        pa.csv.ReadOptions(column_names=names, block_size=len(text) + 3, skip_rows=1),
        pa.csv.ParseOptions(
            delimiter=file.dialect.delimiter.decode("ascii"),
            newlines_in_values=True,
            ignore_empty_lines=len(names) > 1,
        ),
        pa.csv.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(wanted, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    )


def _in_arrows_memory(*pieces: bytes) -> pa.Buffer:
    """Return bytes as no object of Python's.

    A thread of pyarrow's lets go of what it has read only some time after it was read. If that is Python's and the
    process is ending, the thread ends the process: by SIGABRT, after all was well.
    """
    memory = pa.allocate_buffer(sum(map(len, pieces)))
    writer = pa.FixedSizeBufferWriter(memory)
    for piece in pieces:
        writer.write(piece)
    return memory
