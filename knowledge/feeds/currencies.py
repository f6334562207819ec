"""Currencies: their codes, and the signs and words that feeds write for them."""

import re
from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CODES = _words(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF"
    " CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG"
    " HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA"
    " MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD"
    " RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX"
    " USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
_WRITTEN = {
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "欧元": "EUR",
    "£": "GBP",
    "英镑": "GBP",
    "元": "CNY",
    "圆": "CNY",
    "人民币": "CNY",
    "rmb": "CNY",
    "cn¥": "CNY",
    "円": "JPY",
    "日元": "JPY",
    "jp¥": "JPY",
    "us$": "USD",
    "美元": "USD",
    "hk$": "HKD",
    "港元": "HKD",
    "港币": "HKD",
    "nt$": "TWD",
    "ntd": "TWD",
    "新台币": "TWD",
    "ca$": "CAD",
    "c$": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "nz$": "NZD",
    "s$": "SGD",
    "mx$": "MXN",
    "r$": "BRL",
    "₹": "INR",
    "₩": "KRW",
    "원": "KRW",
    "₽": "RUB",
    "₴": "UAH",
    "₺": "TRY",
    "₪": "ILS",
    "₫": "VND",
    "฿": "THB",
    "₱": "PHP",
    "₦": "NGN",
    "zł": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "fr": "CHF",
    "s/": "PEN",
    "sfr": "CHF",
}
SHARED = {
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU", "BBD", "BSD", "JMD"),
    "¥": ("CNY", "JPY"),
    "元": ("CNY", "TWD", "HKD", "MOP"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "rs": ("INR", "PKR", "LKR", "NPR", "MUR", "SCR"),
}
_NO_CENTS = _words("CLP ISK JPY KRW PYG UGX VND XAF XOF XPF IDR HUF")
_COMMA_REGIONS = _words(
    "AD AL AR AT BA BE BG BO BR BY CL CO CR CY CZ DE DK EC EE ES FI FR GE GR HR HU ID IS IT LT LU LV MC MD ME MK NL NO"
    " PL PT PY RO RS RU SE SI SK SM TR UA UY VA VE VN XK"
)
_COMMA_CURRENCIES = _words(
    "ARS BGN BRL BYN CLP COP CZK DKK HUF IDR ISK MDL MKD NOK PLN PYG RON RSD RUB SEK TRY UAH UYU VND"
)


@lru_cache(maxsize=1024)
def currency_in(text: str, expected: str = "") -> str | None:
    """The currency that a code, sign or word stands for; None when it stands for none.

    Where several share it, it is the `expected` one if that is one of them; else "", which leaves it open.
    """
    written = _plain(text)
    if expected and expected in SHARED.get(written, ()):
        return expected
    if written in _WRITTEN:
        return _WRITTEN[written]
    if written in SHARED:
        return ""
    return written.upper() if written.upper() in CODES else None


def sharing(text: str) -> tuple[str, ...]:
    """The currencies that share a sign, of many the best known."""
    return SHARED.get(_plain(text), ())[:4]


def has_no_cents(currency: str) -> bool:
    return currency in _NO_CENTS


def writes_commas(currency: str, region: str) -> bool:
    """Whether prices have a decimal comma there. Without a region the currency tells, where all its countries agree.

    Switzerland writes 1'299.00, and countries with the euro differ.
    """
    return region in _COMMA_REGIONS if region else currency in _COMMA_CURRENCIES


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text).lower().rstrip(".")
