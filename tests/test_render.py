"""Writing made cells: numbers on their grid, digit for digit."""

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rebalance.table.render import fixed_point

scaled_numbers = st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=20)


def rows_of(places: np.ndarray) -> list[str]:
    return [bytes(row[row != 0]).decode() for row in places]


@given(scaled_numbers, st.integers(0, 9))
def test_padded_numbers_are_what_decimal_writes(scaled: list[int], decimals: int) -> None:
    expected = [f"{Decimal(number).scaleb(-decimals):.{decimals}f}" for number in scaled]
    assert rows_of(fixed_point(np.array(scaled, np.int64), decimals, pad=True)) == expected


@given(scaled_numbers, st.integers(0, 9))
def test_unpadded_numbers_have_no_zeros_at_the_end(scaled: list[int], decimals: int) -> None:
    expected = [f"{Decimal(number).scaleb(-decimals):.{decimals}f}" for number in scaled]
    expected = [text.rstrip("0").rstrip(".") if "." in text else text for text in expected]
    assert rows_of(fixed_point(np.array(scaled, np.int64), decimals, pad=False)) == expected
