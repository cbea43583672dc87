"""Kept records are copied byte for byte, in any order and number."""

from collections.abc import Iterator
from itertools import zip_longest

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rebalance.csvio import record_copy
from rebalance.csvio.quoting import quote
from rebalance.csvio.record_copy import copied_records
from rebalance.csvio.records import Records, open_csv, read_records
from rebalance.csvio.source import Source

quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def records_of(data: bytes) -> Records:
    return read_records(open_csv(Source("test", data, None), b",", "utf-8", header=True), [])[0]


@quick
@given(
    rows=st.integers(1, 6),
    keep=st.lists(st.integers(0, 5), max_size=12),
    final_newline=st.booleans(),
    blank_lines=st.booleans(),
    final=st.booleans(),
    piece=st.sampled_from([1, 3, 16, 1 << 20]),
)
@example(rows=3, keep=[0, 1, 2, 1, 1], final_newline=False, blank_lines=False, final=True, piece=16)
@example(rows=2, keep=[1, 1, 0], final_newline=True, blank_lines=False, final=True, piece=16)
@example(rows=2, keep=[0, 1, 1, 1], final_newline=False, blank_lines=True, final=True, piece=3)
def test_kept_records_are_copied_in_any_order_and_number(
    rows: int,
    keep: list[int],
    final_newline: bool,
    blank_lines: bool,
    final: bool,
    piece: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record_copy, "PIECE_BYTES", piece)
    lines = [b"%d,%s\r\n" % (n, b"y" * n) for n in range(rows)]
    between = b"\r\n" * blank_lines
    text = b"x,kind\r\n" + between.join(lines) + between
    kept = np.array([row % rows for row in keep], np.int64)
    expected = b"".join(
        lines[row] + (between if following == row + 1 else b"")
        for row, following in zip_longest(kept.tolist(), kept[1:].tolist())
    )
    if final and len(kept) and kept[-1] == rows - 1:  # the end of the file is copied as it is
        expected = expected + between if final_newline else expected.rstrip()
    records = records_of(text if final_newline else text.rstrip())
    assert b"".join(copied_records(records, kept, final=final)) == expected


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n\n"], ids=["no-newline", "newline", "blank-lines"])
def test_all_records_copied_in_chunks_are_the_body_of_the_file(end: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def small_chunks(count: int) -> Iterator[slice]:
        return (slice(start, min(start + 3, count)) for start in range(0, count, 3))

    monkeypatch.setattr(record_copy, "chunks", small_chunks)
    body = b"".join(b"%d,%d\n" % (n, n % 4 == 0) + b"\n" * (n % 3) for n in range(17)) + b"9,1" + end
    records = records_of(b"x,kind\n" + body)
    everything = np.arange(18)
    assert b"".join(copied_records(records, everything, final=True)) == body
    assert b"".join(copied_records(records, everything)) == body.rstrip(b"\n") + b"\n"
    assert b"".join(copied_records(records, everything[::2])) == b"".join(records.complete_texts(everything[::2]))


@pytest.mark.parametrize("end", [b"", b"\n"], ids=["no-newline", "newline"])
def test_a_long_table_and_its_repeats_are_complete_records(end: bytes) -> None:
    lines = [b"%d,%s" % (n, b"b" if n % 5 == 4 else b"a") for n in range(200_000)]
    records = records_of(b"\n".join([b"x,kind", *lines]) + end)
    keep = np.concatenate([np.arange(200_000), np.arange(4, 200_000, 5), np.full(50_000, 199_999)])
    copied = b"".join(copied_records(records, keep)).split(b"\n")
    assert copied == [*lines, *lines[4::5], *[lines[-1]] * 50_000, b""]


@pytest.mark.parametrize(
    ("cell", "field"),
    [
        pytest.param(b"plain", b"plain", id="plain"),
        pytest.param(b"", b"", id="empty"),
        pytest.param(b"a;b", b'"a;b"', id="delimiter"),
        pytest.param(b"a,b", b"a,b", id="delimiter-of-another-dialect"),
        pytest.param(b'say "hi"', b'"say ""hi"""', id="quotes"),
        pytest.param(b"two\nlines", b'"two\nlines"', id="line-feed"),
        pytest.param(b"two\rlines", b'"two\rlines"', id="carriage-return"),
    ],
)
def test_a_new_cell_is_quoted_only_if_its_content_requires_it(cell: bytes, field: bytes) -> None:
    assert quote(cell, b";") == field
