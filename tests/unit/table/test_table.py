"""A table reads typed cells on demand."""

import numpy as np
from conftest import CsvFile
from tables import open_table


def test_typed_cells_are_those_of_the_records_asked_for(csv_file: CsvFile) -> None:
    path = csv_file(b"x,w,kind\n" + b"".join(b"%d,%d,k%d\n" % (n % 90, -(n % 90), n % 2) for n in range(100)))
    with open_table(path) as table:
        for rows in ([3, 4, 5], [6, 7, 8], [8, 7, 6], [8, 7, 6], [1]):
            numbers, negatives = table.read_typed(np.array(rows)).columns
            assert numbers.values is not None
            assert numbers.values.tolist() == rows
            assert negatives.values is not None
            assert negatives.values.tolist() == [-row for row in rows]
            (only,) = table.read_typed(np.array(rows), [1]).columns
            assert only.values is not None
            assert only.values.tolist() == [-row for row in rows]
