"""`rebalance train-eval` and the pipeline that users would write instead: same folds, models, techniques, threshold.

`python benchmarks/evaluation.py TABLE.csv --target COL [--label-aliases JSON] [--runs N]` runs both in turn, each in
a separate process with two jobs, and prints the mean metrics of both and the ratio of their times. The means agree
except for smote, whose distances differ from SMOTENC's, and for the random techniques, whose draws differ.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from typing import Any

PACKAGES = ("imbalanced-learn", "scikit-learn", "pandas", "numpy")

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

path, target, aliases, jobs = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4])
table = pd.read_csv(path, sep=None, engine="python", skipinitialspace=False)
classes = table.pop(target).replace(aliases)
labels = (classes == classes.value_counts().idxmin()).astype(int)
categories = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
numbers = [name for name in table if name not in categories]
positions = list(range(len(numbers), len(numbers) + len(categories)))
encode = ColumnTransformer([("numbers", "passthrough", numbers), ("categories", OrdinalEncoder(
    handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=250), categories)])
smote = SMOTENC(positions, random_state=0) if categories else SMOTE(random_state=0)

def model(**parameters):
    return HistGradientBoostingClassifier(
        categorical_features=positions, early_stopping=False, random_state=0, **parameters)

contenders = {
    "none": Pipeline([("encode", encode), ("model", model())]),
    "class-weight": Pipeline([("encode", encode), ("model", model(class_weight="balanced"))]),
    "random-under": Pipeline([("encode", encode), ("sample", RandomUnderSampler(random_state=0)), ("model", model())]),
    "random-over": Pipeline([("encode", encode), ("sample", RandomOverSampler(random_state=0)), ("model", model())]),
    "smote": Pipeline([("encode", encode), ("sample", smote), ("model", model())]),
}
contenders["none, tuned threshold"] = TunedThresholdClassifierCV(contenders["none"], scoring="f1")
means = {}
for name, contender in contenders.items():
    scores = cross_validate(contender, table, labels, cv=StratifiedKFold(5, shuffle=True, random_state=0), n_jobs=jobs,
                            scoring=["average_precision", "roc_auc", "neg_brier_score", "f1"], error_score="raise")
    means[name] = [scores["test_" + key].mean() for key in ("average_precision", "roc_auc", "neg_brier_score", "f1")]
print(json.dumps(means))
"""


def main() -> None:
    """Run both, and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table")
    parser.add_argument("--target", required=True)
    parser.add_argument("--label-aliases", type=json.loads, default={}, help="JSON: the class each label counts as")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    outputs: dict[str, Any] = {}
    seconds: dict[str, list[float]] = {"pipeline": [], "rebalance": []}
    for _ in range(options.runs):
        for tool, command in (("pipeline", pipeline_command(options)), ("rebalance", rebalance_command(options))):
            start = time.perf_counter()
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seconds[tool].append(time.perf_counter() - start)
            outputs[tool] = json.loads(output)
    print(f"Python {sys.version.split()[0]}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES))
    print_means(outputs["pipeline"], outputs["rebalance"]["contenders"])
    medians = {tool: statistics.median(values) for tool, values in seconds.items()}
    print(f"\nmedians of {options.runs}: pipeline {medians['pipeline']:.1f} s, rebalance {medians['rebalance']:.1f} s,")
    print(f"ratio {medians['pipeline'] / medians['rebalance']:.2f}")


def pipeline_command(options: argparse.Namespace) -> list[str]:
    """Return the command of the pipeline."""
    aliases = json.dumps(options.label_aliases)
    return [sys.executable, "-c", SCRIPT, options.table, options.target, aliases, str(options.jobs)]


def rebalance_command(options: argparse.Namespace) -> list[str]:
    """Return the command of `rebalance train-eval`."""
    command = [sys.executable, "-m", "rebalance", "train-eval", options.table, "--target", options.target]
    for label, other in options.label_aliases.items():
        command += ["--label-alias", f"{label}={other}"]
    return [*command, "--json", "--quiet", "--allow-duplicates-across-folds", "--jobs", str(options.jobs)]


def print_means(pipeline_means: dict[str, list[float]], contenders: list[dict[str, Any]]) -> None:
    """Print the mean metrics of the contenders that the pipeline has, too, as a Markdown table."""
    print("\n| technique | | PR-AUC | ROC-AUC | Brier | F1 |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for contender in contenders[1:]:  # the first is the baseline, which has learned nothing
        technique, variant = contender["technique"], contender["variant"]
        name = technique if variant == "unchanged" else f"{technique}, {variant}"
        if name in pipeline_means:
            means = [contender["metrics"][key]["mean"] for key in ("pr_auc", "roc_auc", "brier", "f1")]
            for tool, values in (("pipeline", pipeline_means[name]), ("rebalance", means)):
                print(f"| {name} | {tool} | " + " | ".join(f"{abs(value):.4f}" for value in values) + " |")


if __name__ == "__main__":
    main()
