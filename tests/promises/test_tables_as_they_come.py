"""A table that people or spreadsheets wrote gives what the same table written plainly gives."""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import CsvFile
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import Run, run_command
from tables import cells_of, open_table, output_of, plan_of

ROWS = 300
RANDOM = np.random.default_rng(5)
INCOME = RANDOM.normal(2500, 1400, ROWS).round(2)
SHARE = RANDOM.normal(12, 40, ROWS).round(1)
RARE = (INCOME + RANDOM.normal(0, 700, ROWS)) > 4200
DAYS = [dt.date(2020, 1, 1) + dt.timedelta(int(n)) for n in RANDOM.integers(0, 900, ROWS) + 300 * RARE]

WriteNumber = Callable[[float, int], str]
WriteDate = Callable[[dt.date], str]


def swapped(text: str, group: str = ".") -> str:
    """A number with a comma for decimals."""
    return text.translate({ord(","): group, ord("."): ","})


def in_parentheses(value: float, decimals: int) -> str:
    return f"({-value:,.{decimals}f})" if value < 0 else f"{value:,.{decimals}f}"


STYLES: dict[str, tuple[str, WriteNumber, WriteDate]] = {
    "plain": (",", lambda v, d: f"{v:.{d}f}", dt.date.isoformat),
    "american": (",", lambda v, d: f"{v:,.{d}f}", lambda day: f"{day.month}/{day.day}/{day.year}"),
    "american-accounting": (",", in_parentheses, lambda day: day.strftime("%m/%d/%Y")),
    "british": (",", lambda v, d: f"{'-' if v < 0 else ''}£{abs(v):,.{d}f}", lambda day: day.strftime("%d/%m/%Y")),
    "german": (";", lambda v, d: swapped(f"{v:,.{d}f}"), lambda day: day.strftime("%d.%m.%Y")),
    "german-euro": (";", lambda v, d: swapped(f"{v:,.{d}f}") + " €", lambda day: day.strftime("%d.%m.%y")),
    "french": (";", lambda v, d: swapped(f"{v:,.{d}f}", "\u202f"), lambda day: day.strftime("%d/%m/%Y")),
    "swiss": (";", lambda v, d: f"{v:,.{d}f}".replace(",", "'"), lambda day: day.strftime("%d.%m.%Y")),
    "swedish": ("\t", lambda v, d: swapped(f"{v:,.{d}f}", "\u00a0").replace("-", "\u2212"), dt.date.isoformat),
    "sap": (";", lambda v, d: swapped(f"{abs(v):,.{d}f}") + ("-" if v < 0 else ""), lambda day: day.strftime("%Y%m%d")),
    "oracle": (",", lambda v, d: f"{v:.{d}f}", lambda day: day.strftime("%d-%b-%y").upper()),
    "iso-week-of-a-log": ("|", lambda v, d: f"{v:.{d}f}", lambda day: day.strftime("%G-W%V-%u")),
}


def write(style: str, folder: Path, rows: range = range(ROWS)) -> Path:
    """The table in a style, as Python's csv writes it."""
    delimiter, number, date = STYLES[style]
    path = folder / f"{style}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(["income", "share", "day", "place", "kind"])
        for row in rows:
            place = ("north", "south", "east")[row % 3]
            label = "yes" if RARE[row] else "no"
            writer.writerow([number(INCOME[row], 2), number(SHARE[row], 1), date(DAYS[row]), place, label])
    return path


def evaluate(path: Path, *options: object) -> dict[str, object]:
    argv = ["train-eval", path, "-t", "kind", "--technique", "smote", "--model", "logistic-regression", "--jobs", 1]
    folds = () if "--test" in options else ("--cv", 2)
    return json.loads(run_command(*argv, *folds, *options, "--json", "-q").text)


def metrics_of(evaluation: dict[str, object]) -> list[object]:
    return [contender["metrics"] for contender in evaluation["contenders"]]  # type: ignore[index, attr-defined]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write("plain", tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def plain_metrics(plain: Path) -> list[object]:
    return metrics_of(evaluate(plain))


@pytest.mark.parametrize("style", [style for style in STYLES if style != "plain"])
def test_metrics_are_the_same_to_the_digit_in_every_national_style(
    style: str, plain_metrics: list[object], tmp_path: Path
) -> None:
    assert metrics_of(evaluate(write(style, tmp_path))) == plain_metrics


@pytest.mark.parametrize("style", [style for style in STYLES if style != "plain"])
def test_synthetic_values_are_the_same_in_every_national_style(style: str, plain: Path, tmp_path: Path) -> None:
    outputs = []
    for path in (plain, write(style, tmp_path)):
        run_command("resample", path, "-t", "kind", "--technique", "smote", "-o", tmp_path / "out.csv", "-q")
        with open_table(tmp_path / "out.csv") as table:
            typed = table.read_typed(np.arange(ROWS, len(table)))
            outputs.append([column.values if column.values is not None else column.codes for column in typed.columns])
    for first, second in zip(*outputs, strict=True):
        assert first.tolist() == second.tolist()


@pytest.mark.parametrize("style", ["german-euro", "british", "swedish"])
def test_a_test_file_in_another_style_is_compared_by_value(style: str, plain: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    same = write("plain", tmp_path / "plain", range(0, ROWS, 3))
    other = write(style, tmp_path, range(0, ROWS, 3))
    assert metrics_of(evaluate(plain, "--test", other)) == metrics_of(evaluate(plain, "--test", same))


def table_with(cells: list[str], delimiter: str = ",", others: list[str] | None = None) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["x", "y", "kind"])
    for row, cell in enumerate(cells):
        writer.writerow([cell, others[row % len(others)] if others else f"{row % 17}.5", "ab"[row % 4 == 0]])
    return stream.getvalue()


MARKED = [f"{row * 37 % 101}.25" for row in range(196)]


@pytest.mark.parametrize("marker", ["unknown", "inf", "#DIV/0!", "<0.01"])
def test_a_few_cells_that_are_no_numbers_change_nothing_and_are_told_with_a_remedy(
    marker: str, run: Run, csv_file: CsvFile
) -> None:
    path = csv_file(table_with([*MARKED, *[marker] * 4]))
    argv = ["-t", "kind", "--technique", "smote"]
    result = run("resample", path, *argv)
    assert f"196 of 200 cells are numbers; '{marker}' is not" in " ".join(result.err.split())
    assert {row[0] for row in cells_of(result.out)[201:]} <= {marker} | {f"{n / 100:.2f}" for n in range(10_101)}
    quoted = f"'{marker}'" if marker[0] in "#<" else marker
    assert f"--missing {quoted}" in " ".join(result.err.split())
    assert run("resample", path, *argv, "--missing", marker).out == result.out
    notes = evaluate(path)["notes"]
    assert any("196 of 200 cells are numbers" in note for note in notes)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("others", "value", "locale"),
    [
        pytest.param(["0,5", "1,25"], "9916", "en", id="other-columns-have-a-decimal-comma"),
        pytest.param(["0.5", "1.25"], "9.916", "de", id="other-columns-have-a-decimal-point"),
    ],
)
def test_a_point_before_three_digits_is_read_as_in_other_columns_and_told(
    others: list[str], value: str, locale: str, run: Run, csv_file: CsvFile
) -> None:
    cells = [f"{row % 9 + 1}.{row * 37 % 900 + 100}" for row in range(199)]
    path = csv_file(table_with(["9.916", *cells], ";", others))
    text = " ".join(run("resample", path, "-t", "kind", "--technique", "smote", "-o", "/dev/null").err.split())
    assert f"column 'x': '9.916' is read as {value}, because other columns have a decimal" in text
    assert f"--role x=number:{locale} reads" in text
    with open_table(path, delimiter=b";") as table:
        assert table.read_typed(np.array([0])).columns[0].values == [float(value)]
    told = run(
        "resample", path, "-t", "kind", "--technique", "smote", "--role", f"x=number:{locale}", "-o", "/dev/null"
    )
    assert "is read as" not in told.err


def test_days_that_may_be_months_are_read_as_in_other_columns_and_told(run: Run, csv_file: CsvFile) -> None:
    cells = [f"{row % 12 + 1:02d}/{row * 5 % 12 + 1:02d}/2024" for row in range(200)]
    others = [f"{row % 28 + 1:02d}.{row % 12 + 1:02d}.2023" for row in range(200)]
    path = csv_file(table_with(cells, ",", others))
    text = " ".join(run("resample", path, "-t", "kind", "--technique", "smote", "-o", "/dev/null").err.split())
    assert "column 'x': '01/01/2024' is read as %d/%m/%Y, because other columns have the day first" in text
    assert "--role x=date:%m/%d/%Y reads it the other way" in text
    run("resample", path, "-t", "kind", "--technique", "smote", "--role", "x=date:%m/%d/%Y", "-o", "/dev/null")


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("x=number:xx", "unknown format 'xx'"),
        ("x=date:day", "unknown format 'day'"),
        ("x=category:de", "unknown format 'de'"),
        ("x=date:%d/%m/%Y", "its cells are not dates"),
    ],
)
def test_a_format_that_does_not_exist_or_fit_is_refused(role: str, message: str, run: Run, csv_file: CsvFile) -> None:
    path = csv_file(table_with(MARKED))
    assert message in run("inspect", path, "-t", "kind", "--role", role, code=2).err


def test_a_synthetic_number_that_holds_the_delimiter_is_quoted(run: Run, csv_file: CsvFile) -> None:
    path = csv_file('x,y\n0,yes\n"1,5",yes\n"3,5",no\n2,no\n"7,25",no\n"2,5",no\n')
    rows = cells_of(run("resample", path, "-t", "y", "--technique", "smote", "--role", "x=number").out)
    assert {len(row) for row in rows} == {2}
    assert len(rows) == 9


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(-(10**8), 10**8), min_size=30, max_size=40),
    st.integers(0, 4),
    st.sampled_from([("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), ("'", ".")]),
    st.sampled_from(["", "$", "€ ", "USD "]),
    st.sampled_from(["", "%", " kg", " €"]),
    st.sampled_from([",", ";", "\t", "|", "."]),
)
def test_any_output_is_read_back_by_python_with_the_right_widths(
    numbers: list[int], decimals: int, marks: tuple[str, str], prefix: str, suffix: str, delimiter: str
) -> None:
    group, point = marks
    cells = [
        prefix + f"{number / 10**decimals:,.{decimals}f}".translate({ord(","): group, ord("."): point}) + suffix
        for number in numbers
    ]
    path = Path(f"/tmp/rebalance-{id(numbers)}.csv")  # noqa: S108  removed below
    path.write_text(table_with(cells, delimiter, ["7", "8"]), encoding="utf-8")
    try:
        with open_table(path, delimiter=delimiter.encode()) as table:
            rows = cells_of(output_of(table, plan_of(table, "random-over")), delimiter)
            assert {len(row) for row in rows} == {3}
            rows = cells_of(output_of(table, plan_of(table, "rose")), delimiter)
            assert {len(row) for row in rows} == {3}
            if table.columns[0].role == "number" and table.columns[1].role == "number":
                rows = cells_of(output_of(table, plan_of(table, "smote")), delimiter)
                assert {len(row) for row in rows} == {3}
    finally:
        path.unlink()


def skewed(values: np.ndarray, labels: list[str]) -> str:
    return "x,kind\n" + "".join(f"{value:.2f},{label}\n" for value, label in zip(values, labels, strict=True))


def test_noise_does_not_pile_up_at_the_ends_of_the_range(run: Run, csv_file: CsvFile) -> None:
    values = np.concatenate(
        [np.random.default_rng(0).exponential(10, 80) + 5, np.random.default_rng(1).normal(9, 3, 900)]
    )
    path = csv_file(skewed(values, ["b"] * 80 + ["a"] * 900))
    rows = cells_of(run("resample", path, "-t", "kind", "--technique", "rose").out)[981:]
    synthetic = [float(row[0]) for row in rows]
    lowest, highest = values[:80].min().round(2), values[:80].max().round(2)
    assert lowest <= min(synthetic)
    assert max(synthetic) <= highest
    assert sum(value in (lowest, highest) for value in synthetic) < 0.02 * len(synthetic)


def test_borderline_rows_towards_another_class_stay_in_the_range_of_their_own(run: Run, csv_file: CsvFile) -> None:
    values = np.concatenate([np.linspace(10, 20, 40), np.linspace(15, 60, 400)])
    path = csv_file(skewed(values, ["b"] * 40 + ["a"] * 400))
    rows = cells_of(run("resample", path, "-t", "kind", "--technique", "borderline-smote:kind=2").out)[441:]
    assert rows
    assert all(10 <= float(row[0]) <= 20 for row in rows)


def test_a_class_of_one_row_is_noted_by_rose_and_refused_if_strict(run: Run, csv_file: CsvFile) -> None:
    path = csv_file(skewed(np.arange(41.0), ["b"] + ["a"] * 40))
    argv = ["resample", path, "-t", "kind", "--technique", "rose"]
    assert "class 'b' has 1 row, which is repeated" in run(*argv).err
    assert "class 'b' has 1 row" in run(*argv, "--strict", code=3).err


def test_what_synthetic_rows_do_not_have_of_their_own_is_told(run: Run, csv_file: CsvFile) -> None:
    rows = [f"ORD-{row:05d},a remark on number {row},{row % 13},{'ab'[row % 4 == 0]}" for row in range(80)]
    text = " ".join(
        run(
            "resample", csv_file("order,note,x,kind\n" + "\n".join(rows)), "-t", "kind", "--technique", "smote"
        ).err.split()
    )
    assert "empty in synthetic rows (ids): order" in text
    assert "copied from a real row to each synthetic row (text): note" in text


def test_smote_without_a_number_says_that_it_repeats_rows(run: Run, csv_file: CsvFile) -> None:
    rows = [f"{'rgb'[row % 3]},{'xyz'[row * 7 % 3]},{'ab'[row % 4 == 0]}" for row in range(80)]
    text = " ".join(
        run("resample", csv_file("p,q,kind\n" + "\n".join(rows)), "-t", "kind", "--technique", "smote").err.split()
    )
    assert "each synthetic row repeats a real one" in text


def test_every_pair_of_text_and_category_in_a_synthetic_row_is_one_of_a_real_row(run: Run, csv_file: CsvFile) -> None:
    cities = [f"city {n}" for n in range(60)]
    rows = [f"country{n % 60 // 20},{cities[n % 60]},{n % 17}.5,{'ab'[n % 5 == 0]}" for n in range(300)]
    path = csv_file("country,city,x,kind\n" + "\n".join(rows) + "\n")
    for technique in ("smote", "adasyn", "borderline-smote", "kmeans-smote", "svm-smote", "rose"):
        table = cells_of(run("resample", path, "-t", "kind", "--technique", technique, "-q").out)[1:]
        real = {tuple(row[:2]) for row in table[:300]}
        assert {tuple(row[:2]) for row in table[300:]} <= real


def test_weights_have_the_decimal_mark_of_the_file(run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x;kind\n" + "".join(f"{row % 7},25;{'ab'[row % 4 == 0]}\n" for row in range(40)))
    rows = cells_of(run("resample", path, "-t", "kind", "--technique", "class-weight").out, ";")
    assert {row[2] for row in rows[1:]} == {"0,6666666666666666", "2,0"}


@pytest.mark.parametrize("command", ["inspect", "resample", "train-eval"])
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        pytest.param(["NaN", "yes"], "the label 'NaN' looks like a missing value", id="missing"),
        pytest.param(["?", "yes"], "the label '?' looks like a missing value", id="question-mark"),
        pytest.param(["0.0", "-0.0", "1"], "differ only in spelling", id="signs-of-zero"),
        pytest.param(["caf\u00e9", "cafe\u0301", "no"], "differ only in spelling", id="accents"),
        pytest.param(["yes", "yes\u200b", "no"], "differ only in spelling", id="invisible-characters"),
        pytest.param(["yes", "kind", "no"], "the label 'kind' is the name of the column", id="header-among-the-rows"),
    ],
)
def test_suspicious_labels_are_told_by_every_command(
    command: str, labels: list[str], message: str, run: Run, csv_file: CsvFile
) -> None:
    path = csv_file("x,kind\n" + "".join(f"{row % 11}.5,{labels[row % len(labels)]}\n" for row in range(66)))
    options = {
        "inspect": [],
        "resample": ["--technique", "random-over", "-o", "/dev/null"],
        "train-eval": ["--cv", 2, "--technique", "none", "--model", "logistic-regression", "--jobs", 1],
    }[command]
    result = run(command, path, "-t", "kind", *options)
    assert message in " ".join((result.text + result.err).split())


@pytest.mark.parametrize("typed", ["caf\u00e9", "cafe\u0301", " caf\u00e9\u200b"])
def test_a_column_is_found_by_what_its_name_looks_like(typed: str, run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x,cafe\u0301\u200b\n" + "".join(f"{row % 11}.5,{'ab'[row % 2]}\n" for row in range(20)))
    run("inspect", path, "-t", typed)


@pytest.mark.parametrize("suffix", ["gz", "gzip", "zst", "zstd", "bz2", "xz"])
def test_every_compression_is_read_and_written(suffix: str, run: Run, csv_file: CsvFile, tmp_path: Path) -> None:
    path = csv_file("numeric")
    argv = ["-t", "kind", "--technique", "none", "-q"]
    run("resample", path, *argv, "-o", tmp_path / f"out.csv.{suffix}")
    assert run("resample", tmp_path / f"out.csv.{suffix}", *argv).out == path.read_bytes()
    piped = run("resample", "-", *argv, stdin=(tmp_path / f"out.csv.{suffix}").read_bytes())
    assert piped.out == path.read_bytes()


@pytest.mark.parametrize(
    ("encoding", "mark", "options"),
    [
        pytest.param("utf-16-le", "\ufeff", [], id="utf-16-le-with-mark"),
        pytest.param("utf-16-be", "\ufeff", [], id="utf-16-be-with-mark"),
        pytest.param("utf-16-le", "", ["--encoding", "utf-16-le"], id="utf-16-le-named"),
        pytest.param("utf-32-be", "\ufeff", [], id="utf-32-be-with-mark"),
    ],
)
def test_wide_encodings_are_read_and_written_as_they_came(
    encoding: str, mark: str, options: list[str], run: Run, csv_file: CsvFile
) -> None:
    text = "x,n\u00e4me,kind\r\n" + "".join(
        f"{row % 11}.5,\u4e2d{row % 3},{'ab'[row % 4 == 0]}\r\n" for row in range(40)
    )
    path = csv_file((mark + text).encode(encoding))
    argv = ["resample", path, "-t", "kind", *options, "-q"]
    assert run(*argv, "--technique", "none").out == path.read_bytes()
    output = run(*argv, "--technique", "smote").out
    assert output.startswith(path.read_bytes())
    assert len(cells_of(output.decode(encoding).removeprefix("\ufeff").encode())) == 61
    assert encoding in run("inspect", path, "-t", "kind", *options).text


@pytest.mark.parametrize("delimiter", ["|", "\\", "[", "^", ","])
@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        pytest.param("cp932", ["\u30dd\u30fc\u30c8", "\u8868", "\u4e8c\u4e94\u5341"], id="japanese"),
        pytest.param("big5", ["\u8a31", "\u529f\u80fd", "\u84cb"], id="traditional-chinese"),
        pytest.param("gb18030", ["\u4e02\u4e90", "\u9f98\u9f62", "\u5f20"], id="chinese"),
    ],
)
def test_a_delimiter_that_is_half_a_character_elsewhere_cuts_characters_nowhere(
    encoding: str, words: list[str], delimiter: str, run: Run, csv_file: CsvFile
) -> None:
    rows = [f"{row % 11}.5{delimiter}{words[row % 3]}{delimiter}{'ab'[row % 4 == 0]}" for row in range(40)]
    data = (delimiter.join(["x", "word", "kind"]) + "\n" + "\n".join(rows) + "\n").encode(encoding)
    path = csv_file(data)
    argv = ["resample", path, "-t", "kind", "-d", delimiter, "--encoding", encoding, "-q"]
    assert run(*argv, "--technique", "none").out == data
    output = run(*argv, "--technique", "smote").out
    assert output.startswith(data)
    assert {row[1] for row in cells_of(output, delimiter, encoding)[1:]} == set(words)
