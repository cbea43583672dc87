"""Techniques for a target that is a quantity: ranges grown and shrunk, outliers, and what writes numbers anew."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from conftest import QUANTITIES, SHARED, Run
from rebalance.techniques.smogn import safe_distances
from scipy import stats
from tables import cells_of, opened, output_of, plan_of, range_counts, resampled

from rebalance.errors import DataError, UsageError
from rebalance.plan.rows import typed_targets
from rebalance.resample.planner import ResampleRequest
from rebalance.resample.writer import ExtraColumns
from rebalance.table.numeric_target import with_numeric_target
from rebalance.techniques.chain import find_chain
from rebalance.techniques.context import TechniqueParams
from rebalance.techniques.oversample import weighted_gap
from rebalance.techniques.weight import density_of

TARGETS = {name: [float(row[-1]) for row in cells_of(data)[1:]] for name, data in QUANTITIES.items()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_bytes(QUANTITIES["quantity"])
    return path


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "mixed.csv"
    path.write_bytes(QUANTITIES["mixed-quantity"])
    return path


def test_the_target_of_a_made_row_is_weighted_by_the_inverse_of_its_parents_distance() -> None:
    # with nothing but numbers it lies where the row lies; with one category that differs, and is as the seed's,
    # the seed is 0.25 * 2 away and the mate sqrt((0.75 * 2) ** 2 + 1)
    gap = np.array([0.25, 0.25, 0.75, 0.5])
    measured, mismatches = np.array([4.0, 4, 4, 0]), np.array([0.0, 1, 1, 0])
    to_mate = math.sqrt(1.5**2 + 1)
    expected = [0.25, 0.5 / (0.5 + to_mate), to_mate / (0.5 + to_mate), 0.5]
    assert weighted_gap(gap, measured, mismatches) == pytest.approx(expected)


def test_a_mate_is_near_if_it_is_less_than_half_the_median_distance_away() -> None:
    points = np.array([[0.0], [1], [3], [10]])
    # from 0: 1, 3 and 10, median 3; from 1: 1, 2, 9; from 3: 3, 2, 7; from 10: 10, 9, 7
    assert safe_distances(points, np.arange(4)) == pytest.approx([1.5, 1, 1.5, 4.5])


def test_smogn_interpolates_towards_near_mates_and_adds_noise_where_they_are_far(path: Path) -> None:
    with opened(path) as table:
        plan = plan_of(table, "smogn", ResampleRequest(options=TechniqueParams(perturbation=0.1)))
        assert table.target.numeric_target
        targets = table.target.numeric_target.numbers
    made = plan.synthetic
    assert made.noise
    assert made.target_gap is not None
    near = made.noise.sd == 0
    assert near.any()
    assert (~near).any()
    assert (made.base[~near] == made.neighbor[~near]).all()
    assert (made.gap[~near] == 0).all()
    assert (made.noise.sd[~near] <= 0.1).all()
    assert (made.base[near] != made.neighbor[near]).all()
    assert len(np.unique(made.noise.draw)) == len(made)
    moved = resampled(path, "smogn", ResampleRequest(options=TechniqueParams(perturbation=0.1)))
    values = np.array([float(row[-1]) for row in cells_of(moved)[1:]])[len(plan.keep) :]
    between = targets[made.base] + made.target_gap * (targets[made.neighbor] - targets[made.base])
    assert values[near] == pytest.approx(between[near], abs=0.0051)
    assert not np.allclose(values[~near], targets[made.base[~near]])


def test_no_noise_leaves_the_far_ones_where_their_seed_is(path: Path) -> None:
    with opened(path) as table:
        plan = plan_of(table, "smogn", ResampleRequest(options=TechniqueParams(perturbation=0.0)))
        assert table.target.numeric_target
        values = typed_targets(table, plan)[len(plan.keep) :]
        far = plan.synthetic.base == plan.synthetic.neighbor
        assert values[far] == pytest.approx(table.target.numeric_target.numbers[plan.synthetic.base[far]])


@pytest.mark.parametrize("technique", ["smote", "smogn", "rose"])
def test_a_made_target_stays_in_its_range_on_the_columns_grid_and_as_it_is_quoted(technique: str, mixed: Path) -> None:
    with opened(mixed) as table:
        plan = plan_of(table, technique)
        output = output_of(table, plan)
        assert table.target.numeric_target
        numeric_target = table.target.numeric_target
        labels = plan.synthetic.label
    rows = output.decode().rstrip("\n").split("\n")[-len(labels) :]
    cells = [row.rsplit(",", 1)[1] for row in rows]
    assert all(cell.startswith('"') and cell.endswith('"') for cell in cells)
    texts = [cell.strip('"') for cell in cells]
    assert {len(text.partition(".")[2]) for text in texts} == {2}
    assert numeric_target.codes(np.array([float(text) for text in texts])).tolist() == labels.tolist()


def test_a_count_is_of_a_range_and_a_wrong_one_is_answered_with_those_there_are(path: Path, run: Run) -> None:
    with opened(path) as table:
        low, common, high = table.target.labels
    words = ["resample", path, "-t", "kind", "--technique"]
    ran = run(*words, "smogn", "--count", f"{high}=50", "-q")
    assert ran.code == 0
    before = range_counts(path, path.read_bytes())
    assert range_counts(path, ran.out) == [before[0], before[1], 50]
    fewer = run(*words, "random-under", "--count", f"{common}=30", "-q")
    assert range_counts(path, fewer.out) == [before[0], 30, before[2]]
    wrong = run(*words, "smogn", "--count", "5..9=50")
    assert wrong.code == 2
    assert low in wrong.err


def test_density_weights_are_those_of_the_paper_computed_by_hand(tmp_path: Path) -> None:
    values = np.array([1.0, 1.2, 1.4, 2, 2.1, 9])
    width = values.std(ddof=1) * (4 / (3 * len(values))) ** 0.2
    density = np.array([stats.norm.pdf(values, at, width).mean() for at in values])
    assert density_of(values) == pytest.approx(density)
    scaled = (density - density.min()) / (density.max() - density.min())
    path = tmp_path / "in.csv"
    path.write_text("x,kind\n" + "".join(f"{n},{value}\n" for n, value in enumerate(values)))
    for alpha in (1.0, 0.5, 2.0):
        expected = np.maximum(1 - alpha * scaled, 1e-6)
        with opened(path) as table:
            plan = plan_of(
                with_numeric_target(table), "density-weight", ResampleRequest(options=TechniqueParams(alpha=alpha))
            )
        assert plan.weight == pytest.approx(expected / expected.mean())


def test_the_density_of_many_values_is_that_of_few_points_between_them() -> None:
    values = np.random.default_rng(0).lognormal(0, 1, 6000)
    width = values.std(ddof=1) * (4 / (3 * len(values))) ** 0.2
    at = np.quantile(values, [0.01, 0.3, 0.5, 0.9, 0.99])
    exact = np.array([stats.norm.pdf(values, point, width).mean() for point in at])
    found = np.interp(at, np.sort(values), density_of(values)[np.argsort(values)])
    assert found == pytest.approx(exact, rel=0.01)


def test_outliers_are_dropped_by_tukeys_fences(path: Path) -> None:
    values = np.array(TARGETS["quantity"])
    lower, upper = np.sort(values)[[37, 112]]  # Tukey's hinges of 150 values: the 38th from each end
    with opened(path) as table:
        wide = plan_of(table, "drop-outliers", ResampleRequest(options=TechniqueParams(fence=6.0)))
        usual = plan_of(table, "drop-outliers")
    for plan, fence in ((wide, 6), (usual, 1.5)):
        reach = fence * (upper - lower)
        assert plan.keep.tolist() == np.flatnonzero((values >= lower - reach) & (values <= upper + reach)).tolist()
    assert set(usual.keep) <= set(wide.keep) < set(range(150))


def test_outliers_can_be_those_of_other_columns_or_of_a_forest(path: Path, run: Run) -> None:
    words = ["resample", path, "-t", "kind", "--technique", "drop-outliers", "-q"]
    forest, again = (run(*words, "--method", "isolation-forest").out for _ in range(2))
    assert forest == again
    assert 75 < len(cells_of(forest)) < 151
    assert run(*words, "--columns", "width,height").out != run(*words).out
    assert run(*words, "--columns", "nothing").code == 2
    assert run(*words, "--method", "magic").code == 2


def test_clipping_writes_the_last_value_within_the_fences_and_touches_no_other_byte(path: Path) -> None:
    before = path.read_bytes().decode().split("\n")
    after = resampled(path, "clip-outliers").decode().split("\n")
    values = np.array(TARGETS["quantity"])
    with opened(path) as table:
        [clip] = plan_of(table, "clip-outliers").transforms
    low, high = clip.parameters["low"], clip.parameters["high"]
    assert {low, high} <= set(values)
    assert not clip.invertible
    for old, new, value in zip(before[1:], after[1:], values, strict=False):
        if low <= value <= high:
            assert new == old
        else:
            assert new == old.rsplit(",", 1)[0] + f",{min(max(value, low), high):.2f}"


@pytest.mark.parametrize("technique", ["log1p", "yeo-johnson", "quantile-normal"])
def test_what_is_written_anew_is_less_skewed_and_the_manifest_undoes_it(
    technique: str, run: Run, tmp_path: Path
) -> None:
    draw = random.Random(3)
    values = [draw.lognormvariate(2, 1) - (0 if technique == "log1p" else 4) for _ in range(200)]
    path, manifest = tmp_path / "in.csv", tmp_path / "m.json"
    path.write_text("x,y\n" + "".join(f"{n % 7},{value:.3f}\n" for n, value in enumerate(values)))
    words = ["resample", path, "-t", "y", "--technique", technique, "--keep-original"]
    ran = run(*words, "--manifest", manifest)
    assert ran.code == 0
    assert f"{technique} writes 200 cells of 'y' anew: skew " in ran.err
    header, *rows = cells_of(ran.out)
    assert header == ["x", "y", "y_original"]
    assert [row[2] for row in rows] == [f"{value:.3f}" for value in values]
    new, old = (np.array([float(row[at]) for row in rows]) for at in (1, 2))
    assert abs(stats.skew(new)) < abs(stats.skew(old)) / 2
    [transform] = json.loads(manifest.read_text())["transforms"]
    assert (transform["column"], transform["technique"]) == ("y", technique)
    assert invertible(technique, new, transform["parameters"]) == pytest.approx(old, rel=1e-4)


def invertible(technique: str, new: np.ndarray, parameters: dict[str, object]) -> np.ndarray:
    if technique == "log1p":
        return np.expm1(new)
    if technique == "quantile-normal":
        quantiles = np.array(parameters["quantiles"])
        return np.interp(stats.norm.cdf(new), np.linspace(0, 1, len(quantiles)), quantiles)
    power = float(str(parameters["lambda"]))
    with np.errstate(all="ignore"):
        return np.where(
            new >= 0, (new * power + 1) ** (1 / power) - 1, 1 - (1 - (2 - power) * new) ** (1 / (2 - power))
        )


def test_made_rows_are_written_anew_too_and_keep_what_they_would_have_been(path: Path, run: Run) -> None:
    words = ["resample", path, "-t", "kind", "-q", "--technique"]
    plain = cells_of(run(*words, "smogn").out)
    anew = cells_of(run(*words, "smogn+log1p", "--keep-original").out)
    assert [row[:3] for row in anew] == [row[:3] for row in plain]
    assert [row[4] for row in anew[1:]] == [row[3] for row in plain[1:]]
    assert [float(row[3]) for row in anew[1:]] == pytest.approx([math.log1p(float(row[3])) for row in plain[1:]])


def test_other_columns_can_be_written_anew_and_missing_cells_stay(mixed: Path) -> None:
    request = ResampleRequest(options=TechniqueParams(columns=("price,stock",)))
    before, after = cells_of(mixed.read_bytes()), cells_of(resampled(mixed, "yeo-johnson", request))
    for old, new in zip(before[1:], after[1:], strict=True):
        assert [cell for at, cell in enumerate(old) if at not in (3, 4)] == [
            cell for at, cell in enumerate(new) if at not in (3, 4)
        ]
        assert [cell in ("", "?") for cell in old[3:5]] == [cell in ("", "?") for cell in new[3:5]]
        assert old[4] != "?" or new[4] == "?"


def test_a_column_is_kept_only_under_a_name_that_is_free(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"width", b"kind_original", 1))
    with opened(path) as table, pytest.raises(UsageError, match="already a column 'kind_original'"):
        output_of(table, plan_of(table, "log1p"), ExtraColumns(originals=True))


@pytest.mark.parametrize(
    ("technique", "said"),
    [
        ("tomek-links", "tomek-links is not for a target that is a quantity"),
        ("log1p+smogn", "log1p must come last"),
        ("density-weight+random-over", "density-weight must come last"),
        ("log1p+smogn+log1p", "log1p must come last"),
    ],
)
def test_a_technique_that_does_not_fit_is_refused_with_those_that_do(
    technique: str, said: str, path: Path, run: Run
) -> None:
    ran = run("resample", path, "-t", "kind", "--technique", technique)
    assert ran.code == 2
    assert said in ran.err


def test_a_technique_for_a_quantity_is_refused_for_classes(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text("x,kind\n1,a\n2,b\n3,b\n")
    ran = run("resample", table, "-t", "kind", "--technique", "smogn")
    assert ran.code == 2
    assert "not for a target that is a class" in ran.err
    with pytest.raises(UsageError, match="one weight"):
        find_chain("class-weight+density-weight")


@pytest.mark.parametrize("words", [["drop-outliers", "--fence", "inf"], ["density-weight", "--alpha", "inf"]])
def test_an_option_without_end_is_a_wrong_option(words: list[str], path: Path, run: Run) -> None:
    assert run("resample", path, "-t", "kind", "--technique", *words).code == 2


@pytest.mark.parametrize("technique", ["drop-outliers", "clip-outliers"])
def test_fences_that_would_cut_off_all_but_one_value_are_refused(technique: str, run: Run, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text("x,kind\n" + "".join(f"{n},{n / 7 if n % 5 == 0 else 0:.2f}\n" for n in range(100)))
    ran = run("resample", table, "-t", "kind", "--technique", technique, "--task", "regression")
    assert ran.code == 3
    assert "are 0: its fences" in ran.err


def test_a_power_that_cannot_be_undone_is_refused(tmp_path: Path) -> None:
    draw = random.Random(1)
    path = tmp_path / "in.csv"
    path.write_text("x,kind\n" + "".join(f"{n},{10_000 + draw.lognormvariate(0, 1):.4f}\n" for n in range(300)))
    with opened(path) as table, pytest.raises(DataError, match="could not be undone"):
        plan_of(table, "yeo-johnson")


def test_a_marker_of_a_missing_value_makes_no_classes_of_a_quantity(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text("x,y\n" + "".join(f"{n},{n * 1.5 if n else 'NA'}\n" for n in range(200)))
    ran = run("resample", table, "-t", "y", "--technique", "density-weight", "--drop-unlabelled")
    assert ran.code == 0
    assert "a quantity" in ran.err
    assert len(cells_of(ran.out)) == 200


def test_ranges_are_those_of_the_rows_that_are_left_when_some_are_held_out(run: Run, tmp_path: Path) -> None:
    table, held, trace = tmp_path / "in.csv", tmp_path / "held.csv", tmp_path / "trace.csv"
    table.write_bytes(QUANTITIES["quantity"])
    words = ["resample", table, "-t", "kind", "--technique", "smote", "--holdout", 0.3, "--holdout-output", held]
    ran = run(*words, "--trace", trace)
    assert ran.code == 0
    kept = [float(row[-1]) for row in cells_of(ran.out)[1:]]
    ends = {end for line in cells_of(trace.read_bytes())[1:] for end in line[6].split("..")}
    assert {float(end) for end in ends} <= set(kept)
    logs = run(*words[:5], "log1p", *words[6:])
    assert "the rows held out are as they were: log1p wrote the others anew" in logs.err


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_cells_are_written_anew_between_any_other_bytes(encoding: str, tmp_path: Path) -> None:
    lines = [f'"caf\xe9 {n}";"{n},{n % 10}5";"a\r\n;b";{n},5' for n in range(1, 61)]
    path = tmp_path / "in.csv"
    path.write_bytes("\r\n".join(["note;size;more;kind", *lines]).encode(encoding))
    with opened(path, encoding=encoding) as table:
        table = with_numeric_target(table)  # noqa: PLW2901  whole numbers and a half, rarely repeated
        plan = plan_of(table, "log1p", ResampleRequest(options=TechniqueParams(columns=("size,kind",))))
        output = output_of(table, plan, ExtraColumns(originals=True)).decode(encoding)
    header, *rows = cells_of(output.encode(), ";")
    assert header == ["note", "size", "more", "kind", "size_original", "kind_original"]
    for number, row in enumerate(rows, 1):
        assert row[0] == f"caf\xe9 {number}"
        assert row[2] == "a\r\n;b"
        assert row[4:] == [f"{number},{number % 10}5", f"{number},5"]
        assert float(row[1].replace(",", ".")) == pytest.approx(math.log1p(float(row[4].replace(",", "."))))
        assert "," in row[3]
    assert output.count('"a\r\n;b"') == 60


def test_log1p_of_values_below_minus_one_is_refused_with_what_takes_them(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("x,kind\n" + "".join(f"{n},{n - 30}.5\n" for n in range(60)))
    with opened(path) as table, pytest.raises(DataError, match="above -1") as error:
        plan_of(table, "log1p")
    assert "yeo-johnson" in error.value.hint


def test_nothing_rare_is_refused_by_what_counts_and_no_matter_to_the_rest(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "in.csv"
    path.write_text("x,kind\n" + "".join(f"{n},{n}.5\n" for n in range(60)))
    ran = run("resample", path, "-t", "kind", "--technique", "smogn")
    assert ran.code == 3
    assert "no value of the target 'kind' is rare" in ran.err
    assert run("resample", path, "-t", "kind", "--technique", "density-weight", "-q").code == 0
    assert run("resample", path, "-t", "kind", "--technique", "random-over", "--relevance", "0:0,50:1", "-q").code == 0


@pytest.mark.parametrize("cells", [["1.5", "cheap"], ["1.5", "inf"], ["", "NA"], ["2.5", "2.5"]])
@pytest.mark.parametrize("command", ["resample", "train-eval"])
def test_a_target_that_is_no_quantity_is_refused_by_every_command(
    command: str, cells: list[str], run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("x,y\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells * 20)))
    words = ["--technique", "smogn"]
    ran = run(command, path, "-t", "y", "--task", "regression", *words)
    assert ran.code == 3
    assert len(ran.err.splitlines()) == 2


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real datasets are not here")
@pytest.mark.parametrize(
    ("name", "target"), [("forestfires", "area"), ("diamonds", "price"), ("california_housing", "median_house_value")]
)
def test_real_targets_are_balanced_and_their_records_stay(name: str, target: str, run: Run) -> None:
    path = SHARED / "data" / f"{name}.csv"
    ran = run("resample", path, "-t", target, "--technique", "smogn", "--ratio", 0.5, "-q")
    assert ran.code == 0, ran.err
    original = path.read_bytes().rstrip(b"\r\n")
    assert ran.out.startswith(original)
    assert len(ran.out) > len(original) + 1000
