"""What a file is, by its bytes and never by its name: a kind, and for a text its encoding and its letters.

Facts only: whoever opens a sheet or an export decides which kinds and encodings it takes, and says so to the user.
"""

import codecs
import re
from dataclasses import dataclass

EMPTY = "empty"  # nothing but spaces and line ends
XLSX = "xlsx"  # a zip archive: a workbook, or another kind of document
XLS = "xls"  # a workbook of the old kind, or an encrypted one
PARQUET = "parquet"
HTML = "HTML"
SPREADSHEET_2003 = "an XML spreadsheet of 2003"
XML = "XML"  # it says so in its first line
TAG = "tag"  # it begins with <word, as XML does; a text can do so too
TEXT = "text"
BINARY = "binary"  # neither text nor workbook: zero bytes where no encoding of text has them

_OF_LETTERS = ("utf-8", "cp1252", "latin-1")  # tried in this order; Latin-1 has a letter for every byte
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = ((b"PK\x03\x04", XLSX), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", XLS))
_HTML = re.compile(r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|table|meta|style)\b", re.DOTALL)
_HEAD = 2000  # characters at the beginning that show whether a text is HTML or XML


@dataclass
class UnreadableError(Exception):
    """A workbook, parquet file or XML document that cannot be read; `fact` is a constant of `excel`, `parquet` or `xml_trees`.

    `number` is what the fact is about: the bytes or cells it unpacks to, or the line where it breaks.
    """

    fact: str
    number: int = 0


@dataclass(frozen=True)
class Content:
    """A file that was looked at. Of a text: `text` has line ends "\\n"; it is "" where `broken_at` names the first byte
    (counted from 1) that the encoding does not allow."""

    kind: str
    encoding: str = ""
    text: str = ""
    broken_at: int = 0


def look_at(data: bytes) -> Content:
    """The kind of a file, and what a text file says. Nothing is raised."""
    if not data.strip():
        return Content(EMPTY)
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return Content(kind)
    if data.startswith(b"PAR1") and b"\0" in data:  # a text may begin so
        return Content(PARQUET)
    encoding = encoding_of(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        return Content(TEXT, encoding, broken_at=error.start + 1)
    kind = _markup(text) or (BINARY if b"\0" in data and encoding in _OF_LETTERS else TEXT)
    return Content(kind, encoding, text.replace("\r\n", "\n").replace("\r", "\n"))


def encoding_of(data: bytes) -> str:
    """The encoding a text says or shows: byte order mark, UTF-16 without one, UTF-8, Windows-1252; else Latin-1."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    if b"\0" in data and (encoding := _utf16_without_mark(data)):
        return encoding
    for encoding in _OF_LETTERS[:-1]:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return _OF_LETTERS[-1]


def _utf16_without_mark(data):
    """UTF-16 of Western text has a zero in nearly every second byte; "" for anything else."""
    sample = data[:4096]
    half = max(len(sample) // 2, 1)
    first, second = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if second > 0.5 and first < 0.05:
        return "utf-16-le"
    return "utf-16-be" if first > 0.5 and second < 0.05 else ""


def _markup(text):
    """The kind of a text that is a document of markup, "" for any other."""
    head = text.lstrip()[:_HEAD].lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in head:
        return SPREADSHEET_2003
    if _HTML.match(head):
        return HTML
    if head.startswith(("<?xml", "<!doctype")):
        return XML
    return TAG if re.match(r"<[a-z_][\w.:-]*[\s>/]", head) else ""
