"""`rebalance train-eval` beside the pipeline one would write: the same folds, models, techniques and tuned threshold.

`python benchmarks/judge.py TABLE.csv --target COL [--same '{"A": "B"}'] [--runs N]` times both in turn, each a process
of its own with two jobs, and prints the averages of both and the ratio. The averages agree but for smote, whose
distances are not SMOTENC's, and for the draws of the random techniques.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from importlib.metadata import version

PEERS = ("imbalanced-learn", "scikit-learn", "pandas", "numpy")

SCRIPT = """
import json, sys
import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTENC, SMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV, cross_validate
from sklearn.preprocessing import OrdinalEncoder

path, target, same, jobs = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4])
table = pd.read_csv(path, sep=None, engine="python", skipinitialspace=False)
classes = table.pop(target).replace(same)
labels = (classes == classes.value_counts().idxmin()).astype(int)
texts = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
numbers = [name for name in table if name not in texts]
places = list(range(len(numbers), len(numbers) + len(texts)))
encode = ColumnTransformer([("numbers", "passthrough", numbers), ("texts", OrdinalEncoder(
    handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=250), texts)])
smote = SMOTENC(places, random_state=0) if texts else SMOTE(random_state=0)

def model(**settings):
    return HistGradientBoostingClassifier(categorical_features=places, early_stopping=False, random_state=0, **settings)

contenders = {
    "none": Pipeline([("encode", encode), ("model", model())]),
    "class-weight": Pipeline([("encode", encode), ("model", model(class_weight="balanced"))]),
    "random-under": Pipeline([("encode", encode), ("sample", RandomUnderSampler(random_state=0)), ("model", model())]),
    "random-over": Pipeline([("encode", encode), ("sample", RandomOverSampler(random_state=0)), ("model", model())]),
    "smote": Pipeline([("encode", encode), ("sample", smote), ("model", model())]),
}
contenders["none, tuned threshold"] = TunedThresholdClassifierCV(contenders["none"], scoring="f1")
found = {}
for name, contender in contenders.items():
    scores = cross_validate(contender, table, labels, cv=StratifiedKFold(5, shuffle=True, random_state=0), n_jobs=jobs,
                            scoring=["average_precision", "roc_auc", "neg_brier_score", "f1"], error_score="raise")
    found[name] = [scores["test_" + key].mean() for key in ("average_precision", "roc_auc", "neg_brier_score", "f1")]
print(json.dumps(found))
"""


def main() -> None:
    """Time both, print the comparison."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("table")
    options.add_argument("--target", required=True)
    options.add_argument("--same", type=json.loads, default={}, help="JSON: which label counts as which")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--jobs", type=int, default=2)
    chosen = options.parse_args()
    merged = [word for label, other in chosen.same.items() for word in ("--same-class", f"{label}={other}")]
    ours = [sys.executable, "-m", "rebalance", "train-eval", chosen.table, "--target", chosen.target, *merged]
    ours += ["--json", "--quiet", "--allow-duplicates-across-folds", "--jobs", str(chosen.jobs)]
    theirs = [sys.executable, "-c", SCRIPT, chosen.table, chosen.target, json.dumps(chosen.same), str(chosen.jobs)]
    seconds: dict[str, list[float]] = {"pipeline": [], "rebalance": []}
    for _ in range(chosen.runs):
        for name, command in (("pipeline", theirs), ("rebalance", ours)):
            begin = time.perf_counter()
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seconds[name].append(time.perf_counter() - begin)
            if name == "pipeline":
                expected = json.loads(out)
            else:
                found = json.loads(out)
    print(f"Python {sys.version.split()[0]}, " + ", ".join(f"{name} {version(name)}" for name in PEERS))
    print("\n| technique | | PR-AUC | ROC-AUC | Brier | F1 |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for contender in found["contenders"][1:]:
        as_is = contender["variant"] == "as is"
        name = contender["technique"] if as_is else f"{contender['technique']}, {contender['variant']}"
        if name in expected:
            own = [contender["figures"][key]["mean"] for key in ("pr_auc", "roc_auc", "brier", "f1")]
            for who, values in (("pipeline", expected[name]), ("rebalance", own)):
                print(f"| {name} | {who} | " + " | ".join(f"{abs(value):.4f}" for value in values) + " |")
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"\nmedians of {chosen.runs}: pipeline {medians['pipeline']:.1f} s, rebalance {medians['rebalance']:.1f} s,")
    print(f"ratio {medians['pipeline'] / medians['rebalance']:.2f}")


if __name__ == "__main__":
    main()
