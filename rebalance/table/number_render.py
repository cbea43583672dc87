"""Numbers as bytes, in the writing of their column.

Numbers become a matrix of bytes (rows x places, NUL where unused), digits four at a time through a table: for numbers
on a grid of decimals this is several times faster than formatting one by one.
"""

import numpy as np

from rebalance.arrays import Bool, Byte, CodeUnits, CStrings, Float64, Int64
from rebalance.table.number_format import NumberFormat, SignStyle

_FOUR_DIGITS: CodeUnits = np.frombuffer(b"".join(b"%04d" % n for n in range(10_000)), np.uint32)
_POWERS: Int64 = 10 ** np.arange(19, dtype=np.int64)
_MINUS, _POINT, _ZERO = 45, 46, 48

_MIN_PLAIN = 1e-4
"""Smaller numbers have an exponent where a column has exponents: as C, Python and R write them."""


def render_numbers(values: Float64, number: NumberFormat, encoding: str) -> Byte:
    """Return numbers as a column writes them (rows x places, NUL where unused); none is NaN."""
    if number.decimals is None:
        return pad_to_matrix([number_text(value, number).encode(encoding) for value in values.tolist()])
    scaled = np.rint(values * 10.0**number.decimals).astype(np.int64)
    if number.is_plain:
        digits = fixed_point(scaled, number.decimals, min_decimals=number.min_decimals)
        if number.point != ".":
            digits[digits == _POINT] = ord(number.point)
        matrix = _beside(digits, number.indent, "", encoding)
    else:
        matrix = _render_decorated(scaled, values, number, encoding)
    if number.exponent is None:
        return matrix
    return _with_exponents(matrix, values, number, encoding)


def _with_exponents(matrix: Byte, values: Float64, number: NumberFormat, encoding: str) -> Byte:
    """Return the matrix with exponents in the rows of very small numbers."""
    small = np.flatnonzero((np.abs(values) < _MIN_PLAIN) & (values != 0))
    if not len(small):
        return matrix
    texts = pad_to_matrix([number_text(value, number).encode(encoding) for value in values[small].tolist()])
    wide = np.zeros((len(matrix), max(matrix.shape[1], texts.shape[1])), np.uint8)
    wide[:, : matrix.shape[1]] = matrix
    wide[small] = 0
    wide[small, : texts.shape[1]] = texts
    return wide


def number_text(value: float, number: NumberFormat) -> str:
    """Return one number as the column writes it."""
    style = number.exponent
    size = abs(value)
    if style and style.always and value:
        text = f"{size:.{style.mantissa_decimals}e}"
        mantissa, _, power = text.partition("e")
        if not style.fixed:
            mantissa = _without_zeros(mantissa, 0)
    elif number.decimals is not None and not (style and 0 < size < _MIN_PLAIN):
        mantissa, power = f"{size:.{number.decimals}f}", ""
        mantissa = _without_zeros(mantissa, number.min_decimals)
    else:
        mantissa, _, power = repr(size).removesuffix(".0").partition("e")
    whole, point, decimals = mantissa.partition(".")
    if number.group and size >= number.min_grouped and not power:
        whole = _grouped(whole, number)
    digits = whole + (number.point if point else "") + decimals
    if power:
        letter, plus, places = (style.letter, style.plus, style.digits) if style else ("e", "+", 2)
        digits += f"{letter}{'-' if power.startswith('-') else plus}{power.lstrip('+-').lstrip('0'):0>{places}}"
    sign = _sign_of(value, number)
    return (
        f"{number.indent}{sign.before_prefix}{number.prefix}{sign.before_digits}{digits}"
        f"{sign.after_digits}{number.suffix}{sign.after_suffix}"
    )


def _without_zeros(text: str, min_decimals: int) -> str:
    """Return a decimal number without the zeros at its end, except for so many decimals."""
    whole, point, decimals = text.partition(".")
    kept = decimals.rstrip("0").ljust(min_decimals, "0")
    return f"{whole}{point}{kept}" if kept else whole


def _grouped(whole: str, number: NumberFormat) -> str:
    parts = [whole[-3:]]
    rest, size = whole[:-3], 2 if number.is_indian else 3
    while rest:
        parts.insert(0, rest[-size:])
        rest = rest[:-size]
    return number.group.join(parts)


def _sign_of(value: float, number: NumberFormat) -> SignStyle:
    return number.negative if value < 0 else number.positive if value > 0 else SignStyle()


def _render_decorated(scaled: Int64, values: Float64, number: NumberFormat, encoding: str) -> Byte:
    assert number.decimals is not None  # noqa: S101  the caller has checked
    digits = fixed_point(np.abs(scaled), number.decimals, min_decimals=number.min_decimals)[:, 1:]
    wholes = digits.shape[1] - (number.decimals + 1 if number.decimals else 0)
    if number.point != ".":
        digits[digits == _POINT] = ord(number.point)
    if number.group:
        is_large = np.abs(values) >= number.min_grouped
        digits = _with_groups(digits, wholes, is_large, number, encoding)
    styles = [number.negative, number.positive]
    marked = [scaled < 0, scaled > 0]
    parts = [
        _texts_where(marked, [style.before_prefix for style in styles], encoding),
        _texts_where([np.ones(len(scaled), np.bool_)], [number.prefix], encoding),
        _texts_where(marked, [style.before_digits for style in styles], encoding),
        digits,
        _texts_where(marked, [style.after_digits for style in styles], encoding),
        _texts_where([np.ones(len(scaled), np.bool_)], [number.suffix], encoding),
        _texts_where(marked, [style.after_suffix for style in styles], encoding),
    ]
    return _beside(np.hstack(parts), number.indent, "", encoding)


def _texts_where(marked: list[Bool], texts: list[str], encoding: str) -> Byte:
    """Return a matrix whose rows hold the text of the mask that marks them, if any."""
    encoded = [text.encode(encoding) for text in texts]
    matrix = np.zeros((len(marked[0]), max(map(len, encoded))), np.uint8)
    for rows, text in zip(marked, encoded, strict=True):
        matrix[rows, : len(text)] = np.frombuffer(text, np.uint8)
    return matrix


def _with_groups(digits: Byte, wholes: int, is_large: Bool, number: NumberFormat, encoding: str) -> Byte:
    """Return digits with separators between groups; the first `wholes` places stand before the decimal mark."""
    separator = np.frombuffer(number.group.encode(encoding), np.uint8)
    parts, end = [digits[:, wholes:]], wholes
    size = 3
    while end > 0:
        start = max(end - size, 0)
        parts.insert(0, digits[:, start:end])
        if start:
            has_more = is_large & (digits[:, start - 1] != 0)
            parts.insert(0, np.where(has_more[:, None], separator, 0).astype(np.uint8))
        end, size = start, 2 if number.is_indian else 3
    return np.hstack(parts)


def _beside(matrix: Byte, before: str, after: str, encoding: str) -> Byte:
    """Return the matrix with a text before and after each row."""
    if not before and not after:
        return matrix
    sides = [np.frombuffer(text.encode(encoding), np.uint8) for text in (before, after)]
    first, last = (np.broadcast_to(side, (len(matrix), len(side))) for side in sides)
    return np.hstack([first, matrix, last])


def pad_to_matrix(cells: list[bytes]) -> Byte:
    """Return byte strings as a matrix (rows x places, NUL where unused)."""
    padded: CStrings = np.array(cells, np.bytes_)
    return padded.view(np.uint8).reshape(len(cells), -1)


def fixed_point(scaled: Int64, decimals: int, *, min_decimals: int) -> Byte:
    """Return the digits of `scaled / 10**decimals` (rows x places, NUL where unused).

    Zeros at the end are left out, except for `min_decimals`: 0 gives `1.5`, 2 gives `1.50`. `scaled` must be below
    10**18 in size.
    """
    size = np.abs(scaled)
    digits = max(len(str(int(size.max(initial=0)))), decimals + 1)
    groups = -(-digits // 4)
    quads = np.empty((len(scaled), groups), np.uint32)
    rest = size
    for group in range(groups - 1, -1, -1):
        higher = rest // 10_000
        quads[:, group] = _FOUR_DIGITS[rest - higher * 10_000]
        rest = higher
    places = quads.view(np.uint8).reshape(len(scaled), 4 * groups)[:, 4 * groups - digits :]
    whole = digits - decimals
    matrix = np.zeros((len(scaled), 1 + digits + (decimals > 0)), np.uint8)
    matrix[:, 0] = (scaled < 0) * _MINUS
    matrix[:, 1 : 1 + whole] = places[:, :whole]
    for place in range(whole - 1):  # leading zeros
        matrix[size < _POWERS[digits - 1 - place], 1 + place] = 0
    if decimals:
        matrix[:, 1 + whole] = _POINT
        matrix[:, 2 + whole :] = places[:, whole:]
        if min_decimals < decimals:
            _strip_zeros(matrix, 1 + whole, min_decimals)
    return matrix


def _strip_zeros(matrix: Byte, point: int, min_decimals: int) -> None:
    """Blank the zeros at the end of each row after the first `min_decimals`, and the point if nothing follows it."""
    trailing: Bool = np.ones(len(matrix), np.bool_)
    for place in range(matrix.shape[1] - 1, point + min_decimals, -1):
        trailing &= matrix[:, place] == _ZERO
        matrix[trailing, place] = 0
    if not min_decimals:
        matrix[trailing, point] = 0
