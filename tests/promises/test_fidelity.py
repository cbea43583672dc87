"""Whatever the cells are, kept records leave as they came."""

import csv
import io
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables import open_table, output_of, plan_of

CELLS = st.binary(max_size=6).map(lambda cell: cell.replace(b"\0", b"0").decode("latin-1"))


@st.composite
def csv_tables(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A CSV in latin-1 with cells of any bytes, and its newline; its last column is the class."""
    delimiter = draw(st.sampled_from(",;\t|"))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    width = draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8))
    labels = ["rare", *(draw(st.sampled_from(["usual", "other one"])) for _ in rows[1:])]
    labeled = [[*row, label] for row, label in zip(rows, labels, strict=True)]
    out = io.StringIO(newline="")
    # every cell is quoted: csv would leave a cell unquoted that holds a newline of another kind than its own
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([[*(f"name {column}" for column in range(width)), "kind"], *labeled])
    data = out.getvalue().encode("latin-1")
    if draw(st.booleans()):
        data = data.removesuffix(newline.encode())
    return data, newline.encode()


def records_of(data: bytes, newline: bytes) -> list[bytes]:
    """The records of a table in which every cell is quoted."""
    ended = data if data.endswith(newline) else data + newline
    return [part + b'"' + newline for part in ended.split(b'"' + newline)[:-1]]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(csv_table=csv_tables())
def test_none_gives_every_byte_back_and_random_over_adds_whole_records_only(
    csv_table: tuple[bytes, bytes], tmp_path: Path
) -> None:
    data, newline = csv_table
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    with open_table(path, encoding="latin-1") as table:
        assert output_of(table, plan_of(table, "none")) == data
        if len(table.target.labels) < 2:
            return
        oversampled = output_of(table, plan_of(table, "random-over"))
    before, after = Counter(records_of(data, newline)), Counter(records_of(oversampled, newline))
    assert after >= before
    assert set(after) == set(before)
    assert oversampled.startswith(data)
