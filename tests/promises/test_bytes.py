"""The same bytes by every way in and out; kept records are those of the input; the input is never overwritten."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import CsvFile
from samples import CLASS_TABLES
from shell import ORDERS, ROOT, Run, environment, run_script

SMOTE = ["-t", "kind", "--technique", "smote"]
NONE = ["-t", "kind", "--technique", "none"]


@pytest.fixture
def mixed(csv_file: CsvFile) -> Path:
    return csv_file("mixed", "mixed.csv")


@pytest.fixture(scope="module")
def expected() -> bytes:
    """The output for the table `mixed`, read from a file."""
    command = [sys.executable, "-m", "rebalance", "resample", "/dev/stdin", *SMOTE, "-q"]
    data = CLASS_TABLES["mixed"]
    return subprocess.run(command, input=data, capture_output=True, cwd=ROOT, env=environment(), check=True).stdout


def test_a_file_gives_the_bytes_expected_and_another_seed_gives_others(mixed: Path, expected: bytes, run: Run) -> None:
    assert expected.startswith(mixed.read_bytes())
    assert run("resample", mixed, *SMOTE).out == expected
    assert run("resample", mixed, *SMOTE, "--seed", 1).out != expected


@pytest.mark.parametrize("suffix", [".gz", ".zst", ""], ids=["gzip", "zstd", "none"])
@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_compressed_file_gives_the_same_bytes_whatever_its_name(
    codec: str, suffix: str, csv_file: CsvFile, expected: bytes, run: Run
) -> None:
    data = CLASS_TABLES["mixed"]
    packed = gzip.compress(data) if codec == "gzip" else pa.compress(data, codec="zstd", asbytes=True)
    path = csv_file(packed, f"mixed{suffix}")
    assert run("resample", path, *SMOTE).out == expected
    assert run("resample", "-", *SMOTE, stdin=packed).out == expected


@pytest.mark.parametrize("argument", [["-"], [], ["/dev/stdin"]], ids=["dash", "nothing", "device"])
def test_a_pipe_gives_the_same_bytes(argument: list[str], expected: bytes, run: Run) -> None:
    assert run("resample", *argument, *SMOTE, stdin=CLASS_TABLES["mixed"]).out == expected


def test_a_redirected_file_gives_the_same_bytes(mixed: Path, expected: bytes) -> None:
    assert run_script(f"rebalance resample - {' '.join(SMOTE)} < '{mixed}'").out == expected


def test_reading_begins_where_the_shell_has_stopped(csv_file: CsvFile, tmp_path: Path) -> None:
    csv_file(b"# a remark\n" + CLASS_TABLES["numeric"])
    ran = run_script(f"(read -r _; rebalance resample - {' '.join(NONE)} -q) < in.csv", cwd=tmp_path)
    assert ran.err == ""
    assert ran.out == CLASS_TABLES["numeric"]


def test_a_folder_named_like_standard_output_is_not_confused_with_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "-").mkdir()
    ran = run("resample", ORDERS, "-t", "fraud", "--technique", "none", "-o", "-", cwd=tmp_path)
    assert ran.out == ORDERS.read_bytes()


def test_all_ways_out_hold_the_same_bytes(mixed: Path, expected: bytes, run: Run, tmp_path: Path) -> None:
    for name in ("out.csv", "out.csv.gz", "out.csv.zst"):
        assert run("resample", mixed, *SMOTE, "-o", tmp_path / name).out == b""
    assert (tmp_path / "out.csv").read_bytes() == expected
    assert gzip.decompress((tmp_path / "out.csv.gz").read_bytes()) == expected
    packed = pa.BufferReader((tmp_path / "out.csv.zst").read_bytes())
    assert pa.CompressedInputStream(packed, "zstd").read() == expected


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.zst"])
def test_a_compressed_output_is_the_same_in_every_run(suffix: str, mixed: Path, run: Run, tmp_path: Path) -> None:
    outputs = []
    for _ in range(2):
        run("resample", mixed, *SMOTE, "-o", tmp_path / f"out{suffix}")
        outputs.append((tmp_path / f"out{suffix}").read_bytes())
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_standard_output_by_another_name_is_written_to(name: str, mixed: Path, run: Run) -> None:
    assert run("resample", mixed, *NONE, "-o", name).out == CLASS_TABLES["mixed"]


@pytest.mark.parametrize(
    ("newline", "encoding"),
    [
        pytest.param("\n", "utf-8", id="lf"),
        pytest.param("\r\n", "utf-8", id="crlf"),
        pytest.param("\r", "utf-8", id="cr"),
        pytest.param("\n", "latin-1", id="latin-1"),
    ],
)
def test_kept_lines_are_lines_of_the_input(newline: str, encoding: str, csv_file: CsvFile, run: Run) -> None:
    lines = ["näme;kind;n", *(f'"é; {n}";{"ü" if n % 5 else "x"};{n * n}' for n in range(40))]
    data = newline.join([*lines, ""]).encode(encoding)
    path = csv_file(data)
    argv = ["resample", path, "-t", "kind", "--encoding", encoding, "--technique"]
    copies = run(*argv, "random-over").out
    assert copies.startswith(data)
    assert set(copies.split(newline.encode())) == set(data.split(newline.encode()))
    synthetic = run(*argv, "smote").out
    assert synthetic.startswith(data)
    assert synthetic.endswith(newline.encode())
    assert len(synthetic.split(newline.encode())) == 66
    synthetic.decode(encoding)


def test_messages_go_to_standard_error_and_quiet_silences_them(mixed: Path, run: Run) -> None:
    loud, quiet = run("resample", mixed, *SMOTE), run("resample", mixed, *SMOTE, "-q")
    assert "For training only" in loud.err
    assert quiet.err == ""
    assert quiet.out == loud.out


@pytest.mark.parametrize("closed", [">&-", "2>&-"], ids=["output", "error"])
def test_a_closed_stream_is_no_error(closed: str, mixed: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    run_script(f"rebalance resample '{mixed}' {' '.join(NONE)} -o '{output}' {closed}")
    assert output.read_bytes() == CLASS_TABLES["mixed"]


@pytest.mark.parametrize(
    ("source", "redirection"),
    [
        pytest.param("'{0}'", ">> '{0}'", id="append"),
        pytest.param("'{0}'", "1<> '{0}'", id="read-and-write"),
        pytest.param("-", "-o '{0}' < '{0}'", id="redirected-input"),
    ],
)
def test_a_redirection_cannot_overwrite_the_input(source: str, redirection: str, mixed: Path) -> None:
    before = mixed.read_bytes()
    ran = run_script(f"rebalance resample {source} {' '.join(NONE)} {redirection}".format(mixed), code=3)
    assert "is the input itself" in ran.err
    assert mixed.read_bytes() == before


@pytest.mark.parametrize("link", ["same", "symlink", "hardlink"])
def test_the_input_is_never_the_output_by_whatever_link(link: str, mixed: Path, run: Run) -> None:
    before = mixed.read_bytes()
    other = mixed.with_name("other.csv")
    if link == "symlink":
        other.symlink_to(mixed)
    elif link == "hardlink":
        other.hardlink_to(mixed)
    output = mixed if link == "same" else other
    ran = run("resample", mixed, *SMOTE, "-o", output, code=3)
    assert "is the input itself" in ran.err
    assert mixed.read_bytes() == before


def test_messages_have_no_color_codes_in_a_pipe(run: Run) -> None:
    for argv in (
        ["inspect", ORDERS, "-t", "fraud"],
        ["techniques"],
        ["techniques", "smote"],
        ["resample", ORDERS, "-t", "fraud", "--technique", "none"],
    ):
        ran = run(*argv, env={"FORCE_COLOR": ""})
        assert not re.search("\x1b", ran.err + ran.text)
