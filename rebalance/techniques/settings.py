"""The settings of techniques: what can be set, its default, and the values allowed. Each is declared here once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from rebalance import defaults
from rebalance.errors import UsageError
from rebalance.text import meant_number

T = TypeVar("T", int, float, str, tuple[str, ...])


@dataclass(frozen=True)
class Setting(Generic[T]):
    """Something that a user can set for a technique, as in `smote:neighbors=3`."""

    name: str
    default: T
    help: str
    """One sentence: what it sets."""

    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[T, ...] = ()
    """The only values allowed; none: any."""

    aliases: tuple[str, ...] = ()
    """Other names for it that are understood."""

    def parse(self, text: str) -> T:
        """Return the value that `text` means. Raises UsageError, naming the setting, for one that is not allowed."""
        value: Any = text
        if isinstance(self.default, tuple):
            value = (text,) if text else ()
        elif not isinstance(self.default, str):
            try:
                value = type(self.default)(text)
            except ValueError:
                value = math.nan
        if not self._allows(value):
            meant = meant_number(text) if isinstance(self.default, float) else math.nan
            is_clear = self._allows(meant)
            hint = f"{self.name}={self.format(meant)}" if is_clear else f"for example {self.name}={self.format()}"
            if "=" in text:
                hint += ", and a colon before the next setting"
            raise UsageError(f"{self.name}={text}: not {self.allowed}", hint)
        return cast("T", value)

    def format(self, value: Any = None) -> str:
        """Return a value, or else the default, as it is typed; COLS stands for columns without a default."""
        value = self.default if value is None else value
        return (",".join(value) or "COLS") if isinstance(value, tuple) else str(value).removesuffix(".0")

    @property
    def allowed(self) -> str:
        """The values that are allowed, in words."""
        if self.choices:
            return " or ".join(map(str, self.choices))
        if isinstance(self.default, tuple):
            return "names of columns, indices or ranges such as 3-5, separated by commas"
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        if self.minimum is None:
            return kind
        return f"{kind} of at least {self.minimum:g}" + (
            "" if self.maximum is None else f" and at most {self.maximum:.10g}"
        )

    def _allows(self, value: Any) -> bool:
        if self.choices:
            return value in self.choices
        if isinstance(value, tuple | str):
            return bool(value)
        if not math.isfinite(value) or (self.minimum is not None and value < self.minimum):
            return False
        return self.maximum is None or value <= self.maximum


NEIGHBORS = Setting(
    "neighbors",
    5,
    "The second source row is drawn from so many nearest neighbors of the first.",
    minimum=1,
    aliases=("k", "k-neighbors", "n-neighbors"),
)
NEIGHBOR_SEARCH = Setting(
    "neighbor-search",
    "auto",
    "How neighbors are found: exact, approximate with an index, or auto: exact unless that takes long.",
    choices=("auto", "exact", "approximate"),
)
KIND = Setting(
    "kind", 1, "1: interpolate towards rows of the same class; 2: towards rows of any class.", choices=(1, 2)
)
VERSION = Setting(
    "version",
    1,
    "Keep the rows with the smallest mean distance to their 3 nearest (1) or 3 farthest (2) rows of the smallest class;"
    " or, of the rows next to that class, those with the largest such distance (3).",
    choices=(1, 2, 3),
)
BETA = Setting(
    "beta",
    0.999,
    "How slowly additional rows of a class lose weight; near 1, weights are those of class-weight.",
    0,
    0.999999999,
)
PERTURBATION = Setting(
    "perturbation",
    0.02,
    "The largest standard deviation of the noise, as a fraction of the standard deviation in the range.",
    0,
    10,
)
ALPHA = Setting("alpha", 1.0, "How strongly weights fall with the density of the target; 0: not at all.", 0, 1e6)
FENCE = Setting(
    "fence", defaults.FENCE, "The distance of the fences from the quartiles, in interquartile ranges.", 0, 1e6
)
COLUMNS: Setting[tuple[str, ...]] = Setting("columns", (), "The columns to treat; by default the target.")
METHOD = Setting(
    "method",
    "tukey",
    "tukey: values beyond the fences; isolation-forest: rows that a forest of random trees isolates.",
    choices=("tukey", "isolation-forest"),
)

OPTIONS_OF_ALL = {
    "sampling-strategy": "--ratio R or --count LABEL=N",
    "ratio": "--ratio R",
    "count": "--count LABEL=N",
    "random-state": "--seed N",
    "seed": "--seed N",
    "n-jobs": "--jobs N of train-eval",
    "categorical-features": "--role COL=category",
    "strict": "--strict",
}
"""What imbalanced-learn, or a user, sets for one technique, and rebalance for a whole run, by an option."""


@dataclass(frozen=True)
class TechniqueParams:
    """The values of a technique's settings: those given, or else the defaults."""

    given: Mapping[str, Any] = field(default_factory=dict)
    """The values that the user has set, by the setting's name."""

    def __getitem__(self, setting: Setting[T]) -> T:
        return cast("T", self.given.get(setting.name, setting.default))
