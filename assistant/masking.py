"""Personal marks in a text become placeholders before it is kept. Order numbers, prices and model numbers stay."""

import re

_EMAIL = re.compile(
    r"[^\s@＠<>()\[\],;:，。；：、]{1,64}[@＠][a-z0-9-]{1,63}(?:[.．][a-z0-9-]{1,63}){1,5}", re.IGNORECASE
)
_LEFT = r"(?<![\w#+.])(?<![\w]-)"
_RIGHT = r"(?![\w@])(?!-\w)(?!\.\d)"
_CARD = re.compile(rf"{_LEFT}\d(?:[ -]?\d){{12,18}}{_RIGHT}", re.ASCII)
_PHONES = tuple(
    re.compile(_LEFT + pattern + _RIGHT, re.ASCII)
    for pattern in (
        r"(?:\+|00)86[ -]?1[3-9]\d[ -]?\d{4}[ -]?\d{4}",
        r"1[3-9]\d([ -]?)\d{4}\1\d{4}",
        r"\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,6}",
        r"(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}",
        r"[2-9]\d{2}[2-9]\d{6}",
        r"0\d{2,3}[ -]\d{7,8}",
        r"0\d{2,4}[ -]\d{3,4}[ -]?\d{3,4}",
        r"0[1-9]\d{8,9}",
    )
)
_IS_AN_ORDER = re.compile(
    r"(?:\border(?:\s+(?:number|no|id|nr))?|\btracking(?:\s+(?:number|no|id))?|\b(?:invoice|reference|ref|parcel|"
    r"item|product|model|serial|ean|"
    r"gtin|isbn|sku|barcode)(?:\s+(?:number|no))?|\bno|单号|订单|订单号|编号|货号|型号|条码|單號|訂單|訂單號|"
    r"編號)\s*(?:is|was|[:：.#=是为])?\s*#?\s*$",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text with [email], [card] and [phone] in the place of such marks."""
    text = _EMAIL.sub("[email]", text)
    plain = text.translate(_HALF_WIDTH)
    spans: list[tuple[int, int, str]] = []
    for match in _CARD.finditer(plain):
        if is_card_number(match.group()) and not (match.group().isdigit() and _is_order(plain, match.start())):
            spans.append((*match.span(), "[card]"))
    for pattern in _PHONES:
        for match in pattern.finditer(plain):
            bare = match.group().isdigit()
            if not (bare and _is_order(plain, match.start())) and 7 <= sum(c.isdigit() for c in match.group()) <= 15:
                spans.append((*match.span(), "[phone]"))
    return _replaced(text, spans)


_HALF_WIDTH = {0xFF10 + n: ord("0") + n for n in range(10)} | {
    ord("＋"): ord("+"),
    ord("－"): ord("-"),
    ord("（"): ord("("),
    ord("）"): ord(")"),
}


def is_card_number(text: str) -> bool:
    """Whether 13 to 19 digits have a card's first digit and check digit (Luhn, ISO/IEC 7812)."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6):
        return False
    doubled = [d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


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
