"""What countries are called, by their codes (ISO 3166-1): the words of a sentence first, then those of shoppers."""

from collections.abc import Mapping

from knowledge.domain import Language

_NAMES = """
AE the United Arab Emirates, emirates, uae, dubai; 阿联酋, 迪拜
AR Argentina; 阿根廷
AT Austria; 奥地利
AU Australia; 澳大利亚, 澳洲
BE Belgium; 比利时
BG Bulgaria; 保加利亚
BR Brazil; 巴西
CA Canada; 加拿大
CH Switzerland; 瑞士
CL Chile; 智利
CN China, mainland china; 中国, 中国大陆, 大陆
CO Colombia; 哥伦比亚
CY Cyprus; 塞浦路斯
CZ Czechia, czech republic; 捷克
DE Germany; 德国
DK Denmark; 丹麦
EE Estonia; 爱沙尼亚
ES Spain; 西班牙
FI Finland; 芬兰
FR France; 法国
GB the United Kingdom, united kingdom, uk, britain, great britain, england, scotland, wales; 英国
GR Greece; 希腊
HK Hong Kong; 香港
HR Croatia; 克罗地亚
HU Hungary; 匈牙利
ID Indonesia; 印度尼西亚, 印尼
IE Ireland; 爱尔兰
IL Israel; 以色列
IN India; 印度
IS Iceland; 冰岛
IT Italy; 意大利
JP Japan; 日本
KR South Korea, korea; 韩国
LT Lithuania; 立陶宛
LU Luxembourg; 卢森堡
LV Latvia; 拉脱维亚
MO Macau, macao; 澳门
MT Malta; 马耳他
MX Mexico; 墨西哥
MY Malaysia; 马来西亚
NL the Netherlands, netherlands, holland; 荷兰
NO Norway; 挪威
NZ New Zealand; 新西兰
PH the Philippines, philippines; 菲律宾
PL Poland; 波兰
PT Portugal; 葡萄牙
RO Romania; 罗马尼亚
SA Saudi Arabia; 沙特阿拉伯, 沙特
SE Sweden; 瑞典
SG Singapore; 新加坡
SI Slovenia; 斯洛文尼亚
SK Slovakia; 斯洛伐克
TH Thailand; 泰国
TR Turkey; 土耳其
TW Taiwan; 台湾
UA Ukraine; 乌克兰
US the United States, united states, usa, america; 美国
VN Vietnam; 越南
ZA South Africa; 南非
"""


def _words(line: str) -> tuple[str, dict[Language, tuple[str, ...]]]:
    english, _, chinese = line[3:].partition("; ")
    return line[:2], {"en": tuple(english.split(", ")), "zh": tuple(chinese.split(", "))}


COUNTRIES: Mapping[str, Mapping[Language, tuple[str, ...]]] = dict(map(_words, _NAMES.strip().splitlines()))


def country_code(text: str) -> str:
    """The code of a country that is told by its code or a name in either language; any other text as it is."""
    wanted = text.strip()
    if wanted.upper() in COUNTRIES:
        return wanted.upper()
    for code, names in COUNTRIES.items():
        if wanted.casefold() in (name.casefold() for words in names.values() for name in words):
            return code
    return wanted


def country_name(code: str, language: Language) -> str:
    """A country in a sentence: "the United States", 美国; a code without a name here is itself."""
    return COUNTRIES[code][language][0] if code in COUNTRIES else code
