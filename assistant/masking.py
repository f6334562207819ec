"""Personal marks in a text become placeholders before it is kept. Order numbers, prices and model numbers stay."""

import re
import unicodedata
from functools import lru_cache

_HAN = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TLDS_ZH = "中国|中國|公司|网络|網絡|网址|在线|中文网|商城|商店|网店|集团|企业|我爱你|香港|台湾|台灣|澳门|澳門|新加坡"
_LETTER = rf"[^\W{_HAN}]"
EMAIL = re.compile(
    # The name of the box ends where Chinese begins: 订单HL-O-70001邮箱jo@example.com.
    rf"(?<!{_LETTER})(?<![.%+'-])[.%+'-]*+(?P<n>{_LETTER}(?:{_LETTER}|[.%+'-])*+@"
    r"(?:[^\W_](?:[^\W_]|-){0,62}(?:\.|。(?=(?:com|cn|net|org|edu|gov|co|io)(?![a-z])))){1,6}"
    rf"(?:{_TLDS_ZH}|[^\W\d_{_HAN}]{{2,24}}))",
    re.IGNORECASE,
)
_TEL = (
    r"(?:tele?phone|phone|tel|mobile|mob|cell|fax|whatsapp|手机|手機|电话|電話|座机|联系方式|聯繫方式)"
    r"(?: ?(?:number|numbers|num|no|nr|号码|號碼|编号|編號|号|號))?"
)
_CARD_NAME = r"(?:cards?|visa|mastercard|amex|银行卡|信用卡|卡)(?: ?(?:number|no|nr|号码|号|號|编号))?"
_IS = r" ?(?:is|was|是|为)? ?[:.#=-]?[ #]?"
_S = r"(?: ?[-./] ?| )?"  # what may stand between two groups of figures
_S1 = r"(?: ?[-./] ?| )"
_ALONE = r"(?<![\w+])(?<!\w-)(?<!\d\.)"
_ENDS = r"(?![\w@])(?!-\d)(?!\.\d)"


def _numbers(before: str, *patterns: str) -> tuple[re.Pattern[str], ...]:
    """Each pattern where nothing is joined to it from the left, and right behind words that say what it is."""
    return tuple(
        re.compile(rf"(?:{_ALONE}|(?<![a-z]){before}{_IS})(?P<n>{pattern}){_ENDS}", re.ASCII | re.IGNORECASE)
        for pattern in patterns
    )


_CARDS = _numbers(
    _CARD_NAME,
    rf"\d(?:{_S}\d){{12,18}}",
    rf"\d{{4}}(?:{_S1}\d{{4}}){{3}}",
    rf"\d{{4}}(?:{_S1}\d{{4}}){{3}}{_S1}\d{{3}}",
    rf"\d{{4}}{_S1}\d{{6}}{_S1}\d{{4,5}}",
    r"\d{13,19}",
)
_PHONES = _numbers(
    _TEL,
    rf"(?:(?:\+|00)?86{_S})?1[3-9]\d{_S}\d{{4}}{_S}\d{{4}}",
    rf"(?:\+|00)[1-9]\d{{0,2}}(?:{_S}\(?\d{{1,4}}\)?){{2,6}}",
    rf"00[1-9]\d{{0,2}}{_S1}\d{{2,5}}{_S1}\d{{5,9}}",
    rf"(?:1{_S1})?(?:\([2-9]\d{{2}}\) ?|[2-9]\d{{2}}{_S1})\d{{3}}{_S1}\d{{4}}",
    r"1?[2-9]\d{2}[2-9]\d{6}",
    rf"(?:\(0\d{{2,3}}\) ?|0\d{{2,3}}{_S1})\d{{3,4}}{_S}\d{{4}}(?:-\d{{1,5}})?",
    rf"(?:\(0\d\) ?|0\d{_S1}(?!(?:19|20)\d\d))\d{{4}}{_S}\d{{4}}",
    r"\(0\d{1,4}\) ?\d{6,8}",
    rf"06{_S1}(?!(?:19|20)\d{{6}})\d{{8}}",
    r"\(\d{2}\) ?9\d{4}-\d{4}",
    rf"0\d{{2,4}}{_S1}(?:\d{{3,4}}{_S}\d{{3,4}}|\d{{6,9}})",
    rf"0[1-9](?:{_S1}\d{{2}}){{4}}",
    rf"(?!\d00)[6-9]\d{{2}}{_S1}\d{{3}}{_S1}\d{{3}}",
    r"0[1-9]\d{8,9}",
)
_TOLD_PHONE = re.compile(
    rf"(?<![a-z]){_TEL}(?:(?<=[a-z] no)|(?<=number)|(?<=[号號码碼])|(?= ?[:#是为])|(?= is\b)){_IS}"
    rf"(?P<n>\+?\(?\d(?:\)?{_S}\(?\d){{6,14}}){_ENDS}",
    re.ASCII | re.IGNORECASE,
)
_BESIDE_PHONE = re.compile(
    rf"(?<![a-z]){_TEL} ?(?P<n>(?!(?:19|20)\d\d[01]\d[0-3]\d(?!\d))\d{{8,12}}){_ENDS}(?= ?(?:$|[,.;!?，。；！？]))",
    re.ASCII | re.IGNORECASE,
)
_IS_AN_ORDER = re.compile(
    r"(?:\b(?:order|tracking|invoice|reference|ref|parcel|item|product|model|serial|ean|gtin|isbn|sku|barcode)"
    r"(?: (?:number|no|id|nr))?|单号|單號|"
    r"(?:订单|訂單|快递|物流|发票|發票|包裹|商品|产品)(?:编号|編號|号码|號碼|号|號)?|"
    r"货号|貨號|型号|型號|条码|條碼|序列号) ?(?:is|was|[:.#=是为])? ?#? ?$|"
    r"(?<!\w)(?<!\w )#$",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"\[(?:email|phone|card)\]")


def mask(text: str, own: str = "") -> str:
    """The text with [email], [card] and [phone] in the place of such marks; those in `own`, the shop's words, stay."""
    plain, at = unify(text)
    said, _ = unify(own)
    spans = [(*match.span("n"), "[email]") for match in EMAIL.finditer(plain)]
    for pattern in _CARDS:
        for match in pattern.finditer(plain):
            # An order number may have marks within, but no blanks.
            if is_card_number(match["n"]) and not (" " not in match["n"] and _is_order(plain, match.start("n"))):
                spans.append((*match.span("n"), "[card]"))
    for pattern in (*_PHONES, _TOLD_PHONE, _BESIDE_PHONE):
        for match in pattern.finditer(plain):
            in_one = " " not in match["n"]
            if not (in_one and _is_order(plain, match.start("n"))) and 7 <= sum(map(str.isdigit, match["n"])) <= 15:
                spans.append((*match.span("n"), "[phone]"))
    return _replaced(text, [(at[a], at[b - 1] + 1, name) for a, b, name in spans if plain[a:b] not in said])


def without_marks(text: str) -> str:
    """The text with a blank in the place of each personal mark."""
    return _PLACEHOLDER.sub(" ", mask(text))


def is_card_number(text: str) -> bool:
    """Whether 13 to 19 digits have a card's first digit and check digit (Luhn, ISO/IEC 7812)."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6):
        return False
    doubled = [d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def unify(text: str) -> tuple[str, list[int]]:
    """Half width, one kind of dash, dot and blank, and nothing that is not seen; and where each character stood."""
    plain: list[str] = []
    at: list[int] = []
    for i, char in enumerate(map(_plain_char, text)):
        if char and not (char == " " and plain and plain[-1] == " "):
            plain.append(char)
            at.append(i)
    return "".join(plain), at


@lru_cache(maxsize=8192)
def _plain_char(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in ("Cf", "Co", "Mn", "Me"):
        return ""
    if char.isspace() or kind == "Cc":
        return " "
    if kind == "Pd" or char == "\u2212":
        return "-"
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    plain = unicodedata.normalize("NFKC", char)
    return {"·": ".", "・": ".", "•": "."}.get(plain, plain if len(plain) == 1 else char)


def _is_order(text: str, start: int) -> bool:
    return bool(_IS_AN_ORDER.search(text[max(0, start - 40) : start]))


def _replaced(text: str, spans: list[tuple[int, int, str]]) -> str:
    at = 0
    parts: list[str] = []
    for start, end, name in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= at:
            parts += [text[at:start], name]
            at = end
    return "".join([*parts, text[at:]])
