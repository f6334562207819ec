from pathlib import Path

import pytest

from knowledge.errors import FeedError
from knowledge.feeds.encodings import encoding_of, feed_lines, first_line, is_ended, read_lines


def write(folder: Path, content: bytes | str) -> Path:
    file = folder / "feed.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lines_are_read_in_utf8_with_or_without_mark_and_in_utf16_with_one(tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path, "标题\r\nnaïve\n\nend".encode(encoding))

    lines = list(read_lines(file))

    assert lines == [(1, "标题"), (2, "naïve"), (3, ""), (4, "end")]


def test_another_encoding_is_refused_with_line_byte_and_remedy(tmp_path: Path) -> None:
    file = write(tmp_path, b"ok\n" + "caf\xe9".encode("latin-1"))

    with pytest.raises(FeedError, match=r"feed\.txt, line 2: byte 6 \(0xe9\) is not UTF-8; save the file as UTF-8"):
        list(read_lines(file))


def test_utf16_without_a_mark_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "id\ttitle\n".encode("utf-16-le"))

    with pytest.raises(FeedError, match="UTF-16 without a byte order mark"):
        list(read_lines(file))


def test_broken_utf16_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "a\nb".encode("utf-16") + b"\x00")

    with pytest.raises(FeedError, match="line 2: holds a character that is not valid UTF-16"):
        list(read_lines(file))


@pytest.mark.parametrize(
    ("content", "what"), [(b"PK\x03\x04xx", "spreadsheet"), (b"\x1f\x8b\x08\x00", "compressed"), (b"%PDF-1.4", "PDF")]
)
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    file = write(tmp_path, content)

    with pytest.raises(FeedError, match=what):
        list(read_lines(file))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"none\.txt: cannot be read: No such file"):
        list(read_lines(tmp_path / "none.txt"))


GERMAN = ("Wasserkocher aus Edelstahl", "Kaffeemühle", "Regenjacke grün", "Bürostuhl", "Straßenlampe für draußen", "Öl")
FRENCH = (
    "Bouilloire électrique",
    "Théière émaillée",
    "Veste d’été",
    "Chaise légère",
    "Lampe à pétrole",
    "Cœur en bois",
)
SPANISH = ("Hervidor eléctrico", "Cafetera de émbolo", "Chaqueta niño", "Lámpara de salón", "Báscula", "¡Año nuevo!")
CHINESE = ("不锈钢电热水壶", "手冲咖啡磨豆机", "女士防水外套，轻薄", "可调节办公椅", "户外照明灯", "折叠床（大号）")
TRADITIONAL = ("不鏽鋼電熱水壺", "手沖咖啡磨豆機", "女士防水外套", "可調節辦公椅", "戶外照明燈", "摺疊床")


@pytest.mark.parametrize(
    ("titles", "encoding"),
    [
        (GERMAN, "cp1252"),
        (FRENCH, "cp1252"),
        (SPANISH, "cp1252"),
        (CHINESE, "gb18030"),
        (TRADITIONAL, "big5"),
        (CHINESE, "utf-8"),
        (GERMAN, "utf-8"),
        (GERMAN, "utf-16-le"),
        (CHINESE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("n_rows", [3, 30, 300])
def test_the_encoding_of_a_feed_is_found_however_short_it_is(
    tmp_path: Path, titles: tuple[str, ...], encoding: str, n_rows: int
) -> None:
    for first in range(len(titles)):
        rows = [f"P-{number};{titles[(first + number) % len(titles)]};4{number % 9},00" for number in range(n_rows)]
        text = "\n".join(["id;title;price", *rows])
        file = write(tmp_path, text.encode(encoding))

        assert encoding_of(file) == encoding
        assert [line.text for line in feed_lines(file)] == text.split("\n")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("id,title\n1,Café\n", "cp1252"),
        ("id,title\n1,£5 mug\n", "cp1252"),
        ("id,title\n1,5 €\n", "cp1252"),
        ("id,title\n1,Größe Öl\n", "cp1252"),
        ("id,title\n1,ÄRMEL ÜBERGRÖSSE\n", "cp1252"),
        ("id,title\n1,»Größe« – 20 °C\n", "cp1252"),
        ("id,title\n1,水壶\n", "gb18030"),
        ("id,title\n1,A茶B\n", "gb18030"),
        ("id,title,price\n1,台灯,299元\n", "gb18030"),
        ("id,title\n1,水壺\n", "big5"),
    ],
)
def test_a_word_or_two_tell_an_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    assert encoding_of(write(tmp_path, text.encode(encoding))) == encoding


def test_an_encoding_that_shows_late_is_found_for_the_lines_before(tmp_path: Path) -> None:
    plain = "".join(f"{number},plain\n" for number in range(20_000))
    file = write(tmp_path, plain.encode() + "9,耳机\n".encode("gb18030"))

    assert list(feed_lines(file))[-1].text == "9,耳机"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("id;title\n1;Медная лампа для большого стола\n", "cp1251"),
        ("id;title\n1;Kırmızı şapka\n2;Güneş gözlüğü\n", "cp1254"),
        ("id;title\n1;Größe für Küche\n", "mac_roman"),
        ("id;title\n1;電気ケトルとテーブルランプ\n", "shift_jis"),
        ("id;title\n1;" + "전기 주전자와 책상 램프 그리고 의자 세트 하나\n" * 2, "euc_kr"),
    ],
)
def test_what_would_be_read_as_gibberish_is_refused(tmp_path: Path, text: str, encoding: str) -> None:
    with pytest.raises(FeedError, match=r"none of the encodings UTF-8, UTF-16, GB18030.*save it as UTF-8"):
        encoding_of(write(tmp_path, text.encode(encoding)))


def test_utf8_with_a_few_broken_bytes_stays_utf8_and_the_lines_are_told(tmp_path: Path) -> None:
    file = write(tmp_path, "grün\nblau für Küche\n".encode() + b"wei\xdf\n" + b"rot\n")

    lines = list(feed_lines(file))

    assert [line.text for line in lines] == ["grün", "blau für Küche", "wei\ufffd", "rot"]
    assert [line.fault for line in lines] == ["", "", "byte 26 (0xdf) is not UTF-8", ""]


def test_a_few_zero_bytes_make_no_utf16(tmp_path: Path) -> None:
    assert encoding_of(write(tmp_path, b"id,title\n1,a\x00b and so on\n2,c and so on\n")) == "utf-8"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "cp1252"])
def test_lines_may_end_as_on_old_macs(tmp_path: Path, encoding: str) -> None:
    text = "id,title\r1,Größe\r" if encoding == "cp1252" else "id,title\r1,标题很好的商品\r"

    lines = feed_lines(write(tmp_path, text.encode(encoding)))

    assert [(line.number, line.text) for line in lines] == [(1, "id,title"), (2, text.split("\r")[1])]


def test_the_first_line_that_is_not_blank_is_the_first(tmp_path: Path) -> None:
    assert first_line(write(tmp_path, "\n  \n标题,价格\n".encode("gb18030"))) == "标题,价格"


@pytest.mark.parametrize(
    ("content", "ended"), [(b"a\n", True), (b"a", False), (b"", False), (b"\n\x00", True), (b"a\rb\r", True)]
)
def test_a_last_line_may_have_no_end(tmp_path: Path, content: bytes, ended: bool) -> None:
    assert is_ended(write(tmp_path, content)) is ended
