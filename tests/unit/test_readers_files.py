"""Raw files: encoding, delimiter and decimal sign are decided per file; what cannot be read safely is refused."""

import io
import zipfile

import openpyxl
import pytest
from immunoassay.readers import open_export, recognition, registry, sources
from immunoassay.readers.export import NotReadable


def opened(tmp_path, data, name="a.dat"):
    path = tmp_path / name
    path.write_bytes(data)
    return open_export.open_file(path)


def refused(tmp_path, data, name="a.dat"):
    with pytest.raises(NotReadable) as error:
        opened(tmp_path, data, name)
    assert error.value.problem.level == "QUARANTINE"
    assert str(tmp_path / name) in str(error.value)
    return error.value.problem.code


def workbook(rows, **sheets):
    book = openpyxl.Workbook()
    for name, lines in {"Sheet": rows, **sheets}.items():
        sheet = book.active if name == "Sheet" else book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


LINES = "Unit,µg/mL,x\r\nA,1.5,2.25\r\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (LINES.encode(), "utf-8"),
        (LINES.encode("utf-8-sig"), "utf-8-sig"),
        (LINES.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + LINES.encode("utf-16-be"), "utf-16"),
        (LINES.encode("utf-16-le"), "utf-16-le"),
        (LINES.encode("utf-16-be"), "utf-16-be"),
        (LINES.encode("cp1252"), "cp1252"),
        (LINES.encode("utf-32"), "utf-32"),
    ],
)
def test_encoding_is_found_and_the_cells_are_the_same(tmp_path, data, encoding):
    source = opened(tmp_path, data)
    assert source.encoding == encoding
    assert source.rows == [["Unit", "µg/mL", "x"], ["A", "1.5", "2.25"]]


def test_bytes_that_windows_leaves_undefined_still_read(tmp_path):
    source = opened(tmp_path, b"a,b\nTemperature(\x81C),1.5\n")
    assert source.encoding == "latin-1" and source.rows[1][1] == "1.5"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_padding_do_not_matter(tmp_path, end):
    text = f"a,b,,,{end}{end}1.5, 2 ,,{end},,,{end}"
    assert opened(tmp_path, text.encode()).rows == [["a", "b"], [], ["1.5", "2"], []]


def test_mixed_line_ends(tmp_path):
    assert opened(tmp_path, b"a,b\r\nc,d\ne,f\r\n").rows == [["a", "b"], ["c", "d"], ["e", "f"]]


@pytest.mark.parametrize(
    ("text", "delimiter", "decimal"),
    [
        ("a,b,c\n1.5,2.5,3", ",", "."),
        ("a;b;c\n1,5;2,5;3\nx;4,25;1", ";", ","),
        ("a;b;c\n1.5;2.5;3", ";", "."),
        ("a\tb\tc\n1,5\t2,5\t3,5", "\t", ","),
        ('"x, y; z"\t"b"\n"1.5"\t"2"', "\t", "."),
        ('"3"\t"4"\n"C"\t"s1"', "\t", "."),
        ('"1,5","2,5"\n"0,3","a"', ",", ","),
        ("one column\nonly", ",", "."),
        ("a;b\n< 0,105;*3,42", ";", ","),
        ("a;b\n12,5;1.234,5\n0,25;7", ";", ","),
    ],
)
def test_delimiter_and_decimal_sign(tmp_path, text, delimiter, decimal):
    source = opened(tmp_path, text.encode())
    assert (source.delimiter, source.decimal) == (delimiter, decimal)


def test_a_comma_that_may_be_either_sign_is_refused(tmp_path):
    assert refused(tmp_path, b"Sample;Value\nA;1,234\nB;2,500\n") == "V-081"
    assert opened(tmp_path, b"Sample;Value\nA;1,234\nB;2,5\n").number("1,234") == 1.234
    assert opened(tmp_path, b"Sample;Value\nA;0,234\n").number("0,234") == 0.234


def test_quotes_hold_delimiters_and_line_ends_and_a_stray_one_swallows_nothing(tmp_path):
    source = opened(tmp_path, b'"a,b","line\nbreak",c\n1,2,3\n')
    assert source.rows == [["a,b", "line\nbreak", "c"], ["1", "2", "3"]]
    source = opened(tmp_path, b'a,b\n"5 inch,2\n3,4\n5,6\n')
    assert len(source.rows) == 4 and source.rows[-1] == ["5", "6"]


def test_lost_letters_are_flagged(tmp_path):
    (problem,) = opened(tmp_path, "Unit,\ufffdg/mL\nA,1.5\n".encode()).problems
    assert (problem.code, problem.level, problem.row) == ("E-FILE-012", "FLAG", "1")


def test_workbook_cells(tmp_path):
    source = opened(tmp_path, workbook([["a", None, 1, 2.5, True], [], ["x", "1,5"]], Other=[["z"]]), "named.csv")
    assert source.sheets == {"Sheet": [["a", "", 1, 2.5, "TRUE"], [], ["x", "1,5"]], "Other": [["z"]]}
    assert (source.encoding, source.decimal) == ("xlsx", ",")
    assert sources.first_line(source) == "a 1 2.5 TRUE"


def test_a_formula_without_result_is_flagged(tmp_path):
    (problem,) = opened(tmp_path, workbook([["a", "=1+1"]])).problems
    assert problem.code == "E-XLS-026" and "1 formula" in problem.found


@pytest.mark.parametrize("data", [b"", b"  \r\n\t\n", b",,,\n,,\n", b"\xef\xbb\xbf"])
def test_empty(tmp_path, data):
    assert refused(tmp_path, data) == "E-FILE-002"


def test_empty_workbook(tmp_path):
    assert refused(tmp_path, workbook([])) == "E-FILE-002"


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body><table><tr><td>1</td></tr></table></body></html>",
        b"\r\n<!DOCTYPE html PUBLIC '-//W3C'>\n<html></html>",
        b"<table border=1><tr><td>1</td></tr></table>",
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"></html>',
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
    ],
)
def test_html_and_xml_spreadsheets_named_xls(tmp_path, data):
    assert refused(tmp_path, data, "results.xls") == "E-FILE-004"


def test_damaged_workbooks(tmp_path):
    whole = workbook([[1, 2], [3, 4]])
    assert refused(tmp_path, whole[: len(whole) // 2]) == "E-FILE-003"
    assert refused(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 3000) == "E-FILE-003"
    assert refused(tmp_path, b"\xff\xfeA\x00B") == "E-FILE-003"


def test_encrypted_workbook(tmp_path):
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1016 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500
    assert refused(tmp_path, data) == "E-FILE-005"


def test_zip_bomb_and_other_archives(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 5_000_000)
    assert refused(tmp_path, buffer.getvalue()) == "E-FILE-019"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notes.txt", "hello")
    assert refused(tmp_path, buffer.getvalue()) == "E-FILE-009"
    assert refused(tmp_path, b"\x00\x01\x02\x03" * 100) == "E-FILE-009"


def test_a_refusal_says_what_was_found(tmp_path):
    rows = "Rack 7\nTube,Well,Note\n" + "".join(f"T{at},A{at},frozen\n" for at in range(1, 9))
    path = tmp_path / "rack.csv"
    path.write_text(rows)
    with pytest.raises(NotReadable) as caught:
        recognition.read(path)
    problem = caught.value.problem
    assert (problem.code, problem.row) == ("E-FILE-009", "2")
    assert "8 wells in column 2, below the headings Tube, Well, Note" in problem.found


def test_xml_entities_are_refused(tmp_path):
    bomb = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY c "&a;&a;">]><b>&c;</b>'
    assert refused(tmp_path, bomb) == "E-READ-002"
    outside = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]><b>&a;</b>'
    assert refused(tmp_path, outside) == "E-READ-002"
    assert refused(tmp_path, b'<?xml version="1.0"?><a><b></a>') == "E-FILE-003"
    assert opened(tmp_path, b'<?xml version="1.0"?><a><b>1</b></a>').root.tag == "a"


def test_every_cut_of_a_workbook_is_refused_by_name(tmp_path):
    whole = workbook([["Analyte", "Type", "Well", "FI"], ["IL-6", "X1", "A1", 12.5]])
    for length in range(4, len(whole) - 1, 97):
        refused(tmp_path, whole[:length])


def test_registry_names_what_it_does_not_know(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Dear colleague, please find the results below\n")
    assert recognition.recognise(path) == []
    with pytest.raises(NotReadable, match="E-FILE-009.*Dear colleague"):
        recognition.read(path)
    with pytest.raises(NotReadable, match='E-READ-004.*format "luminex".*xponent'):
        recognition.read(path, format="luminex")


def test_registry_does_not_choose_between_two_families(tmp_path, monkeypatch):
    path = tmp_path / "results.csv"
    path.write_text("Sample ID,Analyte,Result\nA,IL-6,1.5\n")

    class Other:
        FAMILY = "other"

        @staticmethod
        def recognise(source):
            return True

    known = recognition.families()
    monkeypatch.setattr(recognition, "families", lambda: known | {"other": Other})
    assert recognition.recognise(path) == ["result_table", "other"]
    with pytest.raises(NotReadable, match="result_table and of other"):
        recognition.read(path)
    assert recognition.read(path, format="result_table").family == "result_table"


def test_a_family_is_found_by_the_name_of_its_module():
    known = recognition.families()
    assert {"xponent", "msd_table", "gen5", "result_table"} <= set(known)
    for name, module in known.items():
        assert registry.module_of(name) == module.__name__ and registry.family(name) is module
    assert registry.module_of("bioplex") and registry.module_of("no_such_family") is registry.module_of("../a") is None
    with pytest.raises(KeyError):
        registry.family("bioplex")  # a module of the folder that is no family
