"""How fields, values and constraints are said in each language: one place for drafts and reasons."""

import re

from knowledge.domain import Constraint, Language, Product, Value
from knowledge.lexicon import FLAG_NAMES_ZH

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}

_FIELD_NAMES_ZH = {
    "price": "价格",
    "brand": "品牌",
    "category": "类别",
    "rating": "评分",
    "available": "现货",
    "stock": "库存",
    "colour": "颜色",
    "color": "颜色",
    "product_colour": "颜色",
    "size": "尺寸",
    "material": "材质",
    "weight": "重量",
    "type": "类型",
    "connection": "连接方式",
    "noise_cancelling": "降噪",
    "battery_life": "续航",
    "screen_size": "屏幕尺寸",
    "resolution": "分辨率",
    "refresh_rate": "刷新率",
    "panel": "面板",
    "ports": "接口",
    "curved": "曲面",
    "memory": "内存",
    "storage": "存储",
    "processor": "处理器",
    "graphics": "显卡",
    "capacity": "容量",
    "power": "功率",
    "temperature_control": "温控",
    "pressure": "压力",
    "milk_frother": "奶泡器",
    "seasons": "适用季节",
    "waterproof": "防水",
    "volume": "容积",
    "laptop": "可放电脑",
    "gender": "适用性别",
    "terrain": "适用路面",
    "drop": "鞋跟差",
    "light": "亮度",
    "colour_temperature": "色温",
    "dimmable": "可调光",
    "usb_charging": "USB 充电",
    "ionic": "负离子",
    "foldable": "可折叠",
    "speeds": "档位",
    "camera": "摄像头",
    "model": "型号",
    "duplex": "自动双面打印",
    "wifi": "Wi-Fi",
    "battery": "电池容量",
    "card_slots": "卡位",
    "drop_protection": "防摔高度",
    "fits": "适用型号",
    "network": "网络制式",
    "paper_size": "纸张尺寸",
    "print_speed": "打印速度",
    "speakers": "内置音箱",
    "length": "长度",
    "width": "宽度",
    "height": "高度",
    "depth": "深度",
    "scanner": "扫描",
    "style": "款式",
    "pattern": "图案",
    "fabric": "面料",
    "flavour": "口味",
    "interface": "接口",
    "compatibility": "适用设备",
    "pieces": "片数",
    "age": "适用年龄",
    "warranty": "保修",
}
_UNITS: dict[str, tuple[str, str]] = {
    "h": (" h", " 小时"),
    "in": (" in", " 英寸"),
    "gb": (" GB", " GB"),
    "tb": (" TB", " TB"),
    "g": (" g", " 克"),
    "kg": (" kg", " 公斤"),
    "l": (" l", " 升"),
    "ml": (" ml", " 毫升"),
    "w": (" W", " 瓦"),
    "hz": (" Hz", " Hz"),
    "mm": (" mm", " 毫米"),
    "cm": (" cm", " 厘米"),
    "m": (" m", " 米"),
    "mp": (" MP", " 百万像素"),
    "mah": (" mAh", " 毫安时"),
    "ppm": (" ppm", " 页/分钟"),
    "lm": (" lm", " 流明"),
    "k": (" K", " K"),
    "bar": (" bar", " bar"),
    "people": (" people", " 人"),
    "eu": (" EU", " 码"),
}
_BOUNDS: dict[str, tuple[str, str]] = {
    "lt": ("under ", "低于"),
    "le": ("at most ", "不超过"),
    "gt": ("over ", "高于"),
    "ge": ("at least ", "至少"),
}


def money(amount: float, currency: str, language: Language) -> str:
    """An amount as it is written beside a product: $1,299.00 in both languages, 12.50 XYZ for rarer currencies."""
    sign = _SIGNS.get(currency)
    if currency == "CNY" and language == "zh":
        return f"{amount:,.2f} 元"
    return f"{sign}{amount:,.2f}" if sign else f"{amount:,.2f} {currency}".strip()


def split_unit(field: str) -> tuple[str, str]:
    """`battery_life_h` is ("battery_life", "h"); a name without a known unit has the unit ""."""
    stem, _, suffix = field.rpartition("_")
    return (stem, suffix) if stem and suffix in _UNITS else (field, "")


def field_name(field: str, language: Language) -> str:
    """A field as shoppers call it."""
    stem, _ = split_unit(field)
    if language == "zh":
        flags = FLAG_NAMES_ZH.get(stem, ())
        if name := _FIELD_NAMES_ZH.get(stem) or (flags[0] if flags else ""):
            return name
    return " ".join(stem.replace("_", " ").split())


def value_text(field: str, value: Value, currency: str, language: Language) -> str:
    """A value with its unit: 30 h, $150.00, black."""
    if isinstance(value, tuple):
        return ("、" if language == "zh" else " or ").join(value)
    if isinstance(value, str):
        return {"yes": "是", "no": "否"}.get(value, value) if language == "zh" else value
    if field in ("price", "list_price"):
        return money(value, currency, language)
    _, unit = split_unit(field)
    suffix = _UNITS[unit][1 if language == "zh" else 0] if unit else ""
    return f"{value:g}{suffix}" if abs(value) < 1e6 else f"{value:,.0f}{suffix}"


_ADJECTIVE = re.compile(r"(?:proof|able|ible|ed|ing|less|free|ic|safe|windproof|standing|resistant)$")


def constraint_text(constraint: Constraint, currency: str, language: Language) -> str:
    """A hard wish in words: "price at most $150.00", "not Aurel", "颜色：黑色"."""
    zh = language == "zh"
    name = field_name(constraint.field, language)
    held = constraint.value
    if constraint.field == "category":
        paths = held if isinstance(held, tuple) else (str(held),)
        held = ("或" if zh else " or ").join(path.split(" > ")[-1] for path in paths)
    value = value_text(constraint.field, held, currency, language)
    if constraint.field == "available":
        return "有现货" if zh else "in stock"
    if constraint.field == "category" and constraint.op != "ne":
        return value
    if constraint.op in _BOUNDS:
        return f"{name}{_BOUNDS[constraint.op][1]} {value}" if zh else f"{name} {_BOUNDS[constraint.op][0]}{value}"
    if constraint.value in ("yes", "no") and not zh:
        is_wanted = (constraint.value == "yes") == (constraint.op == "eq")
        if _ADJECTIVE.search(name):
            return name if is_wanted else f"not {name}"
        return f"with {name}" if is_wanted else f"without {name}"
    if constraint.op == "ne":
        return f"{name}不是{value}" if zh else f"{name} not {value}"
    return f"{name}：{value}" if zh else f"{name} {value}"


def stated(product: Product, language: Language) -> dict[str, str]:
    """A product's attributes in words: the field's own name to its value with its unit, translated where it can be."""
    translation = product.translations.get(language)
    said = translation.attributes if translation else {}
    return {
        name: said.get(name) or value_text(name, value, product.currency, language)
        for name, value in product.attributes.items()
    }
