"""What is typed wrongly, or cannot be done: the exit code, and what to type instead."""

from pathlib import Path
from typing import Any

import pytest
from shell import ORDERS, SAMPLE_DATA, Run, run_command

MAX_LINES = 4


def on_orders(command: str, *options: object, target: str = "fraud") -> list[object]:
    return [command, ORDERS, "-t", target, *options]


def smote(*options: object) -> list[object]:
    return on_orders("resample", "--technique", "smote", *options)


def apply(technique: str, *options: object, target: str = "fraud") -> list[object]:
    return on_orders("resample", "--technique", technique, *options, target=target)


def evaluate(*options: object) -> list[object]:
    return on_orders("train-eval", *options)


NAMES: dict[str, tuple[list[object], str]] = {
    "technique-mistyped": (apply("smot"), "did you mean 'smote'"),
    "technique-missing": (on_orders("resample"), "--technique NAME is missing"),
    "technique-twice": (smote("--technique", "rose"), "a chain is written --technique smote+rose"),
    "column-mistyped": (apply("smote", target="fruad"), "did you mean 'fraud'"),
    "column-number-too-large": (apply("smote", target="99"), "numbered 1 to 10"),
    "column-range-backwards": (smote("--drop", "5-3"), "  --drop 3-5\n"),
    "target-missing": (["resample", ORDERS, "--technique", "smote"], "--target COL is missing"),
    "class-in-other-case": (smote("--count", "Yes=9"), "did you mean 'yes'"),
    "model-mistyped": (evaluate("--model", "forest"), "no model 'forest'"),
    "model-of-scikit-learn-mistyped": (evaluate("--model", "sklearn.svm:SVX"), "'SVC'"),
    "model-of-another-package": (evaluate("--model", "xgboost"), "--model xgboost:XGBClassifier"),
    "option-unlike-any": (["inspect", ORDERS, "--nonsense"], "--nonsense"),
    "role-unlike-any": (smote("--role", "items=zzz"), "ROLE is one of number, category, date, text, id, constant"),
    "setting-without-value": (apply("smote:neighbors"), "for example smote:neighbors=5"),
    "setting-mistyped": (apply("smote:neighbours=3"), "did you mean 'neighbors'"),
}

CHAINS: dict[str, tuple[list[object], str]] = {
    "chain-without-end": (apply("smote+"), "  --technique smote\n"),
    "chain-with-comma": (apply("smote,enn"), "  --technique smote+enn\n"),
    "ratio-without-effect": (apply("none", "--ratio", ".5"), "--ratio has no effect on none"),
    "count-without-effect": (apply("tomek-links", "--count", "no=9"), "--count has no effect on tomek-links"),
    "setting-of-another-technique": (apply("rose:kind=2"), "rose has no settings"),
    "setting-as-option": (apply("rose", "--kind", "2"), "kind is a setting of a technique"),
    "technique-of-the-other-task": (
        apply("tomek-links", target="amount"),
        "tomek-links does not support regression",
    ),
}

NUMBERS: dict[str, tuple[list[object], str]] = {
    "ratio-above-1": (smote("--ratio", "2"), "--ratio 2"),
    "ratio-percent": (smote("--ratio", "10%"), "  --ratio 0.1\n"),
    "ratio-decimal-comma": (smote("--ratio", "0,5"), "  --ratio 0.5\n"),
    "ratio-nan": (smote("--ratio", "nan"), "for example --ratio 0.5"),
    "ratio-percent-above-100": (smote("--ratio", "150%"), "for example --ratio 0.5"),
    "ratio-thousands": (smote("--ratio", "1,000"), "for example --ratio 0.5"),
    "count-without-number": (smote("--count", "yes"), "not LABEL=N"),
    "count-with-comma": (smote("--count", "yes=1,0"), "not a whole number"),
    "count-too-large": (smote("--count", f"yes={10**20}"), "too many rows"),
    "seed-too-large": (smote("--seed", 2**32), "--seed"),
    "neighbors-zero": (smote("-k", "0"), "for example --neighbors 5"),
    "neighbors-fraction": (smote("-k", "2.5"), "not a whole number of at least 1"),
    "version-too-large": (apply("near-miss:version=4"), "not 1 or 2 or 3"),
    "perturbation-too-large": (
        apply("smogn:perturbation=11", target="price"),
        "not a number of at least 0 and at most 10",
    ),
    "beta-one": (apply("effective-number:beta=1"), "at least 0 and at most 0.999999999"),
    "beta-percent": (apply("effective-number:beta=99.99999%"), "at least 0 and at most 0.999999999"),
    "one-fold": (evaluate("--cv", "1"), "rows to train on"),
    "folds-and-test-size": (evaluate("--cv", "3", "--test-size", ".5"), "give one of them"),
}

GATES: dict[str, tuple[list[object], str]] = {
    "gate-as-percentage": (evaluate("--fail-under", "f1=90"), "--fail-under 'f1=0.9'"),
    "gate-out-of-range": (evaluate("--fail-if", "brier>7"), "Brier is at least 0 and at most 2"),
    "gate-with-another-sign": (evaluate("--fail-under", "f1>0.5"), "  --fail-under f1=0.5\n"),
    "gate-without-sign": (evaluate("--fail-under", "F1 0.5"), "  --fail-under f1=0.5\n"),
    "gate-on-unknown-metric": (evaluate("--fail-under", "x>0.5"), "  --fail-under pr-auc=0.5\n"),
}

TEXTS: dict[str, tuple[list[object], str]] = {
    "delimiter-not-in-the-file": (smote("-d", ";"), "or leave -d out"),
    "delimiter-of-two-characters": (smote("-d", "ab"), "one character"),
    "encoding-utf-7": (smote("--encoding", "utf-7"), "iconv"),
    "missing-not-text": (on_orders("inspect", "--missing", "\udcff"), "--missing"),
    "mark-already-a-column": (smote("--mark", "items"), "already a column"),
    "mark-not-in-the-encoding": (apply("none", "--mark", "\u2603", "--encoding", "latin-1"), "ASCII"),
    "role-no-cell-has": (smote("--role", "country=number"), "none of its cells"),
    "output-without-name": (smote("-o", ""), "-o: the value is empty"),
    "option-as-value": (smote("-o", "--dry-run"), "-o needs a value, and --dry-run is an option"),
    "option-with-one-dash": (smote("-output=o.csv"), "  --output=o.csv\n"),
    "short-option-with-equals": (smote("-o=o.csv"), "  -o o.csv\n"),
    "option-given-twice": (smote("-k", "3", "-k", "5"), "-k is given twice"),
    "option-with-empty-value": (evaluate("--test", ""), "--test: the value is empty"),
    "ratio-of-imbalanced-learn": (smote("--ratio", "not majority"), "leave --ratio out"),
    "ratio-as-proportion": (smote("--ratio", "1:4"), "  --ratio 0.25\n"),
    "ratio-as-counts": (smote("--ratio", "{'yes': 100}"), "  --count yes=100\n"),
    "count-with-colon": (smote("--count", "yes:90"), "  --count yes=90\n"),
    "counts-in-one": (smote("--count", "yes=90,no=90"), "  --count yes=90 --count no=90\n"),
    "technique-as-call": (
        apply("SMOTE(k_neighbors=3, random_state=4)"),
        "  --technique smote:neighbors=3 --seed 4\n",
    ),
    "setting-of-all-techniques": (apply("smote:sampling_strategy=0.5"), "use the option --ratio R"),
    "neighbors-that-are-fixed": (apply("enn:n_neighbors=5"), "its number of neighbors is fixed"),
    "gate-that-never-trips": (
        ("inspect", ORDERS, "-t", "fraud", "--fail-if", "missing>10"),
        "  --fail-if 'missing>0.1'\n",
    ),
    "gate-with-equals": (evaluate("--fail-if", "f1=0.7"), "--fail-if 'f1<0.7'"),
    "metric-of-scikit-learn": (evaluate("--rank-by", "average_precision"), "did you mean 'pr-auc'?"),
    "model-with-dots": (
        evaluate("--model", "sklearn.ensemble.ExtraTreesClassifier"),
        "  --model sklearn.ensemble:ExtraTreesClassifier\n",
    ),
    "model-with-parameters": (
        evaluate("--model", "random-forest:n_estimators=9"),
        "  --model random-forest --param n_estimators=9\n",
    ),
    "output-of-another-format": (smote("-o", "o.json"), "end the name in .csv"),
    "task-of-another-target": (apply("smogn"), "smogn does not support classification"),
    "output-zip": (smote("-o", "x.zip"), ".gz"),
    "report-pdf": (evaluate("--report", "r.pdf"), ".json"),
    "holdout-without-file": (smote("--holdout", ".2"), "--holdout-output"),
}

FILES_AND_DATA: dict[str, tuple[list[object], str]] = {
    "no-file": (["inspect", "nowhere.csv", "-t", "fraud"], "there is no file nowhere.csv"),
    "no-folder-of-the-file": (["inspect", "no/such/file.csv", "-t", "x"], "there is no folder no/such either"),
    "input-is-a-folder": (["inspect", SAMPLE_DATA, "-t", "fraud"], "is a directory"),
    "output-is-a-folder": (apply("smote", "-o", SAMPLE_DATA, target="coupon"), "is a directory"),
    "no-folder-of-the-output": (smote("-o", "no/such/folder.csv"), "cannot write"),
    "target-identifies-rows": (apply("smote", target="order_id"), "different label in every row"),
    "target-with-blanks": (apply("smote", target="coupon"), "--drop-unlabeled"),
    "count-below-the-present": (smote("--count", "no=3"), "random-under"),
}

MISTAKES = [
    pytest.param(argv, code, words, id=name)
    for table, code in (
        (NAMES, 2),
        (CHAINS, 2),
        (NUMBERS, 2),
        (GATES, 2),
        (TEXTS, 2),
        (FILES_AND_DATA, 3),
    )
    for name, (argv, words) in table.items()
]


@pytest.mark.parametrize(("argv", "code", "words"), MISTAKES)
def test_a_mistake_ends_with_its_code_and_what_to_type(
    argv: list[object], code: int, words: str, run: Run, tmp_path: Path
) -> None:
    ran = run(*argv, code=code, cwd=tmp_path)
    assert words in ran.err
    assert ran.out == b""
    assert len(ran.err.splitlines()) <= MAX_LINES
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("technique", "hint"),
    [
        pytest.param("effective-number:beta=99.99999%", "effective-number:beta=0.9999999\n", id="percent"),
        pytest.param("effective-number:beta=0,9", "effective-number:beta=0.9\n", id="decimal-comma"),
    ],
)
def test_a_setting_typed_as_a_percentage_is_answered_with_the_number_meant(technique: str, hint: str) -> None:
    assert hint in run_command(*apply(technique), code=2).err


def test_an_empty_target_is_inspected_and_not_resampled(run: Run) -> None:
    options: dict[str, Any] = {"stdin": b"x,kind\n1,\n2,\n"}
    assert run("inspect", "-", "-t", "kind", **options).text.count("2 rows have no label") == 1
    refused = run("resample", "-", "-t", "kind", "--technique", "random-over", code=3, **options)
    assert "'kind' is blank" in refused.err
