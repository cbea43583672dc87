"""Opening a CSV reads its header; reading its records gives their positions and the cells of chosen columns."""

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rebalance.arrays import all_rows
from rebalance.csvio import scan as scan_module
from rebalance.csvio.records import CodedCells, CsvFile, Records, open_csv, read_records
from rebalance.csvio.source import Source
from rebalance.errors import DataError

quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def opened(data: bytes, delimiter: bytes | None = b",", *, header: bool = True) -> CsvFile:
    return open_csv(Source("test", data, None), delimiter, "utf-8", header=header)


def records_of(data: bytes, *columns: int) -> tuple[Records, list[CodedCells]]:
    return read_records(opened(data), columns)


def decoded(cells: CodedCells) -> list[bytes]:
    return [cells.raw[code] for code in cells.codes.tolist()]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize(
    "prefix", [b"", b"\xef\xbb\xbf", b"\n\r\n", b"\xef\xbb\xbf\n"], ids=["none", "bom", "blank", "bom-and-blank"]
)
def test_the_header_is_read_after_a_byte_order_mark_and_blank_lines(prefix: bytes, newline: bytes) -> None:
    header = b'id,"the, ""name""",' + newline
    file = opened(prefix + header + b"1,2,3" + newline, None)
    assert file.names == ("id", 'the, "name"', "")
    assert (file.begin, file.body) == (len(prefix), len(prefix + header))
    assert (file.dialect.delimiter, file.dialect.newline) == (b",", newline)


def test_without_a_header_the_columns_are_named_by_their_positions() -> None:
    file = opened(b"\na,b\nc,d\n", header=False)
    assert file.names == ("1", "2")
    assert file.body == file.begin == 1
    assert len(read_records(file, [])[0]) == 2


def test_an_alternative_delimiter_is_kept_only_if_the_delimiter_is_detected() -> None:
    data = b"a;b,kind;x\n1;2,no;4\n"
    assert opened(data, None).alternative_delimiter == b";"
    assert opened(data, b",").alternative_delimiter is None


@pytest.mark.parametrize("data", [b" \n", b"\n\n", b"\n \t\n\n"], ids=["a-space", "newlines", "white-space"])
def test_a_file_of_blank_lines_has_no_header(data: bytes) -> None:
    with pytest.raises(DataError, match="holds no header, only blank lines"):
        opened(data)


def test_excels_sep_line_is_not_a_header() -> None:
    with pytest.raises(DataError, match="sep= line"):
        opened(b"sep=;\nx;y\n1;2\n", None)


def test_a_header_that_is_not_text_is_refused() -> None:
    with pytest.raises(DataError, match="line 1: byte 0xe9 at offset 2 is not UTF-8 text"):
        opened(b"a,\xe9\n1,2\n")


@pytest.mark.parametrize(
    "data", [b"x,kind", b"x,kind\n", b"x,kind\n\n\n"], ids=["no-newline", "newline", "blank-lines"]
)
def test_a_file_without_records_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="test has a header and no records"):
        records_of(data)


@quick
@given(gaps=st.lists(st.integers(0, 2), min_size=1, max_size=30), block=st.sampled_from([4, 16, 64]))
def test_blank_lines_between_records_belong_to_no_record(
    gaps: list[int], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", block)
    data = b"a,b\n" + b"".join(b"\n" * gap + b"%d,x\n" % number for number, gap in enumerate(gaps))
    records, [cells] = records_of(data, 0)
    assert records.texts(all_rows(len(records))) == [b"%d,x\n" % number for number in range(len(gaps))]
    assert decoded(cells) == [b"%d" % number for number in range(len(gaps))]


def test_texts_are_the_bytes_of_records_in_any_order_and_number() -> None:
    records, _ = records_of(b'a,b\r\n1,"x\r\ny"\r\n2,\r\n3,z')
    assert not records_of(b"a,b\n1,2\n")[0].lacks_final_newline
    assert records.lacks_final_newline
    rows = np.array([2, 0, 0, 1])
    assert records.texts(rows) == [b"3,z", b'1,"x\r\ny"\r\n', b'1,"x\r\ny"\r\n', b"2,\r\n"]
    assert records.complete_texts(rows)[0] == b"3,z\r\n"
    assert records.complete_texts(rows)[1:] == records.texts(rows)[1:]
    assert records.texts(rows[:0]) == []


def test_digests_are_equal_for_records_with_equal_bytes_in_the_columns_that_count() -> None:
    records, _ = records_of(b'id,a,b\n1,x,y\n2,x,y\n1,x,y\n3,"x",y\n4,x,y')
    whole, without_id = records.digests(), records.digests([0])
    assert [whole.index(digest) for digest in whole] == [0, 1, 0, 3, 4]
    assert [without_id.index(digest) for digest in without_id] == [0, 0, 0, 3, 0]
    assert {len(digest) for digest in whole} == {16}


@quick
@given(
    first=st.lists(st.integers(0, 9), min_size=1, max_size=70),
    later=st.lists(st.integers(0, 30), max_size=30),
)
@example(first=[0] * 64, later=list(range(20)))
def test_codes_count_distinct_cells_in_the_order_of_first_appearance(first: list[int], later: list[int]) -> None:
    labels = [b"k%d" % number for number in (*first, *later)]
    _, [cells] = records_of(b"x,kind\n" + b"".join(b"1,%s\n" % label for label in labels), 1)
    assert cells.raw == list(dict.fromkeys(labels))
    assert decoded(cells) == labels


@pytest.mark.parametrize("block", [8, 1 << 20])
def test_cells_that_differ_after_eight_bytes_get_different_codes(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", block)
    labels = [b"abcdefghX", b"abcdefghY", b"abcdefghX", b"abcdefgh", b"", b"abc"]
    _, [cells] = records_of(b"x,kind\n" + b"".join(b"1,%s\n" % label for label in labels), 1)
    assert decoded(cells) == labels
    assert len(cells.raw) == 5


def test_a_cell_is_coded_by_its_bytes_quotes_included() -> None:
    _, [cells] = records_of(b'x,kind\n1,"no"\n2,no\n3,"ye""s"\n', 1)
    assert cells.raw == [b'"no"', b"no", b'"ye""s"']
