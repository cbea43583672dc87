"""Arrow arrays and numpy arrays hold the same cells, whatever part of whatever chunks is converted."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from rebalance.table.arrow import as_strings, fixed_width, floats, integers, marks, mask, strings

chunked_numbers = st.lists(st.lists(st.integers(-1000, 1000), max_size=20), min_size=1, max_size=4)
slices = st.tuples(st.integers(0, 30), st.integers(0, 30))


def slice_of(
    chunks: list[list[object]], start_and_size: tuple[int, int], kind: pa.DataType
) -> tuple[pa.ChunkedArray, list[object]]:
    """A slice of cells in chunks, and the same slice of a list of them."""
    start, size = start_and_size
    cells = pa.chunked_array([pa.array(chunk, kind) for chunk in chunks], kind)
    return cells.slice(start, size), [cell for chunk in chunks for cell in chunk][start : start + size]


@settings(deadline=None)  # the tests' own arrays load pandas
@given(chunked_numbers, slices)
def test_whole_numbers_are_converted(chunks: list[list[int]], start_and_size: tuple[int, int]) -> None:
    cells, expected = slice_of([list(chunk) for chunk in chunks], start_and_size, pa.int32())
    assert integers(cells).tolist() == expected


@settings(deadline=None)
@given(chunked_numbers, slices)
def test_booleans_are_converted(chunks: list[list[int]], start_and_size: tuple[int, int]) -> None:
    cells, expected = slice_of([[n > 0 for n in chunk] for chunk in chunks], start_and_size, pa.bool_())
    assert marks(cells).tolist() == expected


@settings(deadline=None)
@given(chunked_numbers, slices)
def test_floats_are_converted_and_missing_ones_are_nan(
    chunks: list[list[int]], start_and_size: tuple[int, int]
) -> None:
    with_gaps = [[n / 8 if n % 3 else None for n in chunk] for chunk in chunks]
    cells, expected = slice_of(with_gaps, start_and_size, pa.float64())
    np.testing.assert_array_equal(floats(cells), np.array([np.nan if n is None else n for n in expected], float))


@settings(deadline=None)
@given(chunked_numbers, slices)
def test_short_texts_are_converted(chunks: list[list[int]], start_and_size: tuple[int, int]) -> None:
    cells, expected = slice_of([[str(n) for n in chunk] for chunk in chunks], start_and_size, pa.string())
    assert fixed_width(cells, 5).tolist() == [str(text).encode() for text in expected]


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5)), st.data())
def test_texts_are_converted_both_ways_and_filtered_by_a_mask(texts: list[str], data: st.DataObject) -> None:
    marked = np.array([data.draw(st.booleans()) for _ in texts], np.bool_)
    assert as_strings(strings(texts)).tolist() == texts
    kept = strings(texts).filter(mask(marked))
    assert kept.to_pylist() == [text for text, is_kept in zip(texts, marked.tolist(), strict=True) if is_kept]
