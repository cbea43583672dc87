"""The trace alone determines every row of the output, given the input."""

from pathlib import Path

import pytest
from conftest import CsvFile
from shell import Run
from tables import cells_of

from rebalance.techniques.registry import TECHNIQUES, Family

INTERPOLATING = [
    technique.name
    for technique in TECHNIQUES
    if technique.family is Family.OVER_SAMPLING and technique.name not in ("random-over", "rose", "smogn")
]
NUMERIC_DECIMALS = (3, 1, 0)
"""Of the columns of the sample table `numeric`."""


@pytest.mark.parametrize("technique", INTERPOLATING)
@pytest.mark.parametrize("shuffle", [[], ["--shuffle"]], ids=["in-order", "shuffled"])
def test_the_trace_determines_every_synthetic_value(
    technique: str, shuffle: list[str], csv_file: CsvFile, run: Run, tmp_path: Path
) -> None:
    path, trace = csv_file("numeric"), tmp_path / "trace.csv"
    result = run("resample", path, "-t", "kind", "--technique", technique, "--trace", trace, *shuffle)
    before, output = cells_of(path.read_bytes())[1:], cells_of(result.out)[1:]
    header, *traced = cells_of(trace.read_bytes())
    assert header == ["row", "origin", "base", "neighbor", "gap", "noise_sd", "class"]
    assert [int(line[0]) for line in traced] == list(range(1, len(output) + 1))
    assert {line[1] for line in traced} == {"original", "synthetic"}
    sources = [row for row in before if row[-1] == "rare"]
    for row, (_, origin, base, neighbor, gap, _, label) in zip(output, traced, strict=True):
        assert row[-1] == label
        first, second = before[int(base) - 1], before[int(neighbor) - 1]
        if origin == "original":
            assert row == first
            continue
        for index, decimals in enumerate(NUMERIC_DECIMALS):
            start, end = float(first[index]), float(second[index])
            of_class = [float(source[index]) for source in sources]
            value = min(max(start + float(gap) * (end - start), min(of_class)), max(of_class))
            assert row[index] == f"{value:.{decimals}f}"


def test_the_trace_determines_every_synthetic_target(csv_file: CsvFile, run: Run, tmp_path: Path) -> None:
    path, trace = csv_file("numeric-target"), tmp_path / "trace.csv"
    result = run("resample", path, "-t", "kind", "--technique", "smote", "--trace", trace)
    before, output = cells_of(path.read_bytes())[1:], cells_of(result.out)[1:]
    header, *traced = cells_of(trace.read_bytes())
    assert header == ["row", "origin", "base", "neighbor", "gap", "noise_sd", "range", "target_gap"]
    assert len(traced) == len(output)
    assert any(line[1] == "synthetic" for line in traced)
    for row, (_, origin, base, neighbor, gap, _, target_range, target_gap) in zip(output, traced, strict=True):
        start, end = (float(before[int(source) - 1][-1]) for source in (base, neighbor))
        assert row[-1] == f"{start + float(target_gap) * (end - start):.2f}"
        low, high = map(float, target_range.split(".."))
        assert low <= float(row[-1]) <= high
        if origin == "synthetic":
            assert float(target_gap) == pytest.approx(
                float(gap)
            )  # without categories, the target lies where the row does


def test_copies_are_traced_to_their_record(csv_file: CsvFile, run: Run, tmp_path: Path) -> None:
    path, trace = csv_file("numeric"), tmp_path / "trace.csv"
    result = run("resample", path, "-t", "kind", "--technique", "random-over", "--trace", trace)
    before, output = cells_of(path.read_bytes())[1:], cells_of(result.out)[1:]
    traced = cells_of(trace.read_bytes())[1:]
    assert [line[1] for line in traced] == ["original"] * len(before) + ["copy"] * (len(output) - len(before))
    assert all(row == before[int(line[2]) - 1] for row, line in zip(output, traced, strict=True))
