"""The headings of a WooCommerce export, which it writes in the language of the shop."""

import re

_HEADINGS = {
    "id": ("id",),
    "type": ("type", "typ", "tipo", "类型"),
    "sku": ("sku", "artikelnummer", "ugs"),
    "gtin": ("gtin, upc, ean, or isbn", "gtin, upc, ean oder isbn", "gtin, upc, ean ou isbn", "gtin, upc, ean o isbn"),
    "name": ("name", "nom", "nombre", "名称"),
    "published": ("published", "veröffentlicht", "publié", "publicado", "已发布"),
    "visibility": (
        *("visibility in catalog", "sichtbarkeit im katalog", "katalogsichtbarkeit", "visibilité dans le catalogue"),
        *("visibilidad en el catálogo", "在列表页可见"),
    ),
    "short": ("short description", "kurzbeschreibung", "description courte", "descripción corta", "简单描述"),
    "description": ("description", "beschreibung", "descripción", "描述"),
    "sale_starts": (
        *("date sale price starts", "datum, an dem angebotspreis beginnt", "date de début de promo"),
        *("día en que empieza el precio rebajado", "促销开始日期"),
    ),
    "sale_ends": (
        *("date sale price ends", "datum, an dem angebotspreis endet", "date de fin de promo"),
        *("día en que termina el precio rebajado", "促销截止日期"),
    ),
    "in_stock": ("in stock?", "vorrätig?", "en stock ?", "¿en inventario?", "¿existencias?", "有货?", "有货？"),
    "stock": ("stock", "bestand", "lager", "inventario", "库存"),
    "backorders": (
        *("backorders allowed?", "lieferrückstande erlaubt?", "lieferrückstände erlaubt?", "rückstände erlaubt?"),
        *("autoriser les commandes de produits en rupture ?", "¿permitir reservas de productos agotados?"),
        *("允许缺货下单?", "允许缺货下单？"),
    ),
    "sale_price": ("sale price", "angebotspreis", "tarif promo", "precio rebajado", "促销价格"),
    "price": ("regular price", "regulärer preis", "tarif régulier", "precio normal", "常规售价"),
    "categories": ("categories", "kategorien", "catégories", "categorías", "分类"),
    "images": ("images", "bilder", "imágenes", "图片"),
    "parent": ("parent", "übergeordnetes produkt", "eltern", "elternprodukt", "superior", "父级"),
    "upsells": ("upsells", "zusatzverkäufe", "produits suggérés", "montée en gamme", "ventas dirigidas", "追加销售"),
    "cross_sells": ("cross-sells", "cross-sells (querverkäufe)", "ventes croisées", "ventas cruzadas", "交叉销售"),
    "url": ("external url", "externe url", "url externe", "url externa", "外部链接"),
    "brand": ("brands", "brand", "marken", "marke", "marques", "marcas", "meta: _brand", "meta: brand", "品牌"),
}
_FIELDS = {heading: name for name, headings in _HEADINGS.items() for heading in headings}
_MEASURES = {
    **dict.fromkeys(("weight", "gewicht", "poids", "peso", "重量"), "weight"),
    **dict.fromkeys(("length", "länge", "longueur", "longitud", "长度"), "length"),
    **dict.fromkeys(("width", "breite", "largeur", "anchura", "宽度"), "width"),
    **dict.fromkeys(("height", "höhe", "hauteur", "altura", "高度"), "height"),
}
_MEASURE = re.compile(r"(.*?) ?[(（](.+)[)）]")
_UNITS = {"lbs": "lb", "公斤": "kg", "千克": "kg", "克": "g", "厘米": "cm", "毫米": "mm", "米": "m"}
_ATTRIBUTE = {
    "name": re.compile(
        r"(?:attribute (\d+) name|attribut (\d+) name|nom de l'attribut (\d+)|nombre del atributo (\d+))"
    ),
    "value": re.compile(
        r"(?:attribute (\d+) value\(s\)|attribut (\d+) wert\(e\)|valeur\(s\) de l'attribut (\d+)"
        r"|valor\(es\) del atributo (\d+))"
    ),
    "name_zh": re.compile(r"属性 ?(\d+) ?名称"),
    "value_zh": re.compile(r"属性 ?(\d+) ?值"),
}
MEASURE = "measure "
ATTRIBUTE = "attribute "


def woo_name(heading: str) -> str:
    """The name of a column by its heading in small letters, in English, German, French, Spanish or Chinese; "" for
    what nothing is read from. Attributes are "attribute 1 name", measures "measure weight_kg"."""
    if heading in _FIELDS:
        return _FIELDS[heading]
    if (found := _MEASURE.fullmatch(heading)) and found[1] in _MEASURES:
        return f"{MEASURE}{_MEASURES[found[1]]}_{_UNITS.get(found[2], found[2])}"
    for part, pattern in _ATTRIBUTE.items():
        if found := pattern.fullmatch(heading):
            return f"{ATTRIBUTE}{found[found.lastindex or 0]} {part.removesuffix('_zh')}"
    return ""


def is_woo(headings: frozenset[str]) -> bool:
    """Whether a table's headings are those of WooCommerce's export."""
    names = {woo_name(heading) for heading in headings}
    return names >= {"type", "name", "published"} and not names.isdisjoint({"price", "categories", "in_stock"})
