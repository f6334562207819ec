"""Words of both languages that no catalogue brings along: colours, usual attribute names, units, ordinary words."""

from collections.abc import Mapping

COLOURS: Mapping[str, tuple[str, ...]] = {
    "black": ("black", "黑色", "黑"),
    "white": ("white", "白色", "白"),
    "grey": ("grey", "gray", "灰色", "灰"),
    "silver": ("silver", "银色", "银"),
    "gold": ("gold", "golden", "金色", "金"),
    "red": ("red", "红色", "红"),
    "pink": ("pink", "粉色", "粉红色", "粉红", "粉"),
    "orange": ("orange", "橙色", "橘色", "橘红色", "橙"),
    "yellow": ("yellow", "黄色", "黄"),
    "green": ("green", "绿色", "绿"),
    "teal": ("teal", "蓝绿色", "水鸭色"),
    "turquoise": ("turquoise", "绿松石色", "青绿色"),
    "blue": ("blue", "蓝色", "蓝"),
    "navy": ("navy", "navy blue", "深蓝色", "藏青色", "海军蓝"),
    "purple": ("purple", "violet", "紫色", "紫"),
    "brown": ("brown", "棕色", "咖啡色", "褐色", "棕"),
    "beige": ("beige", "米色", "米白色", "杏色"),
    "cream": ("cream", "奶油色", "奶白色"),
    "khaki": ("khaki", "卡其色", "卡其"),
    "burgundy": ("burgundy", "酒红色", "酒红"),
    "transparent": ("transparent", "透明"),
    "multicolour": ("multicolour", "multicolor", "彩色", "多色"),
}
"""A colour's catalogue word first, then the ways to say it. A single Chinese character needs 的 or 款 after it."""

FLAG_NAMES_ZH: Mapping[str, tuple[str, ...]] = {
    "noise_cancelling": ("降噪", "主动降噪", "消噪"),
    "noise_canceling": ("降噪", "主动降噪", "消噪"),
    "noise_cancellation": ("降噪", "主动降噪", "消噪"),
    "anc": ("降噪", "主动降噪"),
    "microphone": ("麦克风", "话筒"),
    "waterproof": ("防水",),
    "water_resistant": ("防水", "防泼水", "防溅"),
    "wireless": ("无线",),
    "bluetooth": ("蓝牙",),
    "wifi": ("无线网", "wifi"),
    "touchscreen": ("触屏", "触摸屏", "触控屏", "触控"),
    "touch_screen": ("触屏", "触摸屏", "触控屏", "触控"),
    "backlit_keyboard": ("背光键盘", "键盘背光"),
    "fingerprint_reader": ("指纹识别", "指纹解锁"),
    "curved": ("曲面", "曲面屏"),
    "height_adjustable": ("可升降", "能升降", "高度可调", "升降支架"),
    "colour_print": ("彩色打印", "彩打"),
    "color_print": ("彩色打印", "彩打"),
    "scanner": ("扫描",),
    "double_sided": ("双面打印", "自动双面"),
    "duplex": ("双面打印", "自动双面"),
    "dual_sim": ("双卡", "双卡双待"),
    "wireless_charging": ("无线充电", "无线快充"),
    "fast_charging": ("快充", "快速充电"),
    "headphone_jack": ("耳机孔", "耳机接口"),
    "magnetic": ("磁吸",),
    "kickstand": ("支架",),
    "temperature_control": ("温控", "控温", "调温", "可调温", "温度可调"),
    "keep_warm": ("保温",),
    "auto_shut_off": ("自动断电", "自动关机"),
    "milk_frother": ("奶泡", "打奶泡", "奶泡器"),
    "grinder": ("磨豆", "研磨", "磨豆机"),
    "timer": ("定时", "预约"),
    "freestanding": ("自立式", "免桩"),
    "windproof": ("防风",),
    "breathable": ("透气",),
    "rain_cover": ("防雨罩",),
    "dimmable": ("可调光", "调光", "亮度可调", "能调暗"),
    "adjustable_colour_temperature": ("色温可调", "可调色温", "调色温"),
    "usb_charging": ("usb充电", "usb充电口", "充电口"),
    "rechargeable": ("可充电", "充电式"),
    "ionic": ("负离子",),
    "foldable": ("可折叠", "折叠"),
    "diffuser": ("扩散风嘴", "烘发罩", "散风罩"),
    "dishwasher_safe": ("可进洗碗机", "洗碗机可用"),
    "cordless": ("无绳",),
    "smart": ("智能控制",),
    "organic": ("有机",),
    "vegan": ("纯素",),
}
"""Chinese names of usual yes-or-no attributes. One Chinese name may stand for several; the category decides."""

NUMBER_NAMES: Mapping[str, tuple[str, ...]] = {
    "battery_life": ("battery life", "battery", "playtime", "runtime", "续航", "电池", "电量"),
    "battery": ("battery capacity", "battery", "电池", "续航"),
    "memory": ("memory", "ram", "内存", "运存", "运行内存"),
    "ram": ("memory", "ram", "内存", "运存"),
    "storage": ("storage", "ssd", "disk", "hard drive", "存储", "硬盘", "固态", "闪存"),
    "screen_size": ("screen size", "screen", "display", "屏幕", "屏", "尺寸"),
    "screen": ("screen size", "screen", "display", "屏幕", "屏"),
    "display_size": ("screen size", "screen", "display", "屏幕", "屏"),
    "weight": ("weight", "weigh", "weighs", "weighing", "heavy", "重量", "重"),
    "capacity": ("capacity", "容量"),
    "volume": ("volume", "capacity", "容积", "容量"),
    "power": ("power", "wattage", "功率"),
    "refresh_rate": ("refresh rate", "refresh", "刷新率", "高刷"),
    "camera": ("camera", "megapixels", "摄像头", "像素", "相机", "镜头"),
    "laptop": ("laptop", "laptops", "电脑", "笔记本"),
    "size": ("size", "尺码", "鞋码"),
    "shoe_size": ("size", "尺码", "鞋码"),
    "drop": ("drop", "落差", "跟差"),
    "light": ("brightness", "lumens", "亮度"),
    "brightness": ("brightness", "亮度"),
    "colour_temperature": ("colour temperature", "color temperature", "色温"),
    "pressure": ("pressure", "压力"),
    "print_speed": ("print speed", "打印速度"),
    "length": ("length", "long", "长度", "长"),
    "width": ("width", "wide", "宽度", "宽"),
    "height": ("height", "tall", "high", "高度", "高"),
    "depth": ("depth", "deep", "深度", "深"),
    "cable_length": ("cable length", "cable", "线长", "长度"),
    "waterproof": ("water column", "防水指数"),
}
"""How shoppers call a number of a product, beside the field's own name."""

UNITS: Mapping[str, tuple[str, ...]] = {
    "h": ("hours", "hour", "hrs", "hr", "h", "个小时", "小时", "个钟头", "钟头"),
    "in": ("inches", "inch", "in", '"', "”", "″", "英寸", "寸", "吋"),
    "gb": ("gigabytes", "gigs", "gig", "gb", "g"),
    "tb": ("terabytes", "tb", "t"),
    "g": ("grams", "gram", "gr", "g", "克"),
    "kg": ("kilograms", "kilogram", "kilos", "kilo", "kgs", "kg", "公斤", "千克"),
    "jin": ("市斤", "斤"),
    "lb": ("lbs", "lb", "磅"),
    "l": ("litres", "litre", "liters", "liter", "ltr", "l", "公升", "升"),
    "ml": ("millilitres", "milliliters", "ml", "毫升"),
    "w": ("watts", "watt", "w", "瓦特", "瓦"),
    "hz": ("hertz", "hz", "赫兹", "赫"),
    "mm": ("millimetres", "millimeters", "mm", "毫米"),
    "cm": ("centimetres", "centimeters", "cms", "cm", "厘米", "公分"),
    "m": ("metres", "metre", "meters", "meter", "m", "米"),
    "mp": ("megapixels", "megapixel", "mpx", "mp", "百万像素"),
    "mah": ("mah", "毫安时", "毫安"),
    "ppm": ("pages per minute", "ppm"),
    "lm": ("lumens", "lumen", "lm", "流明"),
    "bar": ("bars", "bar", "巴"),
    "people": ("people", "persons", "person", "ppl", "pax", "adults", "man", "men", "个人", "人"),
    "eu": ("eu", "码", "号"),
}
"""How a unit is written, longest first, by the suffix of a field's name."""

CONVERSIONS: Mapping[tuple[str, str], float] = {
    ("kg", "g"): 1000.0,
    ("g", "kg"): 0.001,
    ("jin", "kg"): 0.5,
    ("jin", "g"): 500.0,
    ("lb", "kg"): 0.4536,
    ("lb", "g"): 453.6,
    ("l", "ml"): 1000.0,
    ("ml", "l"): 0.001,
    ("tb", "gb"): 1000.0,
    ("gb", "tb"): 0.001,
    ("cm", "mm"): 10.0,
    ("mm", "cm"): 0.1,
    ("m", "cm"): 100.0,
    ("cm", "m"): 0.01,
    ("m", "mm"): 1000.0,
    ("mm", "m"): 0.001,
}
"""What a number in the first unit is multiplied with to be one in the second."""

PRODUCT_NOUNS: tuple[tuple[str, ...], ...] = (
    ("laptop", "notebook", "notebook computer", "笔记本电脑", "笔记本", "手提电脑", "笔电"),
    ("headphone", "earphone", "headset", "earbud", "耳机", "耳麦", "耳塞"),
    ("speaker", "loudspeaker", "音箱", "音响", "喇叭"),
    ("computer", "pc", "电脑", "计算机"),
    ("phone", "smartphone", "手机"),
    ("smartphone", "smart phone", "mobile phone", "cell phone", "cellphone", "智能手机", "手机"),
    ("phone case", "phone cover", "mobile phone case", "手机壳", "手机套", "手机保护壳", "手机保护套"),
    ("monitor", "computer screen", "computer monitor", "显示器", "显示屏"),
    ("printer", "打印机", "印表机", "列印机"),
    ("kettle", "electric kettle", "电热水壶", "电水壶", "烧水壶", "热水壶", "水壶", "快煮壶"),
    ("coffee maker", "coffee machine", "espresso machine", "咖啡机"),
    ("tent", "帐篷", "帐棚"),
    ("backpack", "rucksack", "back pack", "背包", "双肩包", "登山包", "书包"),
    ("running shoe", "runner shoe", "running trainer", "跑鞋", "跑步鞋"),
    ("sneaker", "trainer", "运动鞋"),
    ("shoe", "footwear", "鞋", "鞋子"),
    ("desk lamp", "table lamp", "台灯", "桌灯"),
    ("hair dryer", "hairdryer", "blow dryer", "hair drier", "吹风机", "电吹风"),
    ("television", "tv", "电视", "电视机"),
    ("fridge", "refrigerator", "冰箱"),
    ("vacuum cleaner", "hoover", "吸尘器"),
    ("sofa", "couch", "沙发"),
    ("trousers", "pants", "裤子", "长裤"),
    ("jumper", "sweater", "pullover", "毛衣"),
    ("t shirt", "tee", "t恤"),
    ("suitcase", "luggage", "行李箱", "拉杆箱"),
    ("tablet", "tablet computer", "平板电脑", "平板"),
    ("camera", "相机", "照相机"),
    ("watch", "手表"),
    ("mouse", "mice", "computer mouse", "鼠标", "滑鼠"),
    ("keyboard", "键盘"),
    ("scanner", "扫描仪"),
    ("projector", "投影仪", "投影机"),
    ("router", "wifi router", "路由器"),
    ("ink cartridge", "printer ink", "墨盒", "打印机墨盒"),
    ("toner cartridge", "toner", "硒鼓", "碳粉盒"),
    ("hard drive", "hard disk", "硬盘"),
    ("memory card", "存储卡", "内存卡"),
    ("usb stick", "usb flash drive", "flash drive", "u盘", "优盘"),
    ("power bank", "portable charger", "充电宝", "移动电源"),
    ("charger", "充电器"),
    ("microphone", "麦克风", "话筒"),
    ("webcam", "摄像头"),
    ("microwave", "microwave oven", "微波炉"),
    ("washing machine", "洗衣机"),
    ("rice cooker", "电饭煲", "电饭锅"),
    ("blender", "搅拌机", "料理机"),
    ("toaster", "烤面包机", "多士炉"),
    ("chair", "椅子"),
    ("mattress", "床垫"),
    ("bicycle", "bike", "自行车", "单车"),
)
"""Words for the same product; they help only where the shop has a category of one of these names."""

_ACCESSORY_NOUNS = """
    stand stands holder holders arm arms mount mounts bag bags sleeve sleeves cover covers case cases charger
    chargers cable cables adapter adapters battery batteries lid lids pole poles peg pegs jack paper ink cartridge
    cartridges filter filters strap straps band protector protectors part parts accessory accessories game games
    pouch dock docks remote keyboard keyboards table tables desk desks chair chairs cleaner pod pods bean beans
    mug mugs shop store insert laces sock socks rack racks port ports slot slots number plan sim signal bill
    backpack backpacks briefcase briefcases cooler coolers cooling lock locks skin skins tray trays cleaning kit kits
    module modules lens lenses tripod tripods antenna antennas drum drums toner label labels ribbon ribbons roll rolls
    enclosure enclosures splitter splitters extender extenders converter converters pad pads mat mats platform
    cabinet cabinets faceplate faceplates housing housings cord cords station stations belt belts roller
    rollers spare service services sticker stickers software licence license warranty wipes spray brush
"""
ACCESSORY_NOUNS = frozenset(_ACCESSORY_NOUNS.split())
"""After a product noun they name another product: a laptop stand is no laptop."""
ACCESSORY_NOUNS_ZH = (
    "壳", "套", "膜", "架", "支架", "线", "包", "垫", "盖", "配件", "充电器", "贴", "杆", "地钉", "墨", "纸", "胶囊",
    "豆", "杯", "孔", "口", "接口", "带", "绳", "卡", "号", "屏", "店", "码", "底", "油", "里", "上",
)  # fmt: skip

GENDERS: Mapping[str, tuple[str, ...]] = {
    "women": ("women", "womens", "woman", "ladies", "lady", "female", "女款", "女士", "女式", "女生", "女性", "女子"),
    "men": ("men", "mens", "man", "male", "gents", "男款", "男士", "男式", "男生", "男性", "男子"),
    "unisex": ("unisex", "男女同款", "男女通用", "中性"),
    "kids": ("kids", "children", "childrens", "儿童", "童款"),
}
"""For fields named gender: how its usual values are said."""

YES = frozenset(["yes", "true", "y", "是", "有", "支持", "可", "能", "带"])
NO = frozenset(["no", "false", "n", "none", "without", "否", "无", "不", "没有", "不支持", "不带", "不可", "不能"])

_ORDINARY = """
    a about above accessories act after again all also always am an and any anything apple are around as ask at
    audio back base basic be beauty because been before being best better big blank book both box boxed brother
    but buy by call can card care carry case chief choice city class classic clean clear club cold come compact
    complete cool core could current daily dark day deep default delivery department dish do does done dry easy
    edge else end equip essential essentials even every express extra eye fair family fast feel few fine first fit
    fix flat for free fresh from full fun gear general get gift gifts give go going gold good great green group
    had half hand hard has have he heavy help her here high him his hold home hot house how i idea if in inside
    instead into is it item items its jumbo just keep kind kit know label large last late leaf left less let life
    light like line little live long look love low made main maker makers make man many max may me mean medium
    mine mini mix mixed model more most move much must my natural near need never new next nice no none normal not
    note nothing now of off office official old on once one ones only open option or orange order original other
    our out outdoor outdoors outside over own package pad page pair part parts pay people per pick piece place
    plain plan play please plus point power prime pro product products pure put quality quick quiet rated ready
    real regular rest return right round safe sale same save school seasonal second see seem send service set
    sharp she ship shop short show side silk simple simply single size small smart so soft some something spare
    special spot standard star start state stay step still stock store strong style such super supply sure switch
    system take target team tell than thank thanks that the their them then there these they thing things think
    this those three time to today together too top total touch track travel true try turn two type under unit
    universal unspecified up upon us use used value vary very view want warm was water way we week well were what
    when where which white who whole why wide will with without woman wonder wood word work world would year years
    yes yet you young your equipment device devices machine machines supplies stuff goods misc miscellaneous
    various lot bundle collection series kitchen bar desk cover covers holder stand
"""
ORDINARY = frozenset(_ORDINARY.split())
"""Words too common to be a brand or a value by themselves."""
