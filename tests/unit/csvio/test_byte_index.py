"""Bits answer as a list of all marked positions would; offsets of four bytes answer as offsets of eight would."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rebalance.csvio.byte_index import Bits, GrowingArray, OffsetBuilder


@given(st.integers(0, 2000), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_bits_answer_as_a_list_of_all_positions(size: int, share: float, seed: int) -> None:
    marked = np.random.default_rng(seed).random(size) < share
    bits, listed = Bits(marked), np.flatnonzero(marked)
    positions = np.arange(len(marked) + 1)
    assert bits.positions().tolist() == listed.tolist()
    assert bits.rank(positions).tolist() == np.searchsorted(listed, positions).tolist()
    assert bits.select(np.arange(len(listed))).tolist() == listed.tolist()


@given(st.integers(0, 2000), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_the_previous_mark_is_found_across_a_wide_gap(size: int, share: float, seed: int) -> None:
    marked = np.random.default_rng(seed).random(size) < share
    marked[size // 4 : size - size // 4] = False
    listed, positions = np.flatnonzero(marked), np.arange(len(marked) + 1)
    after_first = positions[positions > listed.min(initial=size)]
    expected = listed[np.searchsorted(listed, after_first) - 1]
    assert Bits(marked).previous(after_first).tolist() == expected.tolist()


@given(st.lists(st.lists(st.integers(0, 9), max_size=3000), max_size=5))
def test_a_growing_array_holds_all_numbers_in_order(parts: list[list[int]]) -> None:
    array: GrowingArray[np.int32] = GrowingArray(np.int32)
    for part in parts:
        array.add(np.array(part, np.int32))
    expected = [number for part in parts for number in part]
    assert len(array) == len(expected)
    assert array.view().tolist() == expected
    assert array.finish().tolist() == expected


@given(st.lists(st.lists(st.integers(0, 3 << 32), min_size=1, max_size=20), min_size=1, max_size=5))
def test_offsets_beyond_four_gigabytes_are_exact(parts: list[list[int]]) -> None:
    increasing = np.cumsum([step for part in parts for step in part])
    builder = OffsetBuilder()
    for part in np.split(increasing, np.cumsum([len(part) for part in parts])[:-1]):
        builder.add(part)
    copy = builder.copy_without_first().build() if len(increasing) > 1 else None
    offsets, indices = builder.build(), np.arange(len(increasing))
    assert len(offsets) == len(increasing)
    assert offsets[indices].tolist() == increasing.tolist()
    assert offsets[0] == increasing[0]
    assert offsets[-1] == increasing[-1]
    assert offsets.without_first()[indices[:-1]].tolist() == increasing[1:].tolist()
    assert offsets.without_last()[indices[:-1]].tolist() == increasing[:-1].tolist()
    assert copy is None or copy[indices[:-1]].tolist() == increasing[1:].tolist()
