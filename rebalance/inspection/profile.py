"""The profile of a table, whatever its target."""

from rebalance.errors import UsageError
from rebalance.inspection.columns import Profile
from rebalance.table.table import Table
from rebalance.table.task import Task


def profile_table(table: Table, *, target_only: bool = False) -> Profile:
    """Return the profile of a table; `target_only`: read nothing but the classes.

    Raises UsageError if that is wanted of a numeric target.
    """
    if table.target.task is Task.CLASSIFICATION:
        from rebalance.inspection.classes import profile_classes

        return profile_classes(table, classes_only=target_only)
    from rebalance.inspection.numeric import profile_numeric_target

    if target_only:
        raise UsageError("--classes-only: the target is numeric", "leave it out, or use --task classification")
    return profile_numeric_target(table)


def profile_type(task: Task) -> type[Profile]:
    """Return the kind of profile that a task has."""
    if task is Task.CLASSIFICATION:
        from rebalance.inspection.classes import ClassProfile

        return ClassProfile
    from rebalance.inspection.numeric import NumericTargetProfile

    return NumericTargetProfile
