"""The fuzz target's own cases, and a short run of it."""

import random
from pathlib import Path

import pytest
from fuzz_records import BLOCKS, check
from hypothesis import given, settings
from hypothesis import strategies as st

from rebalance.csvio import scan as scan_module

FOUND = sorted((Path(__file__).parent / "fuzz_found").glob("*"))


@pytest.fixture(autouse=True)
def _blocks_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", scan_module.BLOCK_BYTES)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_once_went_wrong_goes_well(path: Path) -> None:
    check(path.read_bytes())


@settings(max_examples=2000, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_csv_reads_them_or_refused(data: bytes) -> None:
    check(data)


def test_tables_with_a_few_bytes_changed_are_read_as_csv_reads_them_or_refused() -> None:
    draw = random.Random(0)
    table = b'id,name,"the, note"\n' + b"".join(b'%d,n%d,"a ""q"", b"\r\n' % (at, at) for at in range(8))
    for number in range(3000):
        changed = bytearray(table)
        for _ in range(draw.randrange(1, 6)):
            changed[draw.randrange(len(changed))] = draw.choice(b'a",;\n\r\t|\xc3\xa9\x00')
        check(bytes([number % len(BLOCKS), 1]) + bytes(changed))
