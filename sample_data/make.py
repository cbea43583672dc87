"""Make the files of this folder: `python sample_data/make.py`. They are the same on every run.

resumes.csv        ten rows by hand: the smallest table worth rebalancing
breast_cancer.csv  scikit-learn's breast cancer data, made imbalanced: all 357 benign, 40 of 212 malignant
orders.csv         2,000 invented orders of a shop, 4 % fraud: ids, dates, categories, blanks, free text
claims.csv         1,200 invented claims of an insurer, their amounts skewed: a few are very dear
"""

import csv
import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sklearn.datasets import load_breast_cancer

HERE = Path(__file__).parent
KEPT_MALIGNANT = 40
ORDERS, FRAUD_SHARE = 2000, 0.04
AT_NIGHT, BLANK, NUMBERED = 0.6, 0.08, 0.2
CLAIMS, INJURED = 1200, 0.06

RESUMES = """feature1,feature2,gender
2,3.5,male
4,4.0,male
5,3.8,female
1,2.9,male
7,4.4,male
3,3.1,male
6,4.1,male
4,3.9,female
8,4.6,male
2,3.0,female
"""


def main() -> None:
    """Write all files."""
    (HERE / "resumes.csv").write_text(RESUMES)
    write("breast_cancer.csv", *breast_cancer())
    write("orders.csv", *orders())
    write("claims.csv", *claims())


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write one CSV."""
    with (HERE / name).open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def breast_cancer() -> tuple[list[str], list[list[str]]]:
    """Return the bundled measurements with most malignant cases left out."""
    data = load_breast_cancer()
    rows, malignant = [], 0
    for values, code in zip(data.data.tolist(), data.target.tolist(), strict=True):
        label = str(data.target_names[code])
        malignant += label == "malignant"
        if label == "benign" or malignant <= KEPT_MALIGNANT:
            rows.append([*(f"{value:g}" for value in values), label])
    return [*map(str, data.feature_names), "diagnosis"], rows


def orders() -> tuple[list[str], list[list[str]]]:
    """Return invented orders; fraud tends to be dear, at night, to a new address and without a coupon."""
    draw = random.Random(20261124)
    notes = ["", "", "", "leave at the door", "gift, please wrap", 'ring "twice"', "call before delivery"]
    rows = []
    for number in range(1, ORDERS + 1):
        fraud = draw.random() < FRAUD_SHARE
        day = datetime(2025, 1, 1) + timedelta(days=draw.randrange(365))  # noqa: DTZ001  a shop's local clock
        hour = draw.choice([0, 1, 2, 3, 4, 22, 23]) if fraud and draw.random() < AT_NIGHT else draw.randrange(7, 23)
        amount = draw.lognormvariate(4.9 if fraud else 3.6, 0.7)
        items = 1 + min(int(draw.expovariate(0.9 if fraud else 0.5)), 20)
        country = draw.choices(["DE", "FR", "NL", "PL", "GB"], [5, 4, 2, 2, 4] if fraud else [8, 4, 3, 2, 1])[0]
        channel = draw.choices(["web", "app", "phone"], [5, 2, 3] if fraud else [5, 5, 1])[0]
        rows.append(
            [
                f"ORD-{number:05d}",
                f"{day:%Y-%m-%d} {hour:02d}:{draw.randrange(60):02d}",
                country,
                channel,
                f"{amount:.2f}",
                str(items),
                "" if draw.random() < (0.9 if fraud else 0.6) else draw.choice(["SPRING10", "WELCOME", "VIP"]),
                "" if draw.random() < BLANK else str(max(0, round(draw.gauss(20 if fraud else 900, 400)))),
                draw.choice(notes) + (f" #{number}" if draw.random() < NUMBERED else ""),
                "yes" if fraud else "no",
            ]
        )
    header = "order_id,placed_at,country,channel,amount,items,coupon,account_days,note,fraud"
    return header.split(","), rows


def claims() -> tuple[list[str], list[list[str]]]:
    """Return invented claims; dear are those with an injury, and of new and fast cars."""
    draw = random.Random(20261125)
    rows = []
    for number in range(1, CLAIMS + 1):
        injured = draw.random() < INJURED
        age, power = draw.randrange(18, 85), round(draw.lognormvariate(4.6, 0.35))
        years = min(int(draw.expovariate(0.15)), 30)
        cause = draw.choices(["parking", "collision", "hail", "theft"], [2, 12, 0, 0] if injured else [8, 6, 3, 1])[0]
        day = datetime(2025, 1, 1) + timedelta(days=draw.randrange(365))  # noqa: DTZ001  a local day
        base = {"parking": 6.2, "collision": 7.4, "hail": 6.9, "theft": 8.4}[cause]
        amount = draw.lognormvariate(base + 0.004 * power - 0.04 * years + (2.2 if injured else 0), 0.5)
        rows.append(
            [
                f"C{number:05d}",
                f"{day:%Y-%m-%d}",
                draw.choice(["north", "south", "east", "west"]),
                cause,
                str(age),
                str(power),
                "" if draw.random() < BLANK else str(years),
                "yes" if injured else "no",
                f"{amount:.2f}",
            ]
        )
    return ["claim", "reported", "region", "cause", "driver_age", "power", "car_years", "injury", "amount"], rows


if __name__ == "__main__":
    main()
