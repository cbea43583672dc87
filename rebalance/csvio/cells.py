"""Read the cells of chosen records and columns as strings, and find out which columns are quoted."""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.csv

from rebalance.arrays import Bool, Int64, Rows
from rebalance.csvio.quoting import NULL
from rebalance.csvio.records import CsvFile, Records
from rebalance.csvio.scan import scan

BATCH_BYTES = 32 << 20
"""Bytes of records parsed at a time: they are in memory in addition to the strings."""

_SKIPPED_LINE = b"-\n"
"""A line before the records, because pyarrow drops a U+FEFF at the start of its input as a byte-order mark."""


def read_cells(records: Records, rows: Rows, columns: list[int]) -> list[pa.ChunkedArray]:
    """Return, for each of `columns`, the cells of the records `rows` in that order, unquoted, as strings.

    Only the bytes of these records are read. Memory: the strings, and one batch of record bytes.
    """
    tables = [
        _parse_cells(records.file, _join_texts(records, batch), columns)
        for batch in _divide_into_batches(records, rows)
    ]
    return _concatenate_columns(tables, columns)


def read_cells_and_quotes(records: Records, rows: Rows, columns: list[int]) -> tuple[list[pa.ChunkedArray], Bool]:
    """Return the cells as `read_cells` does, and which columns of the file are quoted.

    A column is quoted if all its non-empty cells in the records `rows` are in quotes, and there is at least one.
    """
    width = len(records.file.names)
    tables, has_quoted, has_unquoted = [], np.zeros(width, np.bool_), np.zeros(width, np.bool_)
    batches = list(_divide_into_batches(records, rows))
    for batch in batches:
        text = _join_texts(records, batch)
        tables.append(_parse_cells(records.file, text, columns))
        quote = records.file.dialect.quoting.quote
        if len(batches) == 1 and quote not in text:
            break
        for block in scan(text, 0, width, records.file.dialect):
            data = np.frombuffer(block.text + b"\n", np.uint8)
            for column in range(width):
                starts = block.field_starts(column)
                is_quoted = data[starts[block.stops(column) > starts]] == quote[0]
                has_quoted[column] |= is_quoted.any()
                has_unquoted[column] |= not is_quoted.all()
    return _concatenate_columns(tables, columns), has_quoted & ~has_unquoted


def _concatenate_columns(tables: list[pa.Table], columns: list[int]) -> list[pa.ChunkedArray]:
    """Return the columns of the tables joined, as many as `columns`."""
    if not tables:
        return [pa.chunked_array([], pa.string()) for _ in columns]
    table = pa.concat_tables(tables)
    return [table.column(index) for index in range(len(columns))]


def _join_texts(records: Records, rows: Rows) -> bytes:
    return b"".join(records.complete_texts(rows))


def _divide_into_batches(records: Records, rows: Rows) -> Iterator[Int64]:
    """Yield consecutive parts of `rows` of at most `BATCH_BYTES`, at least one record each."""
    cumulative_sizes = np.cumsum(records.ends[rows] - records.starts[rows])
    start = 0
    while start < len(rows):
        size_before = cumulative_sizes[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(cumulative_sizes, size_before + BATCH_BYTES, side="right")))
        yield rows[start:end]
        start = end


def _parse_cells(file: CsvFile, text: bytes, columns: list[int]) -> pa.Table:
    """Return the cells of `columns` in the records `text`, as a table of strings."""
    if file.dialect.encoding not in ("utf-8", "ascii"):
        text = text.decode(file.dialect.encoding).encode()
    quoting = file.dialect.quoting
    if quoting.escape:
        text = _without_nulls(text, file.dialect.delimiter)
    names = [str(column) for column in range(len(file.names))]
    wanted = [str(column) for column in columns]
    # One block for the whole text: pyarrow loses the line feed of a CRLF inside a quoted field at a block boundary
    # (apache/arrow#51368), and a record longer than a block is an error.
    return pa.csv.read_csv(
        pa.BufferReader(_copy_to_arrow_memory(_SKIPPED_LINE, text)),
        pa.csv.ReadOptions(column_names=names, block_size=len(text) + 3, skip_rows=1),
        pa.csv.ParseOptions(
            delimiter=file.dialect.delimiter.decode("ascii"),
            quote_char=quoting.quote.decode("ascii") if quoting.has_quotes else False,
            escape_char=quoting.escape.decode("ascii") if quoting.escape else False,
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


def _without_nulls(text: bytes, delimiter: bytes) -> bytes:
    """Return records in which the markers of missing values that MySQL writes are blank cells."""
    edge = b"[" + re.escape(delimiter) + rb"\r\n]"
    return re.sub(b"(?:(?<=" + edge + b")|^)" + re.escape(NULL) + b"(?=" + edge + b"|$)", b"", text)


def _copy_to_arrow_memory(*pieces: bytes) -> pa.Buffer:
    """Return the pieces joined in memory that pyarrow owns.

    A pyarrow thread releases its input buffer late. If a Python object owns that buffer during interpreter shutdown,
    the process aborts.
    """
    memory = pa.allocate_buffer(sum(map(len, pieces)))
    writer = pa.FixedSizeBufferWriter(memory)
    for piece in pieces:
        writer.write(piece)
    return memory
