"""What figures and rows depend on besides the input and the options."""

import platform
from importlib.metadata import version

from rebalance import __version__

_PACKAGES = ("numpy", "pandas", "pyarrow", "scikit-learn", "imbalanced-learn", "scipy")


def versions() -> dict[str, str]:
    """Return the versions of everything that the same input gives the same bytes with."""
    own = {"rebalance": __version__, "python": platform.python_version()}
    return {**own, **{name: version(name) for name in _PACKAGES}}
