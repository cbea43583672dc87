"""Small tables that many tests use, as bytes."""

import random

MIXED_NOTES = ("", "plain", '"with, comma"', '"with ""quotes"""', '"two\nlines"')


def numeric_table(rows: int = 120, seed: int = 1) -> bytes:
    """Two columns of decimals and one of counts; the class `rare` is one row in six."""
    draw = random.Random(seed)
    lines = ["width,height,visits,kind"]
    for number in range(rows):
        rare = number % 6 == 0
        shift = 2.0 if rare else 0.0
        lines.append(
            f"{draw.gauss(shift, 1):.3f},{draw.gauss(5, 2):.1f},{draw.randrange(40)},{'rare' if rare else 'usual'}"
        )
    return "\n".join(lines).encode() + b"\n"


def mixed_table(rows: int = 120, seed: int = 2) -> bytes:
    """Ids, dates, categories, blanks, free text with commas, quotes and newlines."""
    draw = random.Random(seed)
    lines = ["ref,day,colour,price,stock,note,kind"]
    for number in range(rows):
        rare = number % 6 == 0
        price = "" if draw.random() < 0.2 else f"{draw.lognormvariate(3, 1):.2f}"
        stock = "?" if draw.random() < 0.2 else str(draw.randrange(10))
        day = f"2024-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        note = draw.choice(list(MIXED_NOTES)) if draw.random() < 0.5 else f"text number {number}"
        color = draw.choice(["red", "green", "", "deep blue"])
        lines.append(f"R{number:05d},{day},{color},{price},{stock},{note},{'rare' if rare else 'usual'}")
    return "\n".join(lines).encode() + b"\n"


def categorical_table(rows: int = 120, seed: int = 3) -> bytes:
    """Nothing but strings."""
    draw = random.Random(seed)
    lines = ["shape,taste,kind"]
    for number in range(rows):
        kind = "rare" if number % 6 == 0 else "usual"
        lines.append(f"{draw.choice(['round', 'flat', 'long'])},{draw.choice(['sweet', 'sour'])},{kind}")
    return "\n".join(lines).encode() + b"\n"


def many_class_table(rows: int = 120, seed: int = 4) -> bytes:
    """Five classes, named with spaces, accents and digits."""
    draw = random.Random(seed)
    names = ["one", "two words", "trés", "4", "five"]
    lines = ["x,y,kind"]
    for number in range(rows):
        name = names[0 if number % 2 else number // 2 % 5]
        lines.append(f"{draw.gauss(0, 1):.2f},{draw.gauss(0, 1):.2f},{name}")
    return "\n".join(lines).encode() + b"\n"


def numeric_target_table(rows: int = 150, seed: int = 5) -> bytes:
    """Numbers only; the target is skewed to both sides, with some rare values in each."""
    draw = random.Random(seed)
    lines = ["width,height,visits,kind"]
    for number in range(rows):
        target = draw.gauss(0, 1) if number % 6 else draw.choice([-1, 1]) * draw.uniform(6, 30)
        lines.append(f"{draw.gauss(target, 3):.3f},{draw.gauss(5, 2):.1f},{draw.randrange(40)},{40 + target:.2f}")
    return "\n".join(lines).encode() + b"\n"


def mixed_numeric_target_table(rows: int = 150, seed: int = 6) -> bytes:
    """The mixed table, its target a price of whole cents, in quotes."""
    draw = random.Random(seed)
    header, *records = mixed_table(rows).decode().rstrip("\n").split("\n")
    text = "\n".join([header, *records])
    return (
        text.replace(",usual", ",~").replace(",rare", ",~").replace("~", "%s").encode()
        % tuple(b'"%.2f"' % draw.lognormvariate(3, 1) for _ in range(rows))
        + b"\n"
    )


CLASS_TABLES = {
    "numeric": numeric_table(),
    "mixed": mixed_table(),
    "categorical": categorical_table(),
    "many-class": many_class_table(),
}
NUMERIC_TARGET_TABLES = {
    "numeric-target": numeric_target_table(),
    "mixed-numeric-target": mixed_numeric_target_table(),
}
ALL_TABLES = {**CLASS_TABLES, **NUMERIC_TARGET_TABLES}
"""Their target is the column `kind`."""
