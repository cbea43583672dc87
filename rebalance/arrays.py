"""Names for the numpy arrays that pass between modules, so that a signature says what it takes."""

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
"""Byte offsets, record numbers, counts."""

Codes = npt.NDArray[np.int32]
"""Category or class codes: positions in a list of levels."""

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
Byte = npt.NDArray[np.uint8]
CStrings = npt.NDArray[np.bytes_]
CodeUnits = npt.NDArray[np.uint32]
Objects = npt.NDArray[np.object_]
