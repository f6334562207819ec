"""Words that hold a colour's or a material's word and mean neither, and words that say that they do mean it."""

import re

_NOT_BEFORE = """
    friday noise label tea juice hat wine light lights ray balance plated plating retriever pepper rice sugar chocolate
    medal edition certified support decker jack sea eye eyes ops tooth gram hole smith dot dots award awards coffee
    pearl shark bean beans bull beard bear dragon panther widow mountain river oak pine wood contact contacts rated
    accent accents crab onion onions cabbage
"""
NOT_BEFORE = frozenset(_NOT_BEFORE.split())
"""After a colour's word they make it a part of another name: green tea, white noise, gold plated."""

NAMES = re.compile(
    r"\b(?:olive oil|cotton candy|wool wash|plastic surgery|brass band|navy seal|black forest|black friday|copper iud|"
    r"green tea|red wine|white wine|brown rice|silver screen|golden retriever|gold standard|blue cheese|"
    r"white noise|chocolate orange|old navy|leather[- ]free)\b"
    r"|\bshades of gr[ea]y\b|\bpink lady\b|\bwhite gold\b"
    r"|黑色星期五|黑五|红酒|红茶|绿茶|白酒|黄油|钢笔|钢琴|羊毛洗|皮革清洁|金色年华|银行|木瓜|棉花糖|纸巾"
)
"""Names of goods, and of books and shades ("Shades of Grey")."""

NOT_MADE = re.compile(
    r"\b(?:cleaner|cleaning|care|polish|protector|brush(?:es)?|look|effect|finish|free|grain|wipes?|conditioner|prints?"
    r"|posters?|painting|pattern|stickers?|filter|tray|cutter|shredder|punch|feeder|accents?|straps?|handles?|lining"
    r"|bracket|drill|saw|splitting|enclosure|monitor|laptop|phone|tablet)\b|^\s(?:\d|blue\b|collection\b)"
)
"""Behind a material they say that it is not what the product is made of."""

NO_MATERIAL = re.compile(
    r"\b(?:tvs?|televisions?|monitors?|pixels|memory cards?|(?:micro)?sdx?c?|usb|ssd|smartphones?|laptops?"
    r"|cameras?|projectors?|printers?|power supply|art paper|photo paper|lipstick|paint)\b|电视|显示器|内存卡|相纸"
)
"""Products whose titles name a material for a colour, a surface or a line of goods: Canvas Go!, a TV in titanium."""

FURNITURE = re.compile(
    r"\b(?:units?|stands?|bench(?:es)?|cabinets?|tables?|frames?|box(?:es)?|toys?|racks?|shel(?:f|ves))\b"
)
"""What stands below a TV or is played with may well be of walnut."""

MEDIA = re.compile(
    r"books|novels|dvds?|blu-?rays?|films|movies|magazines|posters|vinyl records?|(?:图书|书籍|小说|影音|唱片|杂志)类?"
)
"""Categories of goods whose titles are names: The Color Purple."""

_WORN = """
    blazer dress dresses trousers pants chinos jeans shorts leggings hoodie sweatshirt sweater jumper cardigan pullover
    shirt t-shirt tee polo blouse top skirt coat jacket parka vest suit scarf beanie cap gloves socks tights shoes boots
    sneakers trainers loafers bag handbag tote backpack rucksack wallet purse belt curtains cushion pillow pillowcase
    bedding duvet sheets rug towel towels blanket throw tablecloth sofa armchair chair stool lampshade vase mug bowl
    plate
"""
WORN = frozenset(_WORN.split())
"""What a rarer colour before it is the colour of: a burgundy dress, khaki cargo trousers."""
