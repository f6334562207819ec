"""What can be found in a product's texts: quantities with their units, colours, materials, and how feeds name them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from knowledge.lexicon import COLOURS, NO, YES
from knowledge.phrases import PARTS, normalise
from knowledge.wording import split_unit


@dataclass(frozen=True, slots=True)
class Trait:
    """A kind of attribute.

    `names` are the stems by which feeds call it, in the order in which they decide where a product has several; the
    first is ours. `unit` is that of our own name, "" for a text.
    """

    names: tuple[str, ...]
    unit: str = ""


TRAITS: Mapping[str, Trait] = {
    "brand": Trait(("brand", "manufacturer", "品牌")),
    "colour": Trait(
        (
            "colour", "color", "product_colour", "product_color", "colour_of_product", "cable_colour", "cable_color",
            "printing_colours", "frame_color", "颜色",
        )
    ),
    "material": Trait(
        ("material", "materials", "fabric", "outer_material", "housing_material", "frame_material", "材质", "面料")
    ),
    "size": Trait(("size", "clothing_size", "尺码")),
    "shoe_size": Trait(("size", "shoe_size", "size_eu"), "eu"),
    "screen_size": Trait(("screen_size", "display_diagonal", "display_size", "screen", "diagonal", "屏幕尺寸"), "in"),
    "resolution": Trait(("resolution", "display_resolution", "screen_resolution", "maximum_resolution", "分辨率")),
    "storage": Trait(
        (
            "storage", "total_storage_capacity", "internal_storage_capacity", "storage_capacity", "ssd_capacity",
            "hdd_capacity", "total_ssds_capacity", "capacity", "存储",
        ),
        "gb",
    ),
    "memory": Trait(("memory", "ram", "internal_memory", "system_memory", "内存", "运行内存"), "gb"),
    "capacity": Trait(("capacity", "volume", "content", "tank_capacity", "容量", "容积"), "l"),
    "battery": Trait(("battery", "battery_capacity", "capacity", "电池容量"), "mah"),
    "weight": Trait(("weight", "net_weight", "item_weight", "重量"), "kg"),
    "length": Trait(("length", "cable_length", "cord_length", "长度", "线长"), "m"),
    "power": Trait(
        ("power", "wattage", "output_power", "rms_rated_power", "ac_adapter_power", "total_power", "capacity", "功率"),
        "w",
    ),
    "voltage": Trait(("voltage", "output_voltage", "battery_voltage", "input_voltage", "nominal_input_voltage"), "v"),
    "refresh_rate": Trait(("refresh_rate", "maximum_refresh_rate", "刷新率"), "hz"),
    "camera": Trait(("camera", "megapixel", "rear_camera_resolution__numeric"), "mp"),
    "yield": Trait(
        ("yield", "page_yield", "black_toner_page_yield", "colour_toner_page_yield", "black_ink_page_yield"), "pages"
    ),
    "pack": Trait(
        ("pack_size", "quantity_per_pack", "quantity", "number_of_products_included", "pieces", "每包数量"), "pcs"
    ),
    "pieces": Trait(("piece_count", "number_of_pieces", "pieces", "片数"), "pieces"),
    "compatible_with": Trait(
        ("compatible_with", "compatibility", "fits", "compatible_products", "适用型号", "适用")
    ),
}  # fmt: skip
"""What is looked for without a word from the catalogue, under the name by which it is written then."""

UNITS_OF: Mapping[str, Mapping[str, float]] = {
    "length": {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254, "ft": 0.3048},
    "mass": {"g": 0.001, "kg": 1.0, "lb": 0.4536, "oz": 0.02835},
    "bytes": {"mb": 0.001, "gb": 1.0, "tb": 1000.0},
    "volume": {"ml": 0.001, "cl": 0.01, "l": 1.0},
    "power": {"w": 1.0, "kw": 1000.0},
    "frequency": {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9},
    "time": {"min": 1 / 60, "h": 1.0},
    "charge": {"mah": 1.0, "ah": 1000.0},
}
"""Units of one kind, each in the kind's own unit."""
_FLAGS = YES | NO
KIND_OF_UNIT = {unit: kind for kind, units in UNITS_OF.items() for unit in units}

UNIT_WORDS: Mapping[str, str] = {
    **dict.fromkeys(["mm", "millimetre", "millimetres", "millimeter", "millimeters", "毫米"], "mm"),
    **dict.fromkeys(["cm", "centimetre", "centimetres", "centimeter", "centimeters", "厘米", "公分"], "cm"),
    **dict.fromkeys(["m", "metre", "metres", "meter", "meters", "米"], "m"),
    **dict.fromkeys(["in", "inch", "inches", '"', "''", "″", "”", "英寸", "寸", "吋"], "in"),
    **dict.fromkeys(["ft", "foot", "feet"], "ft"),
    **dict.fromkeys(["g", "gram", "grams", "克"], "g"),
    **dict.fromkeys(["kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "公斤", "千克"], "kg"),
    **dict.fromkeys(["lb", "lbs", "pound", "pounds", "磅"], "lb"),
    **dict.fromkeys(["oz", "ounce", "ounces"], "oz"),
    **dict.fromkeys(["mb", "megabyte", "megabytes"], "mb"),
    **dict.fromkeys(["gb", "gigabyte", "gigabytes"], "gb"),
    **dict.fromkeys(["tb", "terabyte", "terabytes"], "tb"),
    **dict.fromkeys(["ml", "millilitre", "millilitres", "milliliter", "milliliters", "毫升"], "ml"),
    **dict.fromkeys(["l", "litre", "litres", "liter", "liters", "ltr", "升", "公升"], "l"),
    **dict.fromkeys(["w", "watt", "watts", "瓦"], "w"),
    **dict.fromkeys(["v", "volt", "volts", "vdc", "伏"], "v"),
    **dict.fromkeys(["hz", "hertz", "赫兹"], "hz"),
    **dict.fromkeys(["mah", "毫安时", "毫安"], "mah"),
    **dict.fromkeys(["mp", "megapixel", "megapixels", "mpx", "百万像素", "万像素"], "mp"),
    **dict.fromkeys(["page", "pages", "pgs", "页"], "pages"),
    **dict.fromkeys(["pcs", "pc(s)", "pc", "pcs.", "pack", "count", "片装", "只装", "支装", "个装"], "pcs"),
    **dict.fromkeys(["只", "支", "包装", "条装", "件装", "袋装", "双装", "抽"], "pcs"),
    **dict.fromkeys(["piece", "pieces", "件套", "粒"], "pieces"),
    **dict.fromkeys(["h", "hour", "hours", "hrs", "小时"], "h"),
    **dict.fromkeys(["min", "minute", "minutes", "分钟"], "min"),
    **dict.fromkeys(["eu", "码"], "eu"),
}
"""A word behind a number → the unit by which it is counted. Any other word counts as itself."""

_MORE_COLOURS: Mapping[str, tuple[str, ...]] = {
    "cyan": ("cyan", "青色"),
    "magenta": ("magenta", "品红", "洋红"),
    "ivory": ("ivory", "象牙白", "象牙色"),
    "lilac": ("lilac", "淡紫色"),
    "lavender": ("lavender", "薰衣草色"),
    "olive": ("olive", "橄榄绿"),
    "charcoal": ("charcoal", "炭灰色"),
    "mint": ("mint green", "薄荷绿"),
    "coral": ("coral red", "珊瑚红", "珊瑚色"),
    "aqua": ("aqua", "水蓝色"),
    "anthracite": ("anthracite",),
    "maroon": ("maroon", "栗色"),
    "mauve": ("mauve",),
    "champagne": ("香槟色", "香槟金"),
    "rose gold": ("rose gold", "玫瑰金"),
}
SHADES = (
    "photo", "matte", "light", "dark", "deep", "pale", "bright", "space", "midnight", "sky", "navy", "royal", "forest",
    "mint", "pastel", "jet", "pearl", "slate", "vivid", "ruby", "cobalt", "steel", "emerald", "mustard", "olive",
    "graphite", "charcoal", "lime",
)  # fmt: skip
"""Before a colour's word they are part of it."""
COLOUR_OF: Mapping[str, str] = {
    way: colour
    for colour, ways in {**COLOURS, **_MORE_COLOURS}.items()
    for way in ways
    if way.isascii() or len(way) > 1
}
"""A colour's way of writing → the colour. A single Chinese character is none: 白 stands in 白酒 too."""
_ACCESSORIES = """
    strap straps case cases cover covers sleeve sleeves protector protectors charger chargers cable cables adapter
    adapters adaptor battery batteries holder holders mount mounts stand stands skin skins dock docks band bands film
    cartridge cartridges toner filter filters spare part parts accessory accessories replacement compatible ink pen
    remote lens bag bags refill refills pouch lamp lamps kit
"""
ACCESSORIES = frozenset(_ACCESSORIES.split())
"""Products that may name first what they are for: an Apple Watch strap need not be Apple's."""

MATERIALS: Mapping[str, tuple[str, ...]] = {
    "leather": ("leather", "真皮", "头层牛皮", "牛皮"),
    "faux leather": ("faux leather", "vegan leather", "pu leather", "artificial leather", "皮革", "pu皮", "人造革"),
    "suede": ("suede", "麂皮"),
    "cotton": ("cotton", "纯棉", "全棉", "棉质"),
    "wool": ("wool", "merino wool", "羊毛"),
    "cashmere": ("cashmere", "羊绒"),
    "linen": ("linen", "亚麻"),
    "silk": ("silk", "真丝", "蚕丝", "桑蚕丝"),
    "nylon": ("nylon", "尼龙", "锦纶"),
    "polyester": ("polyester", "聚酯纤维", "涤纶"),
    "denim": ("denim", "牛仔布"),
    "canvas": ("canvas", "帆布"),
    "velvet": ("velvet", "天鹅绒", "丝绒"),
    "fleece": ("fleece", "抓绒", "摇粒绒"),
    "neoprene": ("neoprene", "氯丁橡胶"),
    "silicone": ("silicone", "硅胶"),
    "rubber": ("rubber", "橡胶"),
    "plastic": ("plastic", "塑料"),
    "stainless steel": ("stainless steel", "不锈钢"),
    "steel": ("steel", "钢制", "钢"),
    "cast iron": ("cast iron", "铸铁"),
    "aluminium": ("aluminium", "aluminum", "铝合金", "铝制"),
    "titanium": ("titanium", "钛合金", "纯钛"),
    "brass": ("brass", "黄铜"),
    "copper": ("copper", "纯铜", "紫铜"),
    "metal": ("metal", "金属"),
    "wood": ("wood", "wooden", "solid wood", "木质", "实木", "木制"),
    "bamboo": ("bamboo", "竹制", "竹子"),
    "oak": ("oak", "橡木"),
    "walnut": ("walnut", "胡桃木"),
    "ceramic": ("ceramic", "陶瓷"),
    "porcelain": ("porcelain", "骨瓷", "瓷器"),
    "glass": ("glass", "玻璃"),
    "borosilicate glass": ("borosilicate glass", "高硼硅玻璃"),
    "marble": ("marble", "大理石"),
    "polycarbonate": ("polycarbonate", "聚碳酸酯"),
    "wicker": ("wicker", "藤编"),
    "rattan": ("rattan",),
}
"""A material first as it is written, then the ways to say it."""
MATERIAL_OF: Mapping[str, str] = {way: material for material, ways in MATERIALS.items() for way in ways}


@lru_cache(maxsize=8192)
def trait_of(name: str) -> frozenset[str]:
    """The traits that an attribute of this name may hold; a unit in the name leaves those that are counted in it."""
    traits = _TRAITS_OF.get(stem_of(name), frozenset())
    unit = split_unit(name)[1]
    if not unit:
        return traits
    return frozenset(
        t for t in traits if TRAITS[t].unit == unit or KIND_OF_UNIT.get(TRAITS[t].unit) == KIND_OF_UNIT.get(unit, unit)
    )


@lru_cache(maxsize=8192)
def stem_of(name: str) -> str:
    """A name without its unit, its parts joined by one sign: "Screen size" and screen_size_in are screen_size."""
    plain = "_".join(normalise(name).replace("-", " ").replace("_", " ").split())
    return split_unit(plain)[0]


def _by_name(traits: Mapping[str, Trait]) -> dict[str, frozenset[str]]:
    names: Iterable[str] = {name for trait in traits.values() for name in trait.names}
    return {
        split_unit(name)[0]: frozenset(key for key, trait in traits.items() if name in trait.names) for name in names
    }


_TRAITS_OF = _by_name(TRAITS)


_TABLES: Mapping[str, Mapping[str, str]] = {"colour": COLOUR_OF, "material": MATERIAL_OF}


def in_one_form(trait: str, value: str) -> str:
    """A list of colours or materials in English, each by its first name; other texts stay as they are."""
    table = _TABLES.get(trait, {})
    return ", ".join(table.get(part, part) for part in PARTS.split(value))


@lru_cache(maxsize=65536)
def canonical_parts(trait: str, value: str) -> frozenset[str]:
    """The parts of a text in one form each: a colour without its shade, a material by its first name."""
    table = _TABLES.get(trait, {})
    return frozenset(_in_one_form(part, table) for part in PARTS.split(normalise(value)) if part.strip())


def _in_one_form(part: str, table: Mapping[str, str]) -> str:
    plain = " ".join(part.replace("-", " ").split())
    if plain in table or not table:
        return table.get(plain, squeezed(plain))
    words = plain.split()
    last = next((table[word] for word in reversed(words) if word in table), "")
    return last or squeezed(plain)


@lru_cache(maxsize=65536)
def squeezed(text: str) -> str:
    """Letters and figures alone: RJ-45 and rj45 are one."""
    return "".join(char for char in normalise(text) if char.isalnum())


def conversion(unit: str, other: str) -> float:
    """What a number in the first unit is multiplied with; 0.0 where they are not of one kind."""
    if unit == other:
        return 1.0
    kind = KIND_OF_UNIT.get(unit)
    return UNITS_OF[kind][unit] / UNITS_OF[kind][other] if kind and kind == KIND_OF_UNIT.get(other) else 0.0


# ------------------------------------------------------------------ what is read


def is_flag(value: str | float) -> bool:
    """Whether a value is a yes or a no, in one of the ways that feeds write them."""
    return isinstance(value, str) and len(value) < 5 and value.lower() in _FLAGS
