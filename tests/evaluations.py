"""Tables from which something can be learned, or nothing, and what models learn from them."""

import json
import math
import random
from typing import Any

import numpy as np
from shell import run_train_eval
from tables import cells_of

from rebalance.arrays import Bool, Float64
from rebalance.evaluate.features import Features
from rebalance.evaluate.fit import FitContext
from rebalance.evaluate.task import TaskWishes
from rebalance.evaluate.tasks import EVALUATION_TASKS
from rebalance.resample.planner import ResampleRequest
from rebalance.table.table import Table


def noise_table(rows: int = 600, seed: int = 5, copies: int = 1) -> bytes:
    """Columns that are independent of the class, one row in twenty rare; each rare row stands `copies` times."""
    draw = random.Random(seed)
    lines = ["a,b,c,kind"]
    for number in range(rows):
        cells = f"{draw.gauss(0, 1):.4f},{draw.gauss(0, 1):.4f},{draw.choice('uvw')}"
        rare = number % 20 == 0
        lines += [f"{cells},{'rare' if rare else 'usual'}"] * (copies if rare else 1)
    return "\n".join(lines).encode() + b"\n"


def separable_table(rows: int = 400, seed: int = 6) -> bytes:
    """Two columns that depend on the class, one row in eight rare."""
    draw = random.Random(seed)
    lines = ["a,b,kind"]
    for number in range(rows):
        rare = number % 8 == 0
        lines.append(f"{draw.gauss(rare, 1):.4f},{draw.gauss(rare, 1):.4f},{'rare' if rare else 'usual'}")
    return "\n".join(lines).encode() + b"\n"


def shifted_table(rows: int, seed: int, shift: float) -> bytes:
    """Two columns; one row in twenty is rare, and its first column is higher by `shift`."""
    draw = random.Random(seed)
    lines = ["a,b,kind"]
    for number in range(rows):
        center = shift if number % 20 == 0 else 0
        lines.append(f"{draw.gauss(center, 1):.4f},{draw.gauss(0, 1):.4f},{'rare' if center else 'usual'}")
    return "\n".join(lines).encode() + b"\n"


def exponential_table(rows: int = 240, seed: int = 9, noise: float = 0.3) -> bytes:
    """A numeric target that grows exponentially with a column: a linear model can learn its logarithm."""
    draw = random.Random(seed)
    lines = ["a,b,kind"]
    for _ in range(rows):
        a = draw.gauss(0, 1.2)
        lines.append(f"{a:.4f},{draw.choice('xyz')},{math.exp(2 + a + draw.gauss(0, noise)):.4f}")
    return "\n".join(lines).encode() + b"\n"


def features_and_rare_rows(data: bytes) -> tuple[Float64, Bool]:
    """The two columns of a table, and which of its rows are rare."""
    rows = cells_of(data)[1:]
    return np.array([[float(cell) for cell in row[:2]] for row in rows]), np.array([row[2] == "rare" for row in rows])


def fit_context(table: Table, wishes: TaskWishes | None = None) -> FitContext:
    """What all contenders of a comparison of the whole table share."""
    task = EVALUATION_TASKS[table.target.task].create(table, np.arange(len(table)), wishes or TaskWishes(), None)
    return FitContext(table.load(), Features(table), ResampleRequest(), task, seed=0)


def evaluation_of(*argv: object) -> Any:
    """What `train-eval --json` reports."""
    return json.loads(run_train_eval(*argv, "--json").text)
