"""Predicted probabilities are corrected for the change that a plan makes to the classes' priors."""

import json
from pathlib import Path

import pytest
from shell import ORDERS, Run


def test_the_prior_ratio_in_the_manifest_corrects_the_probabilities_of_a_model(run: Run, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    argv = ["resample", ORDERS, "-t", "fraud", "--technique", "random-over", "-o", tmp_path / "out.csv", "-q"]
    run(*argv, "--manifest", manifest)
    ratio = json.loads(manifest.read_text())["prior_ratio"]
    predicted = {"yes": 0.5, "no": 0.5}  # by a model that only knows the balanced classes
    scaled = {label: probability * ratio[label] for label, probability in predicted.items()}
    assert scaled["yes"] / sum(scaled.values()) == pytest.approx(80 / 2000)
