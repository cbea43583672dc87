"""What records are found with: marks by the bit, offsets by four bytes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rebalance.csvio.bits import Bits
from rebalance.csvio.offsets import OffsetList


@given(st.integers(0, 2000), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_marks_are_listed_counted_and_picked_as_in_a_list_of_them_all(size: int, share: float, seed: int) -> None:
    marks = np.random.default_rng(seed).random(size) < share
    bits, listed = Bits(marks), np.flatnonzero(marks)
    everywhere = np.arange(len(marks) + 1)
    assert bits.positions().tolist() == listed.tolist()
    assert bits.before(everywhere).tolist() == np.searchsorted(listed, everywhere).tolist()
    assert bits.numbered(np.arange(len(listed))).tolist() == listed.tolist()
    marks[size // 4 : size - size // 4] = False  # the one before may be far
    bits, listed = Bits(marks), np.flatnonzero(marks)
    behind = everywhere[everywhere > listed.min(initial=size)]
    assert bits.last_before(behind).tolist() == listed[np.searchsorted(listed, behind) - 1].tolist()


@given(st.lists(st.lists(st.integers(0, 3 << 32), min_size=1, max_size=20), min_size=1, max_size=5))
def test_offsets_of_files_beyond_four_gigabytes_come_back(parts: list[list[int]]) -> None:
    ascending = np.cumsum([step for part in parts for step in part])
    taken = OffsetList()
    for part in np.split(ascending, np.cumsum([len(part) for part in parts])[:-1]):
        taken.add(part)
    rest = taken.after_first().found() if len(ascending) > 1 else None
    offsets, everywhere = taken.found(), np.arange(len(ascending))
    assert offsets[everywhere].tolist() == ascending.tolist()
    assert offsets[-1] == ascending[-1]
    assert offsets.without_first()[everywhere[:-1]].tolist() == ascending[1:].tolist()
    assert offsets.without_last()[everywhere[:-1]].tolist() == ascending[:-1].tolist()
    assert rest is None or rest[everywhere[:-1]].tolist() == ascending[1:].tolist()
