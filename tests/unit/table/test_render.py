"""Synthetic cells are written digit for digit as their column writes its own."""

from decimal import Decimal

import numpy as np
from conftest import CsvFile
from hypothesis import given
from hypothesis import strategies as st
from tables import open_table, output_of

from rebalance.plan.plan import Plan, SyntheticRows
from rebalance.table.number_render import fixed_point

scaled_numbers = st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=20)


def texts_of(matrix: np.ndarray) -> list[str]:
    """The texts in a matrix of bytes, NUL where unused."""
    return [bytes(row[row != 0]).decode() for row in matrix]


@given(scaled_numbers, st.integers(0, 9))
def test_padded_numbers_are_written_as_decimal_writes_them(scaled: list[int], decimals: int) -> None:
    expected = [f"{Decimal(number).scaleb(-decimals):.{decimals}f}" for number in scaled]
    assert texts_of(fixed_point(np.array(scaled, np.int64), decimals, min_decimals=decimals)) == expected


@given(scaled_numbers, st.integers(0, 9))
def test_unpadded_numbers_have_no_trailing_zeros(scaled: list[int], decimals: int) -> None:
    expected = [f"{Decimal(number).scaleb(-decimals):.{decimals}f}" for number in scaled]
    expected = [text.rstrip("0").rstrip(".") if "." in text else text for text in expected]
    assert texts_of(fixed_point(np.array(scaled, np.int64), decimals, min_decimals=0)) == expected


def test_synthetic_cells_of_a_quoted_column_are_quoted(csv_file: CsvFile) -> None:
    path = csv_file("".join(['"x","kind"\n', *(f'"{n % 7}.5","{"ab"[n % 2]}"\n' for n in range(40))]))
    with open_table(path) as table:
        synthetic = SyntheticRows(np.array([0]), np.array([2]), np.array([0.5]), table.target.codes[[0]])
        assert output_of(table, Plan(np.arange(40), synthetic)).splitlines()[-1] == b'"1.5","a"'
