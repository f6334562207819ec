"""Codes of currencies (ISO 4217) and countries (ISO 3166-1 alpha-2), and what people write in their place."""

import difflib

from knowledge.errors import SettingsError
from knowledge.feeds.currencies import CODES, currency_in


def _listed(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


REGIONS = _listed("""
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
""")

_WORDS = {"DOLLAR": "USD", "DOLLARS": "USD", "POUND": "GBP", "POUNDS": "GBP", "YEN": "JPY", "YUAN": "CNY"}
_SAID_REGIONS = {"UK": "GB", "ENGLAND": "GB", "CHINA": "CN", "中国": "CN"}


def currency_code(text: str) -> str:
    """The ISO 4217 code that a text is, in any case. Raises SettingsError, with the code that may be meant."""
    meant = currency_in(text, "USD") or _WORDS.get(text.strip().upper(), "")
    return _known(text, CODES, meant, "currency", "an ISO 4217 code such as EUR, USD or CNY")


def region_code(text: str) -> str:
    """The ISO 3166-1 code of a country, in any case; "" for none. Raises SettingsError as `currency_code` does."""
    if not text.strip():
        return ""
    meant = _SAID_REGIONS.get(text.strip().upper(), "")
    return _known(text, REGIONS, meant, "region", "an ISO 3166 code of two letters, such as DE, US or CN")


def _known(text: str, codes: frozenset[str], meant: str, what: str, form: str) -> str:
    code = text.strip().upper()
    if code in codes:
        return code
    begins = [known for known in codes if known.startswith(code)]
    near = meant or (begins[0] if len(begins) == 1 else "")
    near = near or next(iter(difflib.get_close_matches(code, sorted(codes), 1, 0.7)), "")
    raise SettingsError(f"{what} {text!r} is not known; " + (f"did you mean {near}?" if near else f"give {form}"))
