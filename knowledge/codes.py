"""Codes of currencies (ISO 4217) and countries (ISO 3166-1 alpha-2), and what people write in their place."""

import difflib
from collections.abc import Mapping

from knowledge.errors import SettingsError


def _listed(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


CURRENCIES = _listed("""
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV
    WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
""")

REGIONS = _listed("""
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
""")

_MEANT: Mapping[str, str] = {
    "€": "EUR",
    "$": "USD",
    "DOLLAR": "USD",
    "DOLLARS": "USD",
    "£": "GBP",
    "POUND": "GBP",
    "POUNDS": "GBP",
    "YEN": "JPY",
    "RMB": "CNY",
    "YUAN": "CNY",
    "元": "CNY",
    "人民币": "CNY",
    "UK": "GB",
    "ENGLAND": "GB",
    "CHINA": "CN",
    "中国": "CN",
}


def currency_code(text: str) -> str:
    """The ISO 4217 code that a text is, in any case. Raises SettingsError, with the code that may be meant."""
    return _known(text, CURRENCIES, "currency", "an ISO 4217 code such as EUR, USD or CNY")


def region_code(text: str) -> str:
    """The ISO 3166-1 code of a country, in any case; "" for none. Raises SettingsError as `currency_code` does."""
    return (
        _known(text, REGIONS, "region", "an ISO 3166 code of two letters, such as DE, US or CN") if text.strip() else ""
    )


def _known(text: str, codes: frozenset[str], what: str, form: str) -> str:
    code = text.strip().upper()
    if code in codes:
        return code
    meant = _MEANT.get(code)
    begins = [known for known in codes if known.startswith(code)]
    near = (
        [meant]
        if meant in codes
        else begins
        if len(begins) == 1
        else difflib.get_close_matches(code, sorted(codes), 1, 0.7)
    )
    raise SettingsError(f"{what} {text!r} is not known; " + (f"did you mean {near[0]}?" if near else f"give {form}"))
