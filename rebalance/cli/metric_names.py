"""Names of metrics on the command line, and limits on them."""

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rebalance.errors import UsageError, did_you_mean
from rebalance.gates import Gate, typed_name
from rebalance.text import meant_number


def parse_fail_if(texts: Sequence[str], names: Mapping[str, str]) -> list[Gate]:
    """Return the gates of conditions such as `ratio>10`, on the values in `names` (name to display name)."""
    return [_parse_gate(text, "--fail-if", r"<=|>=|<|>", names) for text in texts]


def parse_fail_under(texts: Sequence[str], names: Mapping[str, str]) -> list[Gate]:
    """Return the gates of minima such as `f1=0.7`."""
    gates = [_parse_gate(text, "--fail-under", "=", names) for text in texts]
    return [replace(gate, sign="<") for gate in gates]


def find_name(text: str, option: str, names: Mapping[str, str]) -> str:
    """Return the key of `names` that `text` means; the values are display names, which count as well.

    `pr-auc`, `PR_AUC` and `PR AUC` are the same. Raises UsageError if there is none.
    """
    name = _lookup(text, names)
    if name is not None:
        return name
    known = [name.replace("_", "-") for name in names]
    word = _folded(text).replace("_", "-")
    meant = f"did you mean {_METRIC_WORDS[word]!r}?" if _METRIC_WORDS.get(word) in known else did_you_mean(word, known)
    raise UsageError(f"{option} {text}: there is no such metric", meant or "one of " + ", ".join(known))


_METRIC_WORDS = {
    "average-precision": "pr-auc",
    "ap": "pr-auc",
    "aucpr": "pr-auc",
    "auprc": "pr-auc",
    "auc": "roc-auc",
    "auroc": "roc-auc",
    "roc": "roc-auc",
    "roc-auc-score": "roc-auc",
    "accuracy": "balanced-accuracy",
    "acc": "balanced-accuracy",
    "bacc": "balanced-accuracy",
    "f1-score": "f1",
    "f-score": "f1",
    "f1-macro": "macro-f1",
    "f1-weighted": "weighted-f1",
    "sensitivity": "recall",
    "tpr": "recall",
    "tnr": "specificity",
    "ppv": "precision",
    "gmean": "g-mean",
    "geometric-mean-score": "g-mean",
    "matthews-corrcoef": "mcc",
    "brier-score": "brier",
    "brier-score-loss": "brier",
    "logloss": "log-loss",
    "cross-entropy": "log-loss",
    "ece": "expected-calibration-error",
    "mse": "rmse",
    "mean-squared-error": "rmse",
    "mean-absolute-error": "mae",
    "r2-score": "r2",
    "rsquared": "r2",
    "ratio": "imbalance-ratio",
}
"""What the field calls a metric, with hyphens, and its name here."""


def _lookup(text: str, names: Mapping[str, str]) -> str | None:
    wanted = _folded(text)
    return next((name for name, display in names.items() if wanted in (_folded(name), _folded(display))), None)


def _folded(text: str) -> str:
    return re.sub(r"[-\s_]+", "_", text.strip()).casefold()


def _parse_gate(text: str, option: str, signs: str, names: Mapping[str, str]) -> Gate:
    match = re.fullmatch(rf"\s*([^<>=]+?)\s*({signs})\s*(\S+)\s*", text)
    if not match:
        form = "METRIC=X" if signs == "=" else "METRIC>X"
        raise UsageError(f"{option} {text}: not {form}", _example(text, option, signs, names))
    limit = _float(match[3])
    if not math.isfinite(limit):
        raise UsageError(f"{option} {text}: {match[3]} is not a number", _example(text, option, signs, names))
    found = find_name(match[1], option, names)
    return Gate(found, match[2], limit, f"{option} {shlex.quote(f'{typed_name(found)}{match[2]}{match[3]}')}")


def _example(text: str, option: str, signs: str, names: Mapping[str, str]) -> str:
    """Return what was probably meant: the name and the number typed, and the sign that fails the worse side."""
    from rebalance.evaluate.metrics import METRICS

    parts = re.split(r"\s*[<>=:]+\s*|\s+(?=[0-9.])", text.strip(), maxsplit=1)
    name = _lookup(parts[0], names) or next(iter(names))
    meant = meant_number(parts[1]) if len(parts) > 1 else math.nan
    limit = "0.5" if math.isnan(meant) else f"{meant:g}"
    is_better_greater = METRICS[name].sign > 0 if name in METRICS else name in _BETTER_GREATER
    sign = "=" if signs == "=" else "<" if is_better_greater else ">"
    quoted = f"{option} {shlex.quote(f'{typed_name(name)}{sign}{limit}')}"
    hint = "" if "<" in text or ">" in text or signs == "=" else "; quote it, or the shell takes > for a file"
    return f"for example {quoted}{hint}" if math.isnan(meant) else f"{quoted}{hint}"


_BETTER_GREATER = ("min-count", "rows", "classes")
"""Values of a table of which too few fail a run."""


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
