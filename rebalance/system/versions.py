"""The versions that results depend on, in addition to the input and the options."""

import platform
from importlib.metadata import version

from rebalance import __version__

_PACKAGES = ("numpy", "pandas", "pyarrow", "scikit-learn", "imbalanced-learn", "scipy")


def versions() -> dict[str, str]:
    """Return the version of every package that must be the same for the same input to give the same bytes."""
    own = {"rebalance": __version__, "python": platform.python_version()}
    return {**own, **{name: version(name) for name in _PACKAGES}}
