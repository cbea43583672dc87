"""The HTML pages: whole, self-contained, escaped, and shown by a browser without complaint."""

import html.parser
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import CsvFile
from shell import Run, run_command, run_train_eval

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
NUMERIC_SECTIONS = {"verdict", "comparison", "data", "metrics", "repeat"}
BROWSER_SERVERS = ("google", "gstatic.com", "gvt1.com")
"""What the browser asks for by itself, which a page cannot cause."""


class ParsedPage(html.parser.HTMLParser):
    """Tags, ids, links, and the text outside of styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: set[str] = set()
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
                self.labels.update(value.split())
            assert not name.startswith("on")

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.text += data


def hostile_table() -> str:
    """Names and labels that are markup, or a formula in a drawing, or that move the cursor."""
    draw = random.Random(12)
    names = ["<b>bold</b>", "$x^2$", "a&amp;b", "\x1b[31mred"]
    lines = [f'"{SCRIPT}",level,secret,kind']
    for number in range(240):
        rare = number % 6 == 0
        label = "<i>rare</i>" if rare else "usual $_1$"
        secret = f"private note number {number} of nobody's business"
        lines.append(f"{draw.gauss(rare, 1):.3f},{draw.choice(names)},{secret},{label}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of train-eval on the hostile table."""
    folder = tmp_path_factory.mktemp("report")
    path = folder / "in & out.csv"
    path.write_text(hostile_table())
    run_train_eval(path, "-t", "kind", "--model", "logistic-regression", "--report", folder / "report.html")
    return folder / "report.html"


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of inspect on the hostile table."""
    folder = tmp_path_factory.mktemp("profile")
    path = folder / "in & out.csv"
    path.write_text(hostile_table())
    run_command("inspect", path, "-t", "kind", "--report", folder / "profile.html")
    return folder / "profile.html"


def check_self_contained(text: str) -> ParsedPage:
    """Assert that a page has unique ids, links to itself only, and loads and runs nothing."""
    page = ParsedPage(text)
    assert len(page.ids) == len(set(page.ids))
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert page.labels <= set(page.ids)
    assert not {"script", "link", "iframe", "object", "img", "b", "i"} & set(page.tags)
    assert "url(http" not in text
    return page


def check_accessible(text: str) -> None:
    """Assert that drawings are described, tables have captions and headings, and the page its language and styles."""
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        assert 'role="img"' in drawing
        assert re.search(r"<title id=[^>]*>[^<]+</title><desc id=[^>]*>[^<]+</desc>", drawing)
    for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
        assert "<caption>" in table
        assert 'scope="row"' in table
    assert text.count("<h1") == 1
    assert 'lang="en"' in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_a_report_has_every_section_and_needs_nothing_from_outside(report: Path) -> None:
    page = check_self_contained(report.read_text())
    assert set(SECTIONS) <= set(page.ids)
    assert page.tags.count("svg") >= 9


def test_a_report_shows_names_and_labels_as_text_and_no_other_cell(report: Path) -> None:
    text = report.read_text()
    assert SCRIPT not in text
    page = ParsedPage(text)
    assert SCRIPT in page.text
    assert "<i>rare</i>" in page.text
    assert "usual $_1$" in page.text
    assert "private note" not in text
    assert "\x1b" not in text


def test_every_drawing_of_a_report_is_described_and_every_table_has_headings(report: Path) -> None:
    check_accessible(report.read_text())


def test_a_report_of_a_numeric_target_is_as_complete(csv_file: CsvFile, train_eval: Run, tmp_path: Path) -> None:
    argv = [csv_file("numeric-target"), "-t", "kind", "--model", "ridge", "--cv", 3, "--technique", "smogn"]
    train_eval(*argv, "--report", tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    page = check_self_contained(text)
    check_accessible(text)
    assert set(page.ids) >= NUMERIC_SECTIONS
    assert page.tags.count("svg") >= 4


def test_the_same_run_writes_the_same_page(csv_file: CsvFile, train_eval: Run, tmp_path: Path) -> None:
    path, page = csv_file(hostile_table(), "in & out.csv"), tmp_path / "r.html"
    pages = []
    for _ in range(2):
        train_eval(path, "-t", "kind", "--model", "logistic-regression", "--cv", 2, "--report", page)
        pages.append(page.read_bytes())
    assert pages[0] == pages[1]


def test_inspect_writes_a_page_in_the_same_style(profile: Path) -> None:
    text = profile.read_text()
    page = check_self_contained(text)
    check_accessible(text)
    assert {"target", "data", "repeat"} <= set(page.ids)
    assert SCRIPT in page.text
    assert "<i>rare</i>" in page.text
    assert "private note" not in text


def test_inspect_writes_html_only(csv_file: CsvFile, run: Run, tmp_path: Path) -> None:
    path = csv_file(hostile_table())
    refused = run("inspect", path, "-t", "kind", "--report", tmp_path / "i.md", code=2)
    assert "end the name in .html" in refused.err
    assert not (tmp_path / "i.md").exists()


def test_a_page_of_the_classes_only_has_no_section_on_columns(csv_file: CsvFile, run: Run, tmp_path: Path) -> None:
    run("inspect", csv_file(hostile_table()), "-t", "kind", "--report", tmp_path / "i.html", "--classes-only")
    page = check_self_contained((tmp_path / "i.html").read_text())
    assert {"target", "repeat"} <= set(page.ids)
    assert "data" not in page.ids


def run_chromium(*options: str) -> subprocess.CompletedProcess[str]:
    argv = [
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--virtual-time-budget=5000",
        *options,
    ]
    variables = {**os.environ, "HOME": "/tmp"}  # noqa: S108  a browser wants to write somewhere
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True, env=variables)


@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")
@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_a_browser_shows_the_report_without_complaint_or_request(report: Path, width: int, tmp_path: Path) -> None:
    net_log, screenshot = tmp_path / "net.json", tmp_path / "shot.png"
    shown = run_chromium(
        "--enable-logging=stderr",
        f"--window-size={width},2000",
        f"--log-net-log={net_log}",
        f"--screenshot={screenshot}",
        f"file://{report}",
    )
    assert "CONSOLE" not in shown.stderr
    assert "alert" not in shown.stderr
    requests = set(re.findall(r'"url":"((?:https?|wss?)://[^"]*)"', net_log.read_text()))
    assert not [url for url in requests if not any(server in url for server in BROWSER_SERVERS)]
    assert screenshot.stat().st_size > 20_000
    document = run_chromium("--dump-dom", f"file://{report}").stdout
    assert all(f'<section id="{name}"' in document for name in SECTIONS)
    assert "&lt;script&gt;alert(1)" in document
