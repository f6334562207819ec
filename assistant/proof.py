"""What a shopper writes to be recognised: order numbers, e-mail addresses, postcodes."""

import re

from assistant.masking import mask

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}", re.ASCII)
_ORDER = re.compile(r"(?<![\w@.])#?(?:[A-Za-z]{1,5}-?){0,3}\d{4,18}(?![\w@])", re.ASCII)
_POSTCODE = re.compile(
    r"(?<![\w-])(?:\d{5}(?:-\d{4})?|\d{6}|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d"
    r"|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2})(?![\w-])",
    re.ASCII,
)


def find_email(text: str) -> str:
    """The first e-mail address, or ""."""
    match = _EMAIL.search(text)
    return match.group() if match else ""


def find_order_id(text: str) -> str:
    """The first thing that looks like an order number, one with letters before bare digits, or ""."""
    numbers = [m.group().lstrip("#") for m in _ORDER.finditer(text)]
    lettered = [n for n in numbers if not n.isdigit()]
    return (lettered or numbers or [""])[0]


def find_postcode(text: str) -> str:
    """The last thing that looks like a postcode and is not the order number, or ""."""
    order = find_order_id(text)
    found = [m.group() for m in _POSTCODE.finditer(text) if m.group() not in order]
    return found[-1] if found else ""


def read_order(text: str, before: str) -> tuple[str, str]:
    """Order number and proof (an e-mail address or a postcode) in a text; `before` is the number known already.

    Bare figures that can be a postcode are one when the number is known.
    """
    email = find_email(text)
    text = mask(text)  # a card's or a phone's number is no order's
    proof = email or find_postcode(text)
    given = find_order_id(text)
    if before and given.isdigit() and _POSTCODE.fullmatch(given):
        return before, email or given
    return given or before, proof
