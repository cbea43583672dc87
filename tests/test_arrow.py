"""Arrow's arrays and numpy's hold the same, whatever stretch of whatever chunks they are."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from rebalance.table.arrow import as_strings, fixed_width, floats, integers, marks, mask, strings

chunks = st.lists(st.lists(st.integers(-1000, 1000), max_size=20), min_size=1, max_size=4)
stretches = st.tuples(st.integers(0, 30), st.integers(0, 30))


def sliced(
    parts: list[list[object]], stretch: tuple[int, int], kind: pa.DataType
) -> tuple[pa.ChunkedArray, list[object]]:
    begin, size = stretch
    whole = pa.chunked_array([pa.array(part, kind) for part in parts], kind)
    return whole.slice(begin, size), [one for part in parts for one in part][begin : begin + size]


@settings(deadline=None)  # the tests' own arrays load pandas
@given(chunks, stretches)
def test_numbers_marks_and_short_texts_come_back(parts: list[list[int]], stretch: tuple[int, int]) -> None:
    cells, expected = sliced([list(part) for part in parts], stretch, pa.int32())
    assert integers(cells).tolist() == expected
    cells, expected = sliced([[one > 0 for one in part] for part in parts], stretch, pa.bool_())
    assert marks(cells).tolist() == expected
    cells, expected = sliced([[one / 8 if one % 3 else None for one in part] for part in parts], stretch, pa.float64())
    np.testing.assert_array_equal(floats(cells), np.array([np.nan if one is None else one for one in expected], float))
    cells, expected = sliced([[str(one) for one in part] for part in parts], stretch, pa.string())
    assert fixed_width(cells, 5).tolist() == [str(one).encode() for one in expected]


@settings(deadline=None)  # the tests' own arrays load pandas
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5)), st.data())
def test_texts_go_there_and_back_and_are_filtered_by_marks(texts: list[str], data: st.DataObject) -> None:
    marked = np.array([data.draw(st.booleans()) for _ in texts], np.bool_)
    assert as_strings(strings(texts)).tolist() == texts
    kept = strings(texts).filter(mask(marked))
    assert kept.to_pylist() == [text for text, wanted in zip(texts, marked.tolist(), strict=True) if wanted]
