"""Contenders are trained and tested as scikit-learn's cross-validation does."""

import numpy as np
import pytest
from conftest import CsvFile
from evaluations import features_and_rare_rows, separable_table
from sklearn import metrics
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from tables import compare_techniques, contender, open_table


def test_metrics_over_folds_are_those_of_scikit_learn_on_the_same_folds(csv_file: CsvFile) -> None:
    data = separable_table()
    features, rare = features_and_rare_rows(data)
    f1, roc_auc, pr_auc = [], [], []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=3).split(features, rare):
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=3).fit(features[train], rare[train])
        probability = model.predict_proba(features[test])[:, 1]
        f1.append(metrics.f1_score(rare[test], probability > 0.5))
        roc_auc.append(metrics.roc_auc_score(rare[test], probability))
        pr_auc.append(metrics.average_precision_score(rare[test], probability))
    with open_table(csv_file(data)) as table:
        none = contender(compare_techniques(table, "none", seed=3), "none").metrics
    assert none["f1"].mean == pytest.approx(np.mean(f1))
    assert none["f1"].sd == pytest.approx(np.std(f1, ddof=1))
    assert none["roc_auc"].mean == pytest.approx(np.mean(roc_auc))
    assert none["pr_auc"].mean == pytest.approx(np.mean(pr_auc))
