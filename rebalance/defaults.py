"""Defaults that help shows and that modules share: each stands here once, and loads no library."""

DEFAULT_FOLDS = 5
"""Folds of a cross-validation, as in scikit-learn."""

DEFAULT_RATIO = 1.0
"""Equal classes."""

DEFAULT_OBJECTIVE = "f1"
"""What thresholds are tuned for."""

CLASSIFICATION_METRIC, REGRESSION_METRIC = "pr_auc", "sera"
"""The metrics that rank contenders. Without rare values, numeric targets are ranked by RMSE."""

FENCE = 1.5
"""The distance of the fences of a box plot from the quartiles, in interquartile ranges (Tukey 1977)."""

RARE_THRESHOLD = 0.8
"""Values of a numeric target with at least this relevance are rare."""

WEIGHT_COLUMN = "sample_weight"
"""The column of weights, named as scikit-learn's parameter."""

MAX_JOBS = 8
"""Processes that train-eval starts: each loads the libraries again."""
