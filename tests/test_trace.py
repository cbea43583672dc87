"""Every made row can be traced, every run repeated, and rows can be set aside first."""

import hashlib
import json
import random
from pathlib import Path

import numpy as np
import pytest
from conftest import QUANTITIES, SAMPLE_DATA, TABLES, Run
from tables import cells_of

from rebalance.plan.rows import normal_deviates
from rebalance.techniques.registry import TECHNIQUES, Family

ORDERS = SAMPLE_DATA / "orders.csv"
BETWEEN = [
    t.name for t in TECHNIQUES if t.family is Family.OVER_SAMPLING and t.name not in ("random-over", "rose", "smogn")
]


@pytest.fixture
def numeric(tmp_path: Path) -> Path:
    path = tmp_path / "numeric.csv"
    path.write_bytes(TABLES["numeric"])
    return path


@pytest.mark.parametrize("technique", BETWEEN)
@pytest.mark.parametrize("shuffle", [[], ["--shuffle"]])
def test_the_trace_alone_gives_every_made_number_again(
    technique: str, shuffle: list[str], numeric: Path, run: Run, tmp_path: Path
) -> None:
    trace = tmp_path / "trace.csv"
    ran = run("resample", numeric, "-t", "kind", "--technique", technique, "--trace", trace, *shuffle)
    assert ran.code == 0
    before = cells_of(numeric.read_bytes())[1:]
    header, *traced = cells_of(trace.read_bytes())
    assert header == ["row", "origin", "seed", "mate", "gap", "spread", "class"]
    output = cells_of(ran.out)[1:]
    assert [int(line[0]) for line in traced] == list(range(1, len(output) + 1))
    sources = [row for row in before if row[-1] == "rare"]
    for row, (_, origin, seed, neighbor, gap, _, label) in zip(output, traced, strict=True):
        assert row[-1] == label
        first, second = before[int(seed) - 1], before[int(neighbor) - 1]
        if origin == "original":
            assert row == first
            continue
        for at, decimals in enumerate((3, 1, 0)):
            start, end = float(first[at]), float(second[at])
            seen = [float(row[at]) for row in sources]
            exact = min(max(start + float(gap) * (end - start), min(seen)), max(seen))
            assert row[at] == f"{exact:.{decimals}f}"


def test_the_trace_alone_gives_every_made_target_again(run: Run, tmp_path: Path) -> None:
    path, trace = tmp_path / "in.csv", tmp_path / "trace.csv"
    path.write_bytes(QUANTITIES["quantity"])
    ran = run("resample", path, "-t", "kind", "--technique", "smote", "--trace", trace)
    before, output = cells_of(path.read_bytes())[1:], cells_of(ran.out)[1:]
    header, *traced = cells_of(trace.read_bytes())
    assert header == ["row", "origin", "seed", "mate", "gap", "spread", "range", "target_gap"]
    assert len(traced) == len(output)
    for row, (_, origin, seed, neighbor, gap, _, span, target_gap) in zip(output, traced, strict=True):
        start, end = (float(before[int(parent) - 1][-1]) for parent in (seed, neighbor))
        assert row[-1] == f"{start + float(target_gap) * (end - start):.2f}"
        low, high = map(float, span.split(".."))
        assert low <= float(row[-1]) <= high
        if origin == "made":
            assert float(target_gap) == pytest.approx(float(gap))  # no categories: the distances are as the gap


def test_copies_are_traced_to_their_record(numeric: Path, run: Run, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    ran = run("resample", numeric, "-t", "kind", "--technique", "random-over", "--trace", trace)
    before, output = cells_of(numeric.read_bytes())[1:], cells_of(ran.out)[1:]
    traced = cells_of(trace.read_bytes())[1:]
    assert [line[1] for line in traced] == ["original"] * len(before) + ["made"] * (len(output) - len(before))
    assert all(row == before[int(line[2]) - 1] for row, line in zip(output, traced, strict=True))


def test_the_manifest_says_what_was_done_and_holds_no_cell(run: Run, tmp_path: Path) -> None:
    output, manifest = tmp_path / "out.csv.gz", tmp_path / "manifest.json"
    words = ["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--ratio", "0.5", "-o", output]
    assert run(*words, "--manifest", manifest).code == 0
    found = json.loads(manifest.read_text())
    assert found["input"]["sha256"] == hashlib.sha256(ORDERS.read_bytes()).hexdigest()
    assert found["output"]["sha256"] == hashlib.sha256(output.read_bytes()).hexdigest()
    assert found["counts_before"] == {"no": 1920, "yes": 80}
    assert found["counts_after"] == {"no": 1920, "yes": 960}
    assert found["roles"]["order_id"] == "id"
    assert found["neighbors"] == {"yes": 5}
    assert "numpy" in found["versions"]
    assert (found["holdout"], found["trace"], found["csv_safe"]) == (None, None, False)
    assert "leave at the door" not in manifest.read_text()
    assert "ORD-" not in manifest.read_text()


def test_the_odds_factors_undo_the_shift_in_probabilities(run: Run, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    words = ["resample", ORDERS, "-t", "fraud", "--technique", "random-over", "-o", tmp_path / "o", "-q"]
    run(*words, "--manifest", manifest)
    factor = json.loads(manifest.read_text())["prior_ratio"]
    predicted = {"yes": 0.5, "no": 0.5}  # what a model that knows nothing says after balancing
    scaled = {label: share * factor[label] for label, share in predicted.items()}
    assert scaled["yes"] / sum(scaled.values()) == pytest.approx(80 / 2000)


@pytest.mark.parametrize("packed", ["out.csv", "out.csv.zst"])
def test_standard_output_and_files_are_hashed_as_written(packed: str, run: Run, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    words = ["resample", ORDERS, "-t", "fraud", "--technique", "none", "--manifest", manifest]
    ran = run(*words)
    assert json.loads(manifest.read_text())["output"]["sha256"] == hashlib.sha256(ran.out).hexdigest()
    run(*words, "-o", tmp_path / packed)
    written = hashlib.sha256((tmp_path / packed).read_bytes()).hexdigest()
    assert json.loads(manifest.read_text())["output"]["sha256"] == written


def test_the_manifest_has_the_hash_of_every_file_written(run: Run, tmp_path: Path) -> None:
    names = {"output": "out.csv", "holdout": "held.csv", "trace": "trace.csv.gz"}
    words = ["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--csv-safe", "--holdout", "0.2"]
    words += ["-o", "out.csv", "--holdout-output", "held.csv", "--trace", "trace.csv.gz", "--manifest", "manifest.json"]
    assert run(*words, cwd=tmp_path).code == 0
    found = json.loads((tmp_path / "manifest.json").read_text())
    assert found["csv_safe"] is True
    for what, name in names.items():
        assert found[what]["file"] == name
        assert found[what]["sha256"] == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()


def test_a_holdout_is_set_aside_before_and_never_copied(run: Run, tmp_path: Path) -> None:
    held, out = tmp_path / "held.csv", tmp_path / "out.csv"
    words = ["--holdout", "0.25", "--holdout-output", held, "-o", out]
    assert run("resample", ORDERS, "-t", "fraud", "--technique", "random-over", *words).code == 0
    lines = ORDERS.read_text().splitlines()
    test, train = held.read_text().splitlines()[1:], out.read_text().splitlines()[1:]
    assert sum(line.endswith(",yes") for line in test) == 20
    assert len(test) == 500
    assert not set(test) & set(train)
    assert set(test) | set(train) == set(lines[1:])


def test_groups_are_never_split_up(run: Run, tmp_path: Path) -> None:
    draw = random.Random(8)
    path = tmp_path / "in.csv"
    rows = [f"c{n % 40},{draw.gauss(0, 1):.3f},{'yes' if n % 40 < 8 else 'no'}" for n in range(400)]
    path.write_text("\n".join(["customer,x,kind", *rows]) + "\n")
    held, out = tmp_path / "held.csv", tmp_path / "out.csv"
    words = ["--group", "customer", "--holdout", "0.3", "--holdout-output", held, "-o", out]
    assert run("resample", path, "-t", "kind", "--technique", "random-over", *words).code == 0
    customers = [{row[0] for row in cells_of(file.read_bytes())[1:]} for file in (held, out)]
    assert not customers[0] & customers[1]
    assert len(customers[0]) == 12
    assert run("train-eval", path, "-t", "kind", "--group", "customer", "--technique", "none", "--cv", 4).code == 0


def test_copies_of_a_record_never_straddle_a_fold(run: Run, tmp_path: Path) -> None:
    draw = random.Random(9)
    rows = [f"{draw.gauss(0, 1):.4f},{draw.gauss(0, 1):.4f},{'yes' if n % 10 == 0 else 'no'}" for n in range(300)]
    path = tmp_path / "noise.csv"
    path.write_text("\n".join(["a,b,kind", *rows * 3]) + "\n")
    ran = run("train-eval", path, "-t", "kind", "--technique", "none", "--model", "random-forest", "--json")
    metrics = json.loads(ran.text)["contenders"][0]["metrics"]
    assert metrics["roc_auc"]["mean"] < 0.7


def test_a_chain_runs_from_left_to_right(run: Run) -> None:
    chain = ["resample", ORDERS, "-t", "fraud", "--technique", "tomek-links+smote+class-weight", "--json", "--dry-run"]
    found = json.loads(run(*chain).text)
    assert found["classes"][0]["after"] < 1920
    assert found["classes"][0]["after"] == found["classes"][1]["after"]
    assert found["weights"] == {"no": 1.0, "yes": 1.0}
    wrong = run("resample", ORDERS, "-t", "fraud", "--technique", "class-weight+smote")
    assert wrong.code == 2
    assert "smote+class-weight" in wrong.err


def test_a_cleaner_after_a_grower_spares_the_class_that_was_smallest(run: Run, tmp_path: Path) -> None:
    header, *rows = ORDERS.read_text().splitlines()
    words = ["-t", "fraud", "--technique", "smote+edited-nn", "--json", "--dry-run"]
    for name, ordered in (
        ("a", sorted(rows, key=lambda row: row[-3:])),
        ("b", sorted(rows, key=lambda row: row[:2] + row[-2:])),
    ):
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join([header, *ordered]) + "\n")
        after = {
            change["label"]: change["after"] for change in json.loads(run("resample", path, *words).text)["classes"]
        }
        assert after["yes"] == 1920
        assert after["no"] < 1920


def test_each_step_of_a_chain_draws_anew(run: Run) -> None:
    chain = ["resample", ORDERS, "-t", "fraud", "-q", "--technique", "rose+random-under+rose", "--count", "yes=300"]
    rows = run(*chain).text.splitlines()
    assert len(rows) == len(set(rows))


def test_noise_has_the_spread_of_the_class_even_for_one_row(run: Run) -> None:
    words = ["resample", ORDERS, "-t", "fraud", "-q", "--technique", "rose", "--count", "yes=81"]
    *before, made = run(*words).text.splitlines()
    assert made[0] == ","
    assert made.split(",", 5)[4] not in {row.split(",", 5)[4] for row in before[1:]}


def test_a_chain_that_runs_out_of_classes_or_rows_says_so(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("x,kind\n" + "".join(f"{n * n},{'ab'[n % 2]}\n" for n in range(13)))
    ended = run("resample", path, "-t", "kind", "--technique", "edited-nn+tomek-links")
    assert ended.code == 3
    assert "leaves one class only: tomek-links cannot follow" in ended.err
    assert run("resample", path, "-t", "kind", "--technique", "smote-enn").code == 3
    assert run("resample", path, "-t", "kind", "--technique", "cluster-centroids", "--count", "a=0").code == 0


@pytest.mark.parametrize("words", [["--holdout", "0.0001", "--holdout-output", "held.csv"], []])
def test_setting_no_row_aside_is_refused(words: list[str], run: Run, tmp_path: Path) -> None:
    held = ["resample", ORDERS, "-t", "fraud", "--technique", "none", "-o", tmp_path / "o.csv", *words]
    judged = ["train-eval", ORDERS, "-t", "fraud", "--technique", "none", "--test-size", "0.0001"]
    ran = run(*(held if words else judged))
    assert ran.code == 3
    assert "sets no row aside" in ran.err


def test_other_names_of_smote_are_smote(run: Run) -> None:
    words = ["resample", ORDERS, "-t", "fraud", "-q", "--technique"]
    assert run(*words, "smote-nc").out == run(*words, "smote").out


def test_spellings_of_one_class_are_counted_as_one_and_kept_as_they_are(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    draw = random.Random(10)
    labels = ["<=50K", " <=50K.", ">50K"]
    rows = [f"{draw.gauss(0, 1):.3f},{labels[n % 5 % 3]}" for n in range(50)]
    path.write_text("\n".join(["x,kind", *rows]) + "\n")
    words = ["resample", path, "-t", "kind", "--label-aliases", "<=50K.=<=50K", "--technique", "smote", "--mark", "m"]
    ran = run(*words)
    assert ran.code == 0
    assert ran.out.decode().splitlines()[1:51] == [f"{row},0" for row in rows]
    made = [row[1] for row in cells_of(ran.out)[51:]]
    assert set(made) == {">50K"}
    assert len(made) == 30
    wrong = run("inspect", path, "-t", "kind", "--label-aliases", "a=b")
    assert wrong.code == 2
    assert "the labels are" in wrong.err


def test_what_the_user_names_as_missing_is_not_interpolated(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    draw = random.Random(11)
    rows = [
        f"{'999' if draw.random() < 0.3 else draw.randrange(1, 9)},{draw.gauss(0, 1):.3f},{'b' if n % 5 == 0 else 'a'}"
        for n in range(200)
    ]
    path.write_text("\n".join(["days,x,kind", *rows]) + "\n")
    words = ["resample", path, "-t", "kind", "--technique", "smote"]
    plain = {int(row[0]) for row in cells_of(run(*words).out)[201:]}
    named = {int(row[0]) for row in cells_of(run(*words, "--missing", "999").out)[201:]}
    assert any(9 < days < 999 for days in plain)
    assert named <= {*range(1, 9), 999}
    assert (
        json.loads(run("inspect", path, "-t", "kind", "--missing", "999", "--json").text)["columns"][0]["missing"] > 0
    )


def test_distances_are_measured_with_the_columns_named(run: Run, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    path = tmp_path / "in.csv"
    rows = [f"{n},{(n * 37) % 100},{'b' if n < 60 else 'a'}" for n in range(200)]
    path.write_text("\n".join(["near,far,kind", *rows]) + "\n")
    words = ["resample", path, "-t", "kind", "--role", "near=number", "--technique", "smote", "-k", 2]
    for option in (["--distance-columns", "near"], ["--distance-exclude", "far"]):
        run(*words, "--trace", trace, "-q", *option)
        made = [line for line in cells_of(trace.read_bytes())[1:] if line[1] == "made"]
        assert all(abs(int(line[2]) - int(line[3])) <= 2 for line in made)


def test_strict_refuses_what_would_be_adapted(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    rows = [f"{n * n},{'c' if n == 0 else 'b' if n < 4 else 'a'}" for n in range(40)]
    path.write_text("\n".join(["x,kind", *rows]) + "\n")
    words = ["resample", path, "-t", "kind", "--technique"]
    assert run(*words, "smote").code == 0
    strict = run(*words, "smote", "--strict")
    assert strict.code == 3
    assert "1 row" in strict.err
    assert "random-over" in strict.err
    few = run(*words, "smote", "--strict", "--count", "b=10")
    assert few.code == 3
    assert "'b' has 3 rows: 2 neighbours instead of 5, for which 6 are needed" in few.err
    assert run(*words, "near-miss").code == 3
    assert "needs 3 rows" in run(*words, "near-miss").err


def test_normal_deviates_are_normal_and_depend_on_their_number_alone() -> None:
    draws = np.arange(200_000)
    deviates = normal_deviates(7, draws, 3)
    assert deviates.mean() == pytest.approx(0, abs=0.01)
    assert deviates.std() == pytest.approx(1, abs=0.01)
    assert (normal_deviates(7, draws[5:9], 3) == deviates[5:9]).all()
    assert abs(np.corrcoef(deviates, normal_deviates(7, draws, 4))[0, 1]) < 0.01
    assert abs(np.corrcoef(deviates, normal_deviates(8, draws, 3))[0, 1]) < 0.01
