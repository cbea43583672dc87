"""Any bytes are read as Python's csv reads them, or refused: a corpus of hard cases, and a short run of the fuzzer."""

import random
from pathlib import Path

import pytest
from fuzz_records import BLOCK_SIZES, check_data, check_input, read, read_with_csv
from hypothesis import given, settings
from hypothesis import strategies as st

from rebalance.csvio import scan as scan_module
from rebalance.errors import DataError

CORPUS = Path(__file__).parent / "fuzz_corpus"
READ = sorted((CORPUS / "read").iterdir())
REFUSED = sorted((CORPUS / "refused").iterdir())
BASE_TABLE = b'id,name,"the, note"\n' + b"".join(b'%d,n%d,"a ""q"", b"\r\n' % (n, n) for n in range(8))


@pytest.fixture(autouse=True)
def _restore_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", scan_module.BLOCK_BYTES)


def test_the_corpus_has_files_of_both_kinds() -> None:
    assert len(READ) >= 12
    assert len(REFUSED) >= 6
    assert all(path.stat().st_size for path in READ)


@pytest.mark.parametrize("block", sorted(set(BLOCK_SIZES)))
@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_a_hard_case_is_read_as_csv_reads_it(path: Path, block: int) -> None:
    scan_module.BLOCK_BYTES = block
    data = path.read_bytes()
    file, rows = read(data)
    assert rows == read_with_csv(data.decode("utf-8-sig"), file.dialect.delimiter.decode())


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_a_broken_file_is_refused_for_the_same_reason_at_every_block_size(path: Path) -> None:
    messages = set()
    for block in BLOCK_SIZES:
        scan_module.BLOCK_BYTES = block
        check_data(path.read_bytes())
        with pytest.raises(DataError) as error:
            read(path.read_bytes())
        messages.add(error.value.message)
    assert len(messages) == 1


@settings(max_examples=2000, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_csv_reads_them_or_refused(fuzz_input: bytes) -> None:
    check_input(fuzz_input)


def test_a_table_with_a_few_changed_bytes_is_read_as_csv_reads_it_or_refused() -> None:
    draw = random.Random(0)
    for number in range(3000):
        changed = bytearray(BASE_TABLE)
        for _ in range(draw.randrange(1, 6)):
            changed[draw.randrange(len(changed))] = draw.choice(b'a",;\n\r\t|\xc3\xa9\x00')
        check_input(bytes([number % len(BLOCK_SIZES), 1]) + bytes(changed))
