from pathlib import Path

import pytest

from knowledge.errors import FeedError
from knowledge.feeds.html_text import MOST_BYTES, looks_like_html, parse_html, read_html

PAGE = "<!DOCTYPE html>\n<html><head>{charset}</head><body><p>{text}</p></body></html>"


def saved(folder: Path, content: bytes) -> Path:
    file = folder / "page.html"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ('<meta charset="utf-8">', "utf-8", "café 退货"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gb18030", "退货政策：镕"),
        ("<meta charset=GBK>", "gbk", "七天无理由退货"),
        ('<meta charset="big5">', "big5", "退貨政策"),
        ('<meta charset="iso-8859-1">', "cp1252", "“café” – 12 €"),
        ("", "utf-8", "退货"),
        ("", "utf-8-sig", "退货"),
        ("", "utf-16", "退货 café"),
        ('<meta charset="utf-16">', "utf-16-le", "退货"),
        ('<meta charset="utf-16">', "utf-8", "退货"),
    ],
)
def test_a_page_is_read_by_its_mark_or_by_the_charset_that_it_names(
    tmp_path: Path, charset: str, encoding: str, text: str
) -> None:
    file = saved(tmp_path, PAGE.format(charset=charset, text=text).encode(encoding))

    assert read_html(file) == PAGE.format(charset=charset, text=text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PAGE.format(charset="", text="退货政策" * 30).encode("gbk"), "is not utf-8, and it names no other charset"),
        (
            PAGE.format(charset="<meta charset=utf-8>", text="退货" * 60).encode("gbk"),
            "is not utf-8, which it says it is",
        ),
        (b"<html><meta charset=klingon>", "names the charset 'klingon', which is unknown"),
        (b"PK\x03\x04....", "an archive or a PDF"),
    ],
)
def test_a_page_in_another_encoding_than_it_says_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        read_html(saved(tmp_path, content))


def test_a_page_larger_than_any_help_page_is_refused(tmp_path: Path) -> None:
    file = saved(tmp_path, b"")
    with file.open("wb") as handle:
        handle.truncate(MOST_BYTES + 1)

    with pytest.raises(FeedError, match="has 32 MB, over 32; save the page without its pictures"):
        read_html(file)


@pytest.mark.parametrize(
    ("head", "is_page"),
    [
        (b"\xef\xbb\xbf\n <!DOCTYPE HTML>", True),
        (b"<html lang=en>", True),
        (b"<\0h\0t\0m\0l\0>\0", True),
        (b"<!-- saved from url -->\n<html>", True),
        (b'<?xml version="1.0"?><html xmlns="x">', True),
        (b'<?xml version="1.0"?><rss>', False),
        (b'{"text": "<html>"}', False),
        (b"", False),
    ],
)
def test_a_page_is_known_by_its_beginning(head: bytes, is_page: bool) -> None:
    assert looks_like_html(head) == is_page


def test_a_tree_that_is_nested_absurdly_deep_is_cut_and_said_to_be() -> None:
    assert parse_html("<body>" + "<div>" * 10_000 + "deep")[1]
    assert not parse_html("<body>" + "<div>" * 200 + "deep")[1]


def test_control_characters_and_an_xml_declaration_do_no_harm() -> None:
    root, _ = parse_html('<?xml version="1.0" encoding="gbk"?><html><body><p>a\x00b\x1b[2Jc\r\nd</p></body></html>')

    assert root is not None
    assert root.findtext(".//p") == "ab[2Jc\nd"


def test_nothing_is_no_tree() -> None:
    assert parse_html("") == (None, False)
    assert parse_html(" \n")[0] is None
