"""Help is short to read, the same everywhere, and a mistyped command line is answered with what was meant."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass, field

import pytest
from shell import ORDERS, ROOT, Run, environment, run_command

from rebalance import __version__
from rebalance.cli.app import COMMANDS
from rebalance.cli.dataclass_options import option_names

PAGES = ("", *COMMANDS)
"""The command alone, and each of its commands."""

FIRST_WORDS = ("FILE", "--target", "--technique", "--output")
GLOBAL_OPTIONS = {"--help", "--version", "--install-completion", "--show-completion"}
TERMINAL_COLUMNS = 200


@dataclass
class Page:
    """A help page, taken apart."""

    text: str
    groups: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """The entries of each group, as names and explanation."""

    @property
    def options(self) -> list[tuple[str, str]]:
        return [entry for entries in self.groups.values() for entry in entries if entry[0].startswith("-")]

    @property
    def words(self) -> list[str]:
        """The long names of all options, and the arguments, in order."""
        return [long_name(names) for group in self.groups.values() for names, _ in group]


def long_name(names: str) -> str:
    """`-t, --target COL` is known as --target, `[FILE]` as FILE."""
    long = re.search(r"--[\w-]+", names)
    return long[0] if long else names.strip("[]")


def read_page(text: str) -> Page:
    page = Page(text)
    entries: list[tuple[str, str]] = []
    for line in text.splitlines():
        if heading := re.fullmatch(r"(\S.*):", line):
            entries = page.groups.setdefault(heading[1], [])
        elif entry := re.fullmatch(r"  (\S+(?: \S+)*)(?:  +(\S.*))?", line):
            entries.append((entry[1], entry[2] or ""))
        elif line.strip() and entries:
            entries[-1] = entries[-1][0], f"{entries[-1][1]} {line.strip()}".strip()
    page.groups = {
        name: group for name, group in page.groups.items() if name not in ("Example", "Commands") and len(group)
    }
    return page


def page_of(command: str, **options: object) -> Page:
    argv = [command, "-h"] if command else ["-h"]
    return read_page(run_command(*argv, **options).text)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=PAGES, ids=lambda command: command or "rebalance")
def command(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def page(command: str) -> Page:
    return page_of(command)


def test_help_begins_with_usage_one_sentence_and_an_example(page: Page, command: str) -> None:
    usage, sentence, example, *_ = page.text.split("\n\n")
    assert usage.startswith(f"Usage: rebalance {command}".rstrip() + " ")
    assert "\n" not in usage
    sentence = " ".join(sentence.split())
    assert re.fullmatch(r"[A-Z][^.]*\.", sentence)
    heading, *lines = example.splitlines()
    assert heading == "Example:"
    assert lines[0].startswith(f"  rebalance {command}".rstrip() + " ")
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert not re.search(r"^  -", page.text[: page.text.index(lines[-1])], re.MULTILINE)


def test_the_options_used_most_come_first(page: Page) -> None:
    first = [word for word in FIRST_WORDS if word in page.words]
    assert page.words[: len(first)] == first


def test_no_line_of_help_is_longer_than_80_columns(page: Page) -> None:
    assert max(map(len, page.text.splitlines())) <= 80
    assert all(line == line.rstrip() for line in page.text.splitlines())


def test_every_option_is_explained_in_whole_sentences(page: Page) -> None:
    assert page.options
    for names, explanation in page.options:
        sentence = re.sub(r" \[default: [^]]+\]$", "", explanation)
        assert re.fullmatch(r"[A-Z].*\.", sentence), names


def test_every_option_belongs_to_a_named_group(page: Page) -> None:
    assert not set(page.groups) & {"Options", "Arguments"}
    listed = [long_name(names) for names, _ in page.options]
    assert len(listed) == len(set(listed))
    assert len(re.findall(r"^  (?:-\w, )?--", page.text, re.MULTILINE)) == len(listed)


def test_help_names_exactly_the_options_that_mistakes_are_answered_with(page: Page, command: str) -> None:
    known = option_names(COMMANDS[command]) if command else []
    assert {long_name(names) for names, _ in page.options} - GLOBAL_OPTIONS == {n for n in known if n.startswith("--")}


def test_help_is_the_same_in_a_pipe_and_in_a_wide_terminal(page: Page, command: str) -> None:
    primary, secondary = pty.openpty()
    fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 50, TERMINAL_COLUMNS, 0, 0))
    variables = {**environment(TERM="xterm-256color"), "FORCE_COLOR": "1"}
    variables.pop("COLUMNS", None)
    words = [sys.executable, "-m", "rebalance", *([command] if command else []), "-h"]
    process = subprocess.Popen(words, stdin=secondary, stdout=secondary, stderr=secondary, cwd=ROOT, env=variables)
    os.close(secondary)
    shown = b""
    while chunk := read_chunk(primary):
        shown += chunk
    os.close(primary)
    assert process.wait() == 0
    assert shown.decode().replace("\r\n", "\n") == page.text


def read_chunk(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux ends so when nobody writes any more
        return b""


def test_columns_do_not_change_help(page: Page, command: str) -> None:
    assert page_of(command, env={"COLUMNS": "40"}).text == page.text


def test_help_lists_every_command_with_its_whole_sentence(run: Run) -> None:
    shown = " ".join(run("--help").text.split())
    for name in COMMANDS:
        sentence = " ".join(page_of(name).text.split("\n\n")[1].split())
        assert f" {name} {sentence}" in shown


def test_without_words_the_command_shows_its_help_and_fails(run: Run) -> None:
    shown = run(code=2)
    assert shown.out == b""
    assert shown.err.rstrip("\n") == run("-h").text.rstrip("\n")


def test_version_is_that_of_the_package(run: Run) -> None:
    assert run("--version").text == f"rebalance {__version__}\n"


MISTYPED = {
    "separator": (["resample", ORDERS, "--separator", ";"], "did you mean --delimiter?"),
    "sampling-strategy": (["resample", ORDERS, "--sampling-strategy", "1"], "did you mean --ratio?"),
    "random-state": (["resample", ORDERS, "--random-state", "1"], "did you mean --seed?"),
    "random_state": (["train-eval", ORDERS, "--random_state=1"], "did you mean --seed?"),
    "k-neighbors": (["resample", ORDERS, "--k-neighbors", "3"], "did you mean --neighbors?"),
    "k_neighbors": (["train-eval", ORDERS, "--k_neighbors", "3"], "did you mean --neighbors?"),
    "label": (["inspect", ORDERS, "--label", "fraud"], "did you mean --target?"),
    "y": (["resample", ORDERS, "--y", "fraud"], "did you mean --target?"),
    "input": (["inspect", "--input", ORDERS], "name the file without an option: rebalance inspect FILE"),
    "n-estimators": (["train-eval", ORDERS, "--n-estimators", "50"], "did you mean --param?"),
    "n-jobs": (["train-eval", ORDERS, "--n-jobs", "2"], "did you mean --jobs?"),
    "folds": (["train-eval", ORDERS, "--folds", "3"], "did you mean --cv?"),
    "optimise": (["train-eval", ORDERS, "--optimise", "f1"], "did you mean --optimize?"),
    "ids": (["inspect", ORDERS, "--ids", "order_id"], "did you mean --id?"),
    "cv-of-train-eval": (["resample", ORDERS, "--cv", "3"], "--cv is an option of train-eval"),
    "folds-of-train-eval": (["resample", ORDERS, "--folds", "3"], "--cv is an option of train-eval"),
    "output-of-resample": (["train-eval", ORDERS, "--output", "x"], "--output is an option of resample"),
    "json-of-others": (
        ["schema", "--json"],
        "--json is an option of inspect, resample, train-eval and techniques",
    ),
    "option-before-the-command": (
        ["--target", "fraud", "resample", ORDERS],
        "--target is an option of inspect, resample and train-eval, and stands after the command",
    ),
    "fence": (
        ["resample", ORDERS, "--fence", "3"],
        "fence is a setting of a technique: --technique drop-outliers:fence=...",
    ),
    "method": (
        ["train-eval", ORDERS, "--method", "tukey"],
        "did you mean --technique? method is also a setting: --technique drop-outliers:method=...",
    ),
    "kind": (
        ["resample", ORDERS, "--kind", "2"],
        "kind is a setting of a technique: --technique borderline-smote:kind=...",
    ),
    "beginning": (["resample", ORDERS, "--targe", "fraud"], "did you mean --target?"),
    "typing-error": (["resample", ORDERS, "--tehcnique", "smote"], "did you mean --technique?"),
    "version": (["--versoin"], "did you mean --version?"),
    "unlike-any": (["inspect", ORDERS, "--nonsense"], "rebalance inspect -h lists the options"),
    "short": (["inspect", ORDERS, "-x"], "rebalance inspect -h lists the options"),
    "without-its-value": (["resample", ORDERS, "--target"], "rebalance resample -h shows what it takes"),
    "short-without-its-value": (["train-eval", ORDERS, "-t"], "rebalance train-eval -h shows what it takes"),
    "flag-with-a-value": (
        ["resample", ORDERS, "--quiet=1"],
        "leave out = and what follows; rebalance resample -h explains it",
    ),
    "second-file": (
        ["resample", ORDERS, "second.csv"],
        "did you mean -o second.csv?",
    ),
    "second-name": (
        ["techniques", "smote", "rose"],
        "one at a time",
    ),
    "no-name": (["schema"], "for example rebalance schema train-eval"),
    "wrong-name": (["schema", "inspct"], "did you mean 'inspect'?"),
    "command": (["inspct", ORDERS], "did you mean inspect? rebalance -h explains them"),
    "command-with-underscore": (["train_eval", ORDERS], "did you mean train-eval? rebalance -h explains them"),
    "command-unlike-any": (
        ["it's"],
        "the commands are inspect, resample, train-eval, techniques and schema; rebalance -h explains them",
    ),
}
"""What is typed, and the hint."""


@pytest.mark.parametrize(("argv", "hint"), MISTYPED.values(), ids=MISTYPED)
def test_a_mistyped_command_line_is_answered_with_what_was_meant(argv: list[object], hint: str, run: Run) -> None:
    ran = run(*argv, code=2)
    assert ran.out == b""
    message, answer = ran.err.splitlines()
    assert message.startswith("rebalance: ")
    assert answer == f"  {hint}"
    assert not any(phrase in ran.err for phrase in ("No such", "Usage:", "Try ", "Error", "Got ", "Missing "))


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param(["inspect", ORDERS, "b.csv"], "inspect takes one FILE; unexpected argument: b.csv", id="file"),
        pytest.param(["inspect", "a", "b c", "d"], "inspect takes one FILE; unexpected argument: b c d", id="spaces"),
        pytest.param(["schema", "inspect", "x"], "schema takes one NAME; unexpected argument: x", id="name"),
        pytest.param(["resample", "--random_state", "1"], "resample has no option --random_state", id="option"),
        pytest.param(["resample", "-o"], "-o needs a value", id="value"),
        pytest.param(["resample", "--strict=yes"], "--strict takes no value", id="flag"),
        pytest.param(["schema"], "NAME is missing", id="missing"),
        pytest.param([""], "there is no command ''", id="empty"),
        pytest.param(["it's"], 'there is no command "it\'s"', id="quote"),
    ],
)
def test_a_mistyped_command_line_is_described(argv: list[object], message: str, run: Run) -> None:
    assert run(*argv, code=2).err.splitlines()[0] == f"rebalance: {message}"
