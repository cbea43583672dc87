"""Results as JSON, for programs."""

import dataclasses
import json
import math
from typing import Any


def to_json(result: Any) -> str:
    """Return a result dataclass as indented JSON; a number that is not finite becomes null."""
    return json.dumps(_plain(dataclasses.asdict(result)), indent=2, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
