"""The HTML reports: whole, self-contained, escaped; and the saved model."""

import html.parser
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from conftest import SAMPLE_DATA, Run, train_eval

ORDERS = SAMPLE_DATA / "orders.csv"
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
SCRIPT = "<script>alert(1)</script>"
SECTIONS = (
    "verdict",
    "comparison",
    "curves",
    "calibration",
    "confusion",
    "classes",
    "map",
    "data",
    "metrics",
    "repeat",
)


class Parsed(html.parser.HTMLParser):
    """Tags, ids, what is linked to, and the text outside of style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.named: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            assert value is not None
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "src", "xlink:href"):
                self.links.append(value)
            elif name == "aria-labelledby":
                self.named.update(value.split())
            assert not name.startswith("on")

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.text += data


def hostile_table(folder: Path) -> Path:
    """Names and labels that would be markup, a formula of a figure, or move the cursor."""
    draw = random.Random(12)
    path = folder / "in & out.csv"
    names = ["<b>bold</b>", "$x^2$", "a&amp;b", "\x1b[31mred"]
    lines = [f'"{SCRIPT}",level,secret,kind']
    for number in range(240):
        rare = number % 6 == 0
        label = "<i>rare</i>" if rare else "usual $_1$"
        secret = f"private note number {number} of nobody's business"
        lines.append(f"{draw.gauss(rare, 1):.3f},{draw.choice(names)},{secret},{label}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the hostile table."""
    from conftest import run_command

    folder = tmp_path_factory.mktemp("report")
    words = ["-t", "kind", "--model", "logistic-regression", "--report", folder / "report.html"]
    ran = train_eval(run_command, hostile_table(folder), *words)
    assert ran.code == 0, ran.err
    return folder / "report.html"


def test_the_report_has_every_section_and_asks_for_nothing_outside_itself(report: Path) -> None:
    page = Parsed(report.read_text())
    assert set(SECTIONS) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert page.named <= set(page.ids)
    assert not {"script", "link", "iframe", "object", "img", "b", "i"} & set(page.tags)
    assert page.tags.count("svg") >= 9
    assert "url(http" not in report.read_text()


def test_names_and_labels_are_shown_as_text_and_no_other_cell_is(report: Path) -> None:
    text = report.read_text()
    assert SCRIPT not in text
    page = Parsed(text)
    assert SCRIPT in page.text
    assert "<i>rare</i>" in page.text
    assert "usual $_1$" in page.text
    assert "private note" not in text
    assert "\x1b" not in text


def test_every_figure_is_named_and_described_and_every_table_has_headings(report: Path) -> None:
    text = report.read_text()
    for metric in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        assert 'role="img"' in metric
        assert re.search(r"<title id=[^>]*>[^<]+</title><desc id=[^>]*>[^<]+</desc>", metric)
    for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
        assert "<caption>" in table
        assert 'scope="row"' in table
    assert text.count("<h1") == 1
    assert 'lang="en"' in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_the_same_run_writes_the_same_page(run: Run, tmp_path: Path) -> None:
    path = hostile_table(tmp_path)
    words = [path, "-t", "kind", "--model", "logistic-regression", "--cv", 2, "--report", tmp_path / "r.html"]
    pages = []
    for _ in range(2):
        assert train_eval(run, *words).code == 0
        pages.append((tmp_path / "r.html").read_bytes())
    assert pages[0] == pages[1]


def test_inspect_writes_a_page_in_the_same_style(run: Run, tmp_path: Path) -> None:
    path = hostile_table(tmp_path)
    assert run("inspect", path, "-t", "kind", "--report", tmp_path / "i.html").code == 0
    text = (tmp_path / "i.html").read_text()
    page = Parsed(text)
    assert {"classes", "data", "repeat"} <= set(page.ids)
    assert SCRIPT in page.text
    assert "private note" not in text
    assert run("inspect", path, "-t", "kind", "--report", tmp_path / "i.md").code == 2
    assert run("inspect", path, "-t", "kind", "--report", path.with_suffix(".html"), "--classes-only").code == 0


def chromium(*options: str) -> subprocess.CompletedProcess[str]:
    words = [
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--virtual-time-budget=5000",
        *options,
    ]
    environment = {**os.environ, "HOME": "/tmp"}  # noqa: S108  a browser wants to write somewhere
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=True, env=environment)


@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_the_report_without_complaint_or_request(report: Path, width: int, tmp_path: Path) -> None:
    net, shot = tmp_path / "net.json", tmp_path / "shot.png"
    ran = chromium(
        "--enable-logging=stderr",
        f"--window-size={width},2000",
        f"--log-net-log={net}",
        f"--screenshot={shot}",
        f"file://{report}",
    )
    assert "CONSOLE" not in ran.stderr
    assert "alert" not in ran.stderr
    asked = set(re.findall(r'"url":"((?:https?|wss?)://[^"]*)"', net.read_text()))
    own = ("google", "gstatic.com", "gvt1.com")  # the browser's own errands, which a page cannot cause
    assert not [url for url in asked if not any(name in url for name in own)]
    assert shot.stat().st_size > 20_000
    dom = chromium("--dump-dom", f"file://{report}").stdout
    assert all(f'<section id="{name}"' in dom for name in SECTIONS)
    assert "&lt;script&gt;alert(1)" in dom


@pytest.mark.parametrize("model", ["hist-gradient-boosting", "logistic-regression"])
def test_a_saved_model_predicts_from_the_columns_as_they_are_named(model: str, run: Run, tmp_path: Path) -> None:
    saved = tmp_path / "model.skops"
    words = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--model", model, "--rank-by", "recall"]
    ran = train_eval(run, *words, "--drop", "placed_at", "--save-model", saved, "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.text)
    trusted = skops.io.get_untrusted_types(file=saved)
    assert not [name for name in trusted if name.startswith("rebalance")]
    fitted = skops.io.load(saved, trusted=trusted)
    frame = pd.read_csv(ORDERS, keep_default_na=False, na_values={"items": "", "amount": "", "account_days": ""})
    predicted = fitted.predict(frame[list(fitted.feature_names_in_)])
    assert set(predicted) == {"yes", "no"}
    threshold = found["contenders"][found["verdict"]["advised"]]["threshold"]
    if threshold is not None:
        probability = fitted.predict_proba(frame[list(fitted.feature_names_in_)])[:, list(fitted.classes_).index("yes")]
        assert ((probability >= threshold) == (predicted == "yes")).all()
    assert np.mean(predicted == frame["fraud"]) > 0.9
    again = tmp_path / "again.skops"
    train_eval(run, *words, "--drop", "placed_at", "--save-model", again)
    assert again.read_bytes() == saved.read_bytes()
    assert train_eval(run, *words, "--save-model", tmp_path / "model.pkl").code == 2
