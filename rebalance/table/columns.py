"""What each column is: its role, and how it writes its cells."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Self

from rebalance.table.date_detection import DayOrder
from rebalance.table.date_format import DateFormat
from rebalance.table.number_detection import Mark
from rebalance.table.number_format import NumberFormat
from rebalance.table.number_render import number_text


class Distance(Enum):
    """How a column takes part in the distance between two rows."""

    NONE = "not at all"
    STANDARDIZED = "as a number, in standard deviations"
    MISMATCH = "two different values are one standard deviation apart"


class SyntheticValue(Enum):
    """What a synthetic row holds in a column."""

    INTERPOLATED = "a value between those of its two source rows"
    NEARER = "the value of the nearer of its two source rows"
    EMPTY = "nothing"
    TARGET = "its class, or a number between the targets of its two source rows"


class Role(StrEnum):
    """What a column means, and what follows from that. A new role is a new entry here."""

    distance: Distance
    """How the column takes part in distances, unless the user excludes it."""

    synthetic: SyntheticValue
    """What a synthetic row holds in the column."""

    is_feature: bool
    """Whether models learn from the column."""

    is_assignable: bool
    """Whether the user can give a column this role with --role."""

    remark: str
    """What `inspect` says of a column in this role."""

    def __new__(  # noqa: D102  see the class
        cls,
        value: str,
        distance: Distance,
        synthetic: SyntheticValue,
        is_feature: bool,
        is_assignable: bool = True,
        remark: str = "",
    ) -> Self:
        role = str.__new__(cls, value)
        role._value_ = value
        role.distance, role.synthetic, role.is_feature = distance, synthetic, is_feature
        role.is_assignable, role.remark = is_assignable, remark
        return role

    TARGET = "target", Distance.NONE, SyntheticValue.TARGET, False, False
    NUMBER = "number", Distance.STANDARDIZED, SyntheticValue.INTERPOLATED, True
    CATEGORY = "category", Distance.MISMATCH, SyntheticValue.NEARER, True
    DATE = "date", Distance.STANDARDIZED, SyntheticValue.INTERPOLATED, True
    TEXT = (
        "text",
        Distance.NONE,
        SyntheticValue.NEARER,
        False,
        True,
        "not used for nearest neighbors or by models, copied to synthetic rows",
    )
    ID = (
        "id",
        Distance.NONE,
        SyntheticValue.EMPTY,
        False,
        True,
        "not used for nearest neighbors or by models, empty in synthetic rows",
    )
    CONSTANT = "constant", Distance.NONE, SyntheticValue.NEARER, False
    WEIGHT = (
        "weight",
        Distance.NONE,
        SyntheticValue.NEARER,
        False,
        True,
        "how much each row counts: used by weighting techniques and by models, not as a feature",
    )

    @property
    def is_measured(self) -> bool:
        """Whether cells are read as floats; cells of all other roles are strings."""
        return self.distance is Distance.STANDARDIZED

    @property
    def has_cells(self) -> bool:
        """Whether synthetic rows and models need the column's cells."""
        return self.synthetic not in (SyntheticValue.EMPTY, SyntheticValue.TARGET)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its position, its role, and how it writes its cells."""

    index: int
    """Its position in the file, from 0."""

    name: str
    """Its name in the header."""

    role: Role
    """What it means."""

    quoted: bool = False
    """Whether every cell is quoted, needed or not."""

    number: NumberFormat | None = None
    """How its numbers are written, if it holds numbers."""

    date: DateFormat | None = None
    """How its dates are written, if it holds dates."""

    missing: frozenset[str] = frozenset()
    """The user's own markers of missing values, trimmed and in lower case."""

    is_two_valued: bool = False
    """Whether it has two numbers only, such as 0 and 1: then a synthetic row holds one of them, as for a category."""

    other: NumberFormat | DateFormat | None = None
    """The other way to read the same cells, where they do not show which one is meant."""

    example: str = ""
    """A cell that can be read both ways."""

    evidence: Mark | DayOrder | None = None
    """What the cells show of how other columns are to be read."""

    notes: tuple[str, ...] = ()
    """What the user should know of how the column is read."""

    invalid_note: str = ""
    """Which cells of a column of numbers or dates are neither."""

    @property
    def format(self) -> NumberFormat | DateFormat | None:
        """How its numbers or dates are written; None if it holds neither."""
        return self.number or self.date

    @property
    def writing(self) -> str:
        """How its numbers or dates are written: `$1,234.50`, `%d/%m/%Y`; empty if every program reads them."""
        if self.date is not None:
            return "" if self.date.is_iso else self.date.pattern
        return "" if self.number is None or self.number.is_common else number_text(_EXAMPLE, self.number).strip()

    @property
    def is_interpolated(self) -> bool:
        """Whether a synthetic cell lies between those of its two source rows."""
        return self.role.synthetic is SyntheticValue.INTERPOLATED and not self.is_two_valued

    @property
    def display_name(self) -> str:
        """The name for people: a column without a name is called by its position."""
        return self.name or f"(column {self.index + 1})"


_EXAMPLE = 1234.5
"""The number that shows how a column writes its numbers."""
