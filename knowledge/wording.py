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
    "piece_count": "件数",
    "pack_size": "每包数量",
    "age": "适用年龄",
    "voltage": "电压",
    "compatible_with": "适用于",
    "warranty": "保修",
    "alcohol_free": "不含酒精",
    "armrests": "扶手",
    "assembly_required": "需要安装",
    "backlight": "背光",
    "bagless": "无尘袋",
    "bleached": "漂白",
    "bristles": "刷毛",
    "browning_levels": "烤色档位",
    "bun_rack": "烤架",
    "buttons": "按键数",
    "cable_included": "含数据线",
    "cable_length": "线长",
    "case_size": "表壳尺寸",
    "chest": "胸围",
    "closure": "闭合方式",
    "comfort": "舒适温度",
    "compostable": "可堆肥",
    "content": "净含量",
    "crampon_compatible": "可装冰爪",
    "decaf": "低因",
    "defrost": "解冻",
    "diameter": "直径",
    "display": "显示屏",
    "dryer_safe": "可烘干",
    "encrypted": "加密",
    "filling": "填充物",
    "filter_size": "滤纸规格",
    "firmness": "软硬度",
    "fragrance_free": "无香精",
    "fuel": "燃料",
    "gps": "GPS",
    "hand": "左右手",
    "headrest": "头枕",
    "heart_rate": "心率监测",
    "heating": "加热方式",
    "hepa": "HEPA 滤网",
    "hood": "帽子",
    "hot_swappable": "热插拔",
    "ignition": "点火",
    "induction": "电磁炉可用",
    "infuser": "茶隔",
    "insulated": "保温",
    "keeps_hot": "保温时长",
    "key_ingredient": "主要成分",
    "layout": "键盘布局",
    "leakproof": "防漏",
    "lid_included": "含盖",
    "lumbar_support": "腰托",
    "machine_washable": "可机洗",
    "max_load": "最大承重",
    "memory_card_slot": "存储卡槽",
    "microwave_safe": "可微波",
    "min_age": "适用年龄起",
    "modes": "模式数",
    "mop": "拖地",
    "motor": "电机",
    "noise": "噪音",
    "non_stick": "不粘",
    "number_pad": "数字键盘",
    "origin": "产地",
    "oven_safe": "可进烤箱",
    "packed_volume": "收纳体积",
    "paper_weight": "纸张克重",
    "pen_included": "含手写笔",
    "pet_hair": "吸宠物毛",
    "pressure_sensor": "压力感应",
    "read_speed": "读取速度",
    "recycled": "再生材料",
    "reflective": "反光",
    "resoleable": "可换底",
    "roast": "烘焙度",
    "seat_height": "座高",
    "sensor": "传感器",
    "shaft": "鞋帮",
    "silent_clicks": "静音点击",
    "skin_type": "适合肤质",
    "slot_length": "槽长",
    "slots": "槽数",
    "solar_panel": "太阳能板",
    "spf": "SPF",
    "steamer": "蒸笼",
    "strap_width": "表带宽度",
    "straw": "吸管",
    "switch_feel": "轴体手感",
    "theme": "主题",
    "thickness": "厚度",
    "underarm_zips": "腋下拉链",
    "warmth": "保暖程度",
    "washable": "可水洗",
    "wheels": "滚轮",
    "yield": "打印页数",
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
    "v": (" V", " 伏"),
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
    "days": (" days", " 天"),
    "years": (" years", " 岁"),
    "c": (" °C", " °C"),
    "db": (" dB", " 分贝"),
    "dpi": (" DPI", " DPI"),
    "gsm": (" g/m²", " 克/平方米"),
    "pages": (" pages", " 页"),
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


_ADJECTIVE = re.compile(r"(?:proof|able|ible|ed|ing|less|free|ic|safe|standing|resistant)$")


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


_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T")
_LATER = {"preorder": ("pre-order", "预售"), "backorder": ("on back order", "可订购，暂无现货")}


def later_text(product: Product, language: Language) -> str:
    """Of a product on sale that is not there yet, that and from when: "pre-order (from 2031-05-01)"; else ""."""
    told = _LATER.get(str(product.attributes.get("availability")))
    if told is None or not product.in_stock:
        return ""
    since = str(product.attributes.get("availability_date", ""))
    since = since[:10] if _ISO_TIME.match(since) else since
    if language == "zh":
        return told[1] + (f"（{since} 起）" if since else "")
    return told[0] + (f" (from {since})" if since else "")
