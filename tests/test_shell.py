"""What a user types, and how it ends."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import ROOT, SAMPLE_DATA, TABLES, Run

ORDERS = SAMPLE_DATA / "orders.csv"
RESUMES = SAMPLE_DATA / "resumes.csv"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "mixed.csv"
    path.write_bytes(TABLES["mixed"])
    return path


def loaded_by(*words: str) -> set[str]:
    """The modules that are loaded when the command has run."""
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: print('\\n'.join(sys.modules), file=sys.stderr))\n"
        f"sys.argv = ['rebalance', *{list(words)!r}]\n"
        "from rebalance.cli.app import main\nmain()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["-h"], ["resample", "-h"], ["techniques", "--json"]])
def test_help_and_version_load_no_numpy(words: list[str]) -> None:
    assert not loaded_by(*words) & {"numpy", "pandas", "sklearn", "pyarrow", "imblearn", "rich"}


@pytest.mark.parametrize(
    "words",
    [
        ["inspect", str(ORDERS), "-t", "fraud"],
        ["resample", str(ORDERS), "-t", "fraud", "--technique", "random-under"],
        ["resample", str(ORDERS), "-t", "fraud", "--technique", "class-weight"],
    ],
)
def test_what_needs_no_model_loads_no_scikit_learn(words: list[str]) -> None:
    assert not loaded_by(*words) & {"sklearn", "imblearn", "scipy"}


def test_what_needs_only_the_target_loads_no_pyarrow() -> None:
    assert "pyarrow" not in loaded_by("resample", str(ORDERS), "-t", "fraud", "--technique", "random-over", "-q")
    assert "pyarrow" not in loaded_by("inspect", str(ORDERS), "-t", "fraud", "--classes-only", "--json")


def test_all_ways_in_give_the_same_bytes(mixed: Path, run: Run, tmp_path: Path) -> None:
    data = mixed.read_bytes()
    words = ["--target", "kind", "--technique", "smote"]
    by_name = run("resample", mixed, *words)
    assert by_name.code == 0
    packed = tmp_path / "mixed.gz"
    packed.write_bytes(gzip.compress(data))
    zstd = tmp_path / "mixed"
    zstd.write_bytes(pa.compress(data, codec="zstd", asbytes=True))
    assert run("resample", "-", *words, stdin=data).out == by_name.out
    assert run("resample", *words, stdin=data).out == by_name.out
    assert run("resample", packed, *words).out == by_name.out
    assert run("resample", zstd, *words).out == by_name.out
    assert run("resample", "-", *words, stdin=packed.read_bytes()).out == by_name.out
    with mixed.open("rb") as file:
        command = [sys.executable, "-m", "rebalance", "resample", "-", *words]
        assert subprocess.run(command, stdin=file, capture_output=True, cwd=ROOT, check=True).stdout == by_name.out
    assert run("resample", mixed, *words, "--seed", 1).out != by_name.out


def test_all_ways_out_hold_the_same_bytes(mixed: Path, run: Run, tmp_path: Path) -> None:
    words = ["resample", mixed, "--target", "kind", "--technique", "random-over"]
    expected = run(*words).out
    for name in ("out.csv", "out.csv.gz", "out.csv.zst"):
        assert run(*words, "-o", tmp_path / name).code == 0
    assert (tmp_path / "out.csv").read_bytes() == expected
    first = (tmp_path / "out.csv.gz").read_bytes()
    assert gzip.decompress(first) == expected
    assert pa.CompressedInputStream(pa.BufferReader((tmp_path / "out.csv.zst").read_bytes()), "zstd").read() == expected
    run(*words, "-o", tmp_path / "out.csv.gz")
    assert (tmp_path / "out.csv.gz").read_bytes() == first


@pytest.mark.parametrize(
    ("newline", "encoding"), [("\n", "utf-8"), ("\r\n", "utf-8"), ("\n", "latin-1"), ("\r", "utf-8")]
)
def test_kept_lines_are_lines_of_the_input(newline: str, encoding: str, run: Run, tmp_path: Path) -> None:
    lines = ["näme;kind;n", *(f'"é; {n}";{"ü" if n % 5 else "x"};{n * n}' for n in range(40))]
    data = newline.join([*lines, ""]).encode(encoding)
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    words = ["resample", path, "-t", "kind", "--encoding", encoding, "--technique"]
    over = run(*words, "random-over").out
    assert over.startswith(data)
    assert set(over.split(newline.encode())) == set(data.split(newline.encode()))
    made = run(*words, "smote").out
    assert made.startswith(data)
    assert made.endswith(newline.encode())
    assert len(made.split(newline.encode())) == 66
    made.decode(encoding)


def test_help_lists_every_command(run: Run) -> None:
    shown = run("--help")
    assert shown.code == 0
    assert all(name in shown.text for name in ("inspect", "resample", "train-eval", "techniques"))


def test_head_ends_the_command_quietly() -> None:
    words = (
        f"'{sys.executable}' -m rebalance resample '{ORDERS}' -t fraud --technique random-over --count yes=400000 -q"
    )
    done = subprocess.run(
        ["bash", "-c", f"{words} | head -1; echo ${{PIPESTATUS[0]}}"],  # noqa: S607
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == [ORDERS.read_text().split("\n")[0], "141"]


@pytest.mark.parametrize("words", ["--help", "techniques", f"inspect '{ORDERS}' -t fraud", "train-eval -h"])
def test_nobody_reading_on_is_never_exit_code_1(words: str) -> None:
    script = f"(sleep 1; '{sys.executable}' -m rebalance {words}; echo $? >&2) | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S607
    assert done.stderr.split() == ["141"]


@pytest.mark.parametrize("shell", [">> '{0}'", "1<> '{0}'", "-o '{0}' < '{0}'"])
def test_the_shell_cannot_make_the_input_the_output(shell: str, mixed: Path) -> None:
    before = mixed.read_bytes()
    source = "-" if "<" in shell and "1<>" not in shell else str(mixed)
    words = f"'{sys.executable}' -m rebalance resample {source} -t kind --technique none {shell.format(mixed)}"
    done = subprocess.run(["bash", "-c", words], capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S607
    assert done.returncode == 3
    assert "is the input itself" in done.stderr
    assert mixed.read_bytes() == before


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_closed_streams_are_no_error(closed: str, mixed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    words = f"'{sys.executable}' -m rebalance resample '{mixed}' -t kind --technique none -o '{out}' {closed}"
    assert subprocess.run(["bash", "-c", words], cwd=ROOT, check=False).returncode == 0  # noqa: S607
    assert out.read_bytes() == TABLES["mixed"]


@pytest.mark.parametrize("link", ["same", "symlink", "hardlink"])
def test_the_input_is_never_the_output(link: str, mixed: Path, run: Run) -> None:
    before = mixed.read_bytes()
    other = mixed.with_name("other.csv")
    if link == "symlink":
        other.symlink_to(mixed)
    elif link == "hardlink":
        other.hardlink_to(mixed)
    output = mixed if link == "same" else other
    ran = run("resample", mixed, "-t", "kind", "--technique", "smote", "-o", output)
    assert ran.code == 3
    assert "is the input itself" in ran.err
    assert mixed.read_bytes() == before


def test_a_failed_run_leaves_no_output_and_no_temporary_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"x,kind\n" + b"1,a\n2,b\n" * 1000 + b"3\n")
    ran = run("resample", path, "-t", "kind", "--technique", "random-over", "-o", tmp_path / "out.csv")
    assert ran.code == 3
    assert "line 2002" in ran.err
    assert [found.name for found in tmp_path.iterdir()] == ["late.csv"]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_leaves_no_output_and_no_temporary_file(sent: signal.Signals, code: int, tmp_path: Path) -> None:
    words = ["resample", ORDERS, "-t", "fraud", "--technique", "random-over", "--count", "yes=9000000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "rebalance", *map(str, words), "-o", str(tmp_path / "out.csv")],
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(sent)
    assert process.wait(60) == code
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_output_is_replaced_and_new_ones_follow_the_umask(mixed: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old")
    out.chmod(0o600)
    words = ["resample", mixed, "-t", "kind", "--technique", "none", "-o"]
    assert run(*words, out).code == 0
    assert out.read_bytes() == TABLES["mixed"]
    assert out.stat().st_mode & 0o777 == 0o600
    run(*words, tmp_path / "new.csv")
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "new.csv").stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_pipe_as_output_is_streamed_to(mixed: Path, run: Run) -> None:
    assert run("resample", mixed, "-t", "kind", "--technique", "none", "-o", "/dev/stdout").out == TABLES["mixed"]


def test_a_dry_run_writes_nothing_and_says_the_same(mixed: Path, run: Run, tmp_path: Path) -> None:
    words = ["resample", mixed, "-t", "kind", "--technique", "smote", "--json", "-o", tmp_path / "out.csv"]
    dry = json.loads(run(*words, "--dry-run").text)
    assert not (tmp_path / "out.csv").exists()
    wet = json.loads(run(*words).text)
    assert dry["output"] is None
    assert {**dry, "output": 0} == {**wet, "output": 0}


def test_words_go_to_stderr_and_quiet_silences_them(mixed: Path, run: Run) -> None:
    words = ["resample", mixed, "-t", "kind", "--technique", "smote"]
    loud, quiet = run(*words), run(*words, "-q")
    assert "For training only" in loud.err
    assert quiet.err == ""
    assert quiet.out == loud.out


def test_no_colour_codes_outside_a_terminal(run: Run) -> None:
    for words in (
        ["inspect", ORDERS, "-t", "fraud"],
        ["techniques"],
        ["resample", ORDERS, "-t", "fraud", "--technique", "none"],
    ):
        ran = run(*words, env={"FORCE_COLOR": ""})
        assert "\x1b" not in ran.err + ran.text


def test_control_characters_in_names_and_labels_are_shown_not_obeyed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "ansi.csv"
    path.write_bytes(b"\x1b[31mred,[bold]b[/],st [/b]\n1,2,\x1b]0;x\x07\n3,4,[red]\n5,6,[red]\n")
    for words in (["inspect", path, "-t", "3"], ["resample", path, "-t", "3", "--technique", "random-over"]):
        ran = run(*words)
        assert ran.code == 0
        shown = ran.err if words[0] == "resample" else ran.text
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "[red]" in shown
        assert "st [/b]" in shown


def test_an_ascii_terminal_gets_escapes_not_an_error(run: Run) -> None:
    ran = run("train-eval", ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", env={"PYTHONIOENCODING": "ascii"})
    assert ran.code == 0
    assert "\\xb1" in ran.text


def test_no_color_in_a_terminal_is_plain_text() -> None:
    import pty

    primary, secondary = pty.openpty()
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "xterm-256color"}
    words = [sys.executable, "-m", "rebalance", "inspect", str(ORDERS), "-t", "fraud"]
    done = subprocess.run(words, stdout=secondary, stderr=secondary, cwd=ROOT, env=environment, check=False)
    os.close(secondary)
    shown = os.read(primary, 100_000)
    os.close(primary)
    assert done.returncode == 0
    assert b"imbalance ratio" in shown
    assert b"\x1b" not in shown


def test_no_cell_of_the_data_is_shown_but_labels(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"name,ssn,kind\n" + b"".join(b"secret%d,%d,%s\n" % (n, n, b"ab"[n % 2 :][:1]) for n in range(50)))
    shown = run("inspect", path, "-t", "kind").text + run("inspect", path, "-t", "kind", "--json").text
    assert "secret" not in shown


def test_inspects_suggestion_works_when_pasted(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a file.csv"
    path.write_bytes(TABLES["mixed"].replace(b",kind", b",the kind"))
    shown = run("inspect", path, "-t", "the kind", cwd=tmp_path).text
    commands = [line.strip() for line in shown.split("next:\n")[1].splitlines()]
    assert len(commands) == 2
    for command in commands:
        ours = command.replace("rebalance", f"{sys.executable} -m rebalance", 1)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(["bash", "-c", ours], cwd=tmp_path, capture_output=True, env=environment, check=False)  # noqa: S607
        assert done.returncode == 0, done.stderr


def test_what_the_shell_has_read_of_standard_input_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"# a remark\n" + TABLES["numeric"])
    script = f"(read -r _; {sys.executable} -m rebalance resample - -t kind --technique none -q) < in.csv"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, env=environment, check=False)  # noqa: S607
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == TABLES["numeric"]


def test_every_file_that_is_written_is_told(run: Run, tmp_path: Path) -> None:
    words = ["resample", ORDERS, "-t", "fraud", "--technique", "none", "-o", "out.csv", "--manifest", "m.json"]
    told = run(*words, "--holdout", "0.2", "--holdout-output", "held.csv", "--trace", "trace.csv", cwd=tmp_path).err
    assert all(f"wrote {path.name}" in told for path in tmp_path.iterdir())
    assert "wrote page.html" in run("inspect", ORDERS, "-t", "fraud", "--report", "page.html", cwd=tmp_path).err


def test_notes_beyond_a_dozen_are_counted(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("x,kind\n" + "".join(f"{n},k{n // 3}\n" for n in range(60)) + "7,a\n" * 9)
    told = run("resample", path, "-t", "kind", "--technique", "smote", "-o", tmp_path / "out.csv").err
    assert told.count("! class") == 12
    assert "more like these" in told


def test_nothing_is_suggested_for_a_target_that_names_rows(run: Run) -> None:
    shown = run("inspect", ORDERS, "-t", "order_id").text
    assert "different in every row" in shown
    assert "next:" not in shown


def test_a_folder_called_as_standard_output_is_does_not_stand_in_its_way(run: Run, tmp_path: Path) -> None:
    (tmp_path / "-").mkdir()
    assert run("resample", ORDERS, "-t", "fraud", "--technique", "none", cwd=tmp_path).out == ORDERS.read_bytes()


def test_what_to_run_next_on_a_pipe_names_a_file_for_it_can_be_read_once(run: Run) -> None:
    shown = run("inspect", "-", "-t", "fraud", stdin=ORDERS.read_bytes()).text
    assert "rebalance train-eval FILE --target fraud" in shown


def test_inspect_writes_every_page_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    ran = run("inspect", ORDERS, "-t", "fraud", "--report", pages[0], "--report", pages[1])
    assert ran.code == 0
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_columns_are_named_or_numbered(run: Run) -> None:
    by_name = run("resample", RESUMES, "-t", "gender", "--technique", "random-over")
    assert run("resample", RESUMES, "-t", "3", "--technique", "random-over").out == by_name.out
    dropped = run("resample", RESUMES, "-t", "gender", "--drop", "1-2", "--technique", "none")
    assert dropped.text.split() == ["gender", *(line.split(",")[2] for line in RESUMES.read_text().split()[1:])]


def test_without_a_header_columns_are_numbers(run: Run) -> None:
    body = RESUMES.read_text().split("\n", 1)[1].encode()
    ran = run("resample", "--no-header", "-t", "3", "--technique", "random-over", "--mark", "m", stdin=body)
    assert ran.code == 0
    assert ran.text.splitlines()[0] == body.decode().splitlines()[0] + ",0"


def test_inspect_names_what_is_odd(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    rows = [f"{n},same,{'?' if n % 3 else n},{'No' if n % 2 else 'no.'}" for n in range(30)]
    path.write_text("\n".join(["id,fixed,gap,kind", *rows, rows[0], "30,same,?,rare", "31,same,?,"]) + "\n")
    found = json.loads(run("inspect", path, "-t", "kind", "--json").text)
    assert found["duplicates"] == 1
    assert found["unlabeled"] == 1
    assert [column["role"] for column in found["columns"]] == ["number", "constant", "number", "target"]
    warnings = " ".join(found["warnings"])
    assert "'no.', 'No'" in warnings
    assert "rare (1)" in warnings
    assert "?" in found["columns"][2]["notes"][0]


def test_version_is_the_packages(run: Run) -> None:
    from rebalance import __version__

    assert run("--version").text == f"rebalance {__version__}\n"
