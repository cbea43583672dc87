"""What is typed wrongly, or cannot be done: the exit code, and what the user reads."""

import pytest
from conftest import SAMPLE_DATA, Run

ORDERS = SAMPLE_DATA / "orders.csv"


def test_a_target_without_a_label_is_looked_at_all_the_same(run: Run) -> None:
    ran = run("inspect", "-", "-t", "kind", stdin=b"x,kind\n1,\n2,\n")
    assert (ran.code, ran.text.count("2 rows have no label")) == (0, 1)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["resample", ORDERS, "-t", "fraud", "--technique", "smot"], 2, "did you mean 'smote'"),
        (["resample", ORDERS, "-t", "fruad", "--technique", "smote"], 2, "did you mean 'fraud'"),
        (["resample", ORDERS, "--technique", "smote"], 2, "--target COL is missing"),
        (["resample", ORDERS, "-t", "fraud"], 2, "--technique NAME is missing"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--ratio", "2"], 2, "--ratio 2"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--count", "yes"], 2, "not LABEL=N"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--count", "yes=1,0"], 2, "not a whole number"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote+"], 2, "  --technique smote\n"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote,enn"], 2, "  --technique smote+enn\n"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "-o", ""], 2, "an output has no name"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--drop", "5-3"], 2, "  --drop 3-5\n"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "-d", ";"], 2, "better left out"),
        (["train-eval", ORDERS, "-t", "fraud", "--fail-under", "f1=90"], 2, "--fail-under 'f1=0.9'"),
        (["train-eval", ORDERS, "-t", "fraud", "--fail-if", "brier>7"], 2, "Brier is at least 0 and at most 2"),
        (["train-eval", ORDERS, "-t", "fraud", "--model", "sklearn.svm:SVX"], 2, "'SVC'"),
        (["train-eval", ORDERS, "-t", "fraud", "--model", "xgboost"], 2, "--model package.module:Class"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--count", "Yes=9"], 2, "did you mean 'yes'"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--mark", "items"], 2, "already a column"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "-d", "ab"], 2, "one character"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--encoding", "utf-16"], 2, "iconv"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--role", "items=what"], 2, "COL=ROLE"),
        (["resample", ORDERS, "-t", "99", "--technique", "smote"], 2, "numbered 1 to 10"),
        (["train-eval", ORDERS, "-t", "fraud", "--cv", "1"], 2, "rows to train on"),
        (["train-eval", ORDERS, "-t", "fraud", "--cv", "3", "--test-size", ".5"], 2, "give one of them"),
        (["train-eval", ORDERS, "-t", "fraud", "--model", "forest"], 2, "no model 'forest'"),
        (["train-eval", ORDERS, "-t", "fraud", "--report", "r.pdf"], 2, ".json"),
        (["inspect", ORDERS, "--nonsense"], 2, "--nonsense"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--seed", 2**32], 2, "--seed"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--count", f"yes={10**20}"], 2, "too many rows"),
        (
            ["resample", ORDERS, "-t", "fraud", "--technique", "none", "--ratio", ".5"],
            2,
            "--ratio has no meaning for none",
        ),
        (
            ["resample", ORDERS, "-t", "fraud", "--technique", "rose", "--kind", "2"],
            2,
            "--kind has no meaning for rose",
        ),
        (["resample", ORDERS, "-t", "fraud", "--technique", "tomek-links", "--count", "no=9"], 2, "--count has no"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--technique", "rose"], 2, "smote+rose"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "-o", "x.zip"], 2, ".gz"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--holdout", ".2"], 2, "--holdout-output"),
        (
            ["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--role", "country=number"],
            2,
            "none of its cells",
        ),
        (
            ["resample", ORDERS, "-t", "fraud", "--technique", "none", "--mark", "\u2603", "--encoding", "latin-1"],
            2,
            "ASCII",
        ),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--ratio", "10%"], 2, "  --ratio 0.1\n"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--ratio", "0,5"], 2, "  --ratio 0.5\n"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--ratio", "nan"], 2, "for example --ratio 0.5"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--ratio", "150%"], 2, "for example --ratio 0.5"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--ratio", "1,000"], 2, "for example --ratio 0.5"),
        (
            ["resample", ORDERS, "-t", "fraud", "--technique", "effective-number", "--beta", "99.99999%"],
            2,
            "--beta 0.9999999\n",
        ),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "-k", "0"], 2, "for example --neighbors 5"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "-k", "2.5"], 2, "not a whole number from 1 on"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "near-miss", "--version", "4"], 2, "from 1 to 3"),
        (["resample", ORDERS, "-t", "price", "--technique", "smogn", "--perturbation", "11"], 2, "from 0 to 10"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "effective-number", "--beta", "1"], 2, "0 to 0.999999999"),
        (["train-eval", ORDERS, "-t", "fraud", "--fail-under", "f1>0.5"], 2, "for example --fail-under 'f1=0.5'"),
        (["train-eval", ORDERS, "-t", "fraud", "--fail-under", "F1 0.5"], 2, "for example --fail-under 'f1=0.5'"),
        (["train-eval", ORDERS, "-t", "fraud", "--fail-under", "x>0.5"], 2, "for example --fail-under 'pr-auc=0.5'"),
        (["inspect", "nowhere.csv", "-t", "fraud"], 3, "there is no file nowhere.csv"),
        (["inspect", SAMPLE_DATA, "-t", "fraud"], 3, "is a directory"),
        (["resample", ORDERS, "-t", "coupon", "--technique", "smote", "-o", SAMPLE_DATA], 3, "is a directory"),
        (["resample", ORDERS, "-t", "order_id", "--technique", "smote"], 3, "different in every row"),
        (["inspect", ORDERS, "-t", "fraud", "--missing", "\udcff"], 2, "--missing"),
        (["inspect", "no/such/file.csv", "-t", "fraud"], 3, "there is no folder no/such either"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "-o", "no/such/folder.csv"], 3, "cannot write"),
        (["resample", ORDERS, "-t", "amount", "--technique", "tomek-links"], 2, "not for a target that is a quantity"),
        (["resample", ORDERS, "-t", "coupon", "--technique", "smote"], 3, "--drop-unlabelled"),
        (["resample", ORDERS, "-t", "fraud", "--technique", "smote", "--count", "no=3"], 3, "random-under"),
    ],
)
def test_a_mistake_ends_with_its_code_and_says_what_to_type(
    words: list[object], code: int, says: str, run: Run
) -> None:
    ran = run(*words)
    assert ran.code == code
    assert says in ran.err
    assert ran.out == b""
    assert len(ran.err.splitlines()) <= 4
