"""Every codec reads what it writes and all concatenated parts of a file, and never closes the file below it."""

import gc
import hashlib
import io
import random
import subprocess
import sys
from pathlib import Path

import pytest
from shell import ROOT, Run

from rebalance.csvio.compression import (
    CODECS,
    UNSUPPORTED,
    Codec,
    compressed_suffixes,
    find_codec_by_magic,
    find_codec_by_suffix,
)

GZIP, ZSTD = CODECS[:2]
ROWS = [b"%d,%d,%s\n" % (n, n * n % 97, b"rare" if n % 6 == 0 else b"usual") for n in range(300)]
TABLE = b"x,y,kind\n" + b"".join(ROWS)
every_codec = pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)


def compress(codec: Codec, *contents: bytes) -> bytes:
    """Return the compressed data of all contents, one after the other."""
    file = io.BytesIO()
    for content in contents:
        with codec.open_writer(file) as writer:
            writer.write(content)
    return file.getvalue()  # which a closed file would refuse


def decompress(codec: Codec, data: bytes, size: int = 1 << 20) -> bytes:
    file = io.BytesIO(data)
    content = b""
    with codec.open_reader(file) as reader:
        while piece := reader.read(size):
            content += piece
    del reader
    gc.collect()  # a stream that is collected must not close the file either
    assert not file.closed
    return content


def skippable_frame(size: int) -> bytes:
    """Return a zstd frame without data, as pzstd writes before each frame."""
    return b"\x5a\x2a\x4d\x18" + size.to_bytes(4, "little") + b"\xff" * size


@every_codec
@pytest.mark.parametrize("content", [b"", b"x", TABLE, random.Random(1).randbytes(3 << 20)], ids=len)
def test_a_codec_reads_what_it_writes(codec: Codec, content: bytes) -> None:
    data = compress(codec, content)
    assert decompress(codec, data) == content
    assert data.startswith(codec.magics)


@every_codec
def test_concatenated_parts_are_read_whole(codec: Codec) -> None:
    contents = [TABLE, b"", TABLE[:10], random.Random(2).randbytes(1 << 18), b""]
    assert decompress(codec, compress(codec, *contents)) == b"".join(contents)


def test_skippable_frames_are_skipped_wherever_they_stand() -> None:
    part = compress(ZSTD, TABLE)
    data = skippable_frame(4) + part + skippable_frame(0) + part + skippable_frame(100_000) + part + skippable_frame(9)
    assert decompress(ZSTD, data) == TABLE * 3
    assert find_codec_by_magic(data[:8]) is ZSTD


@pytest.mark.parametrize("distance", range(-9, 10))
def test_a_frame_may_end_near_the_edge_of_what_is_read_at_once(distance: int) -> None:
    part = compress(ZSTD, TABLE)
    first = skippable_frame((1 << 16) + distance - len(part) - 8) + part
    assert decompress(ZSTD, first) == TABLE
    assert decompress(ZSTD, first + part) == TABLE * 2
    assert decompress(ZSTD, part + first + part, 100) == TABLE * 3


@every_codec
def test_truncated_data_raises_a_damage_error_wherever_it_ends(codec: Codec) -> None:
    data = compress(codec, b"x,kind\n" * 9)
    for size in range(max(map(len, codec.magics)), len(data)):
        with pytest.raises(codec.damage_errors()):
            decompress(codec, data[:size])


def test_gzip_data_holds_neither_name_nor_time(tmp_path: Path) -> None:
    path = tmp_path / "named.csv.gz"
    with path.open("wb") as file, GZIP.open_writer(file) as writer:
        writer.write(TABLE)
    assert path.read_bytes()[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


@every_codec
def test_a_codec_is_found_by_suffix_and_by_first_bytes(codec: Codec) -> None:
    for suffix in codec.suffixes:
        assert find_codec_by_suffix(f"folder.x/table.csv{suffix}") is codec
        assert find_codec_by_suffix(f"TABLE{suffix.upper()}") is codec
        assert suffix in compressed_suffixes()
    for magic in codec.magics:
        assert len(magic) <= 8
        assert find_codec_by_magic(magic.ljust(8)) is codec


def test_plain_data_and_names_have_no_codec() -> None:
    assert find_codec_by_magic(b"x,kind\n1") is find_codec_by_magic(b"") is None
    assert find_codec_by_suffix("table.csv") is find_codec_by_suffix("gz") is find_codec_by_suffix("-") is None


def test_a_format_is_either_supported_or_refused() -> None:
    assert not {suffix for format_ in UNSUPPORTED for suffix in format_.suffixes} & set(compressed_suffixes())
    assert not any(find_codec_by_magic(format_.magic) for format_ in UNSUPPORTED)


INPUTS = {
    "gzip": compress(GZIP, TABLE),
    "gzip-of-several-members": compress(GZIP, TABLE[:9], *ROWS),
    "zstd": compress(ZSTD, TABLE),
    "zstd-of-several-frames": compress(ZSTD, TABLE[:9], *ROWS),
    "zstd-with-an-empty-frame-at-the-end": compress(ZSTD, TABLE, b""),
    "zstd-that-starts-with-a-skippable-frame": skippable_frame(4) + compress(ZSTD, TABLE) + skippable_frame(70_000),
}


@pytest.mark.parametrize("data", INPUTS.values(), ids=INPUTS)
def test_inspect_reads_a_compressed_input_from_a_file_a_redirection_and_a_pipe(
    data: bytes, run: Run, tmp_path: Path
) -> None:
    plain, packed = tmp_path / "plain.csv", tmp_path / "packed"
    plain.write_bytes(TABLE)
    packed.write_bytes(data)
    options = ("-t", "kind", "--classes-only", "--json")
    expected = run("inspect", plain, *options)
    assert expected.code == 0
    from_file, from_pipe = run("inspect", packed, *options), run("inspect", "-", *options, stdin=data)
    with packed.open("rb") as file:
        command = [sys.executable, "-m", "rebalance", "inspect", "-", *options]
        redirected = subprocess.run(command, stdin=file, capture_output=True, cwd=ROOT, check=False)
    assert (from_file.code, from_pipe.code, redirected.returncode) == (0, 0, 0), from_file.err
    assert from_file.out.replace(b"packed", b"plain.csv") == expected.out
    assert redirected.stdout == from_pipe.out
    assert from_pipe.err == ""


@pytest.mark.parametrize("name", ["gzip", "zstd", "zstd-of-several-frames"])
def test_a_truncated_input_is_an_error_in_the_data(name: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "packed"
    path.write_bytes(INPUTS[name][:-3])
    for result in (
        run("inspect", path, "-t", "kind", code=3),
        run("inspect", "-", "-t", "kind", stdin=INPUTS[name][:-3], code=3),
    ):
        assert f"damaged or cut-off {name[:4]} data" in result.err


@every_codec
def test_none_gives_a_compressed_input_back_and_the_manifest_has_its_hash(
    codec: Codec, run: Run, tmp_path: Path
) -> None:
    path, manifest = tmp_path / "in", tmp_path / "manifest.json"
    out = tmp_path / f"out.csv{codec.suffixes[0]}"
    path.write_bytes(compress(codec, TABLE))
    result = run("resample", path, "-t", "kind", "--technique", "none", "-o", out, "--manifest", manifest)
    assert result.code == 0, result.err
    assert decompress(codec, out.read_bytes()) == TABLE
    for written in (path, out):
        assert hashlib.sha256(written.read_bytes()).hexdigest() in manifest.read_text()
