"""Which columns of a feed stand for which fields: by the names that shops usually give them, and by the shop's own."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeAlias

from knowledge.errors import FeedError
from knowledge.extraction.traits import UNIT_WORDS
from knowledge.feeds.currencies import currency_in
from knowledge.feeds.fields import text_or_number
from knowledge.feeds.rows import JsonRow, RowError
from knowledge.wording import split_unit

FieldNames: TypeAlias = Mapping[str, Mapping[str, int]]
"""Fields, each with the names that its column may have, ranked."""


_LONGEST_NAME = 200


def _key(name: str) -> str:
    """A column's name without case, accents, punctuation and what stands behind it in brackets."""
    plain = re.sub(r"[(（\[][^)）\]]*[)）\]]\s*$", "", name[:_LONGEST_NAME].strip().removeprefix("g:"))
    letters = unicodedata.normalize("NFKD", plain.casefold())
    kept = "".join(char for char in letters if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "_", kept).strip("_")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _ranked(names: Mapping[str, str]) -> FieldNames:
    """Of two columns that are there the one whose name stands first counts; a field takes it from those below."""
    return {field: {_key(name): rank for rank, name in enumerate(text.split())} for field, text in names.items()}


PRODUCT_FIELDS = _ranked(
    {
        "product_id": "product_id id sku item_id item_no item_number article_no article_number product_no"
        " product_number part_number product_code item_code article_code code artikelnummer artikelnr artikel_nr"
        " art_nr artikel_id artikelcode bestellnummer produktnummer produkt_id référence reference réf ref"
        " code_article code_produit identifiant id_produit código codigo código_de_producto referencia ref_producto"
        " id_producto 商品编号 商品编码 商品id 商品代码 货号 产品编号 产品编码 产品id 商家编码 sku编码 编号 编码"
        " 商品編號 貨號",
        "title": "title name product_name product_title item_name product titel bezeichnung artikelbezeichnung"
        " produktbezeichnung produktname artikelname titre nom désignation designation libellé libelle intitulé"
        " nom_du_produit nom_produit título titulo nombre nombre_del_producto nombre_producto denominación producto"
        " 标题 商品名称 商品标题 商品名 宝贝标题 产品名称 产品名 品名 名称 商品名稱 標題 名稱",
        "description": "description long_description product_description body details short_description beschreibung"
        " langbeschreibung langtext produktbeschreibung artikelbeschreibung kurzbeschreibung description_longue"
        " descriptif description_courte descripción descripcion descripción_larga descripción_corta 描述 商品描述"
        " 产品描述 详细描述 商品详情 详情 商品介绍 介绍 简介",
        "brand": "brand brand_name manufacturer make marke hersteller markenname marque fabricant marca fabricante"
        " 品牌 品牌名称 品牌名 牌子 制造商 厂商",
        "category": "category product_type category_path product_category categories department kategorie kategorien"
        " produktkategorie warengruppe produktgruppe catégorie catégories categorie rayon famille categoría"
        " categorías categoria familia 分类 商品分类 产品分类 类目 商品类目 类别 商品类别 品类 分類",
        "price": "price selling_price sales_price current_price preis verkaufspreis vk vk_preis"
        " bruttopreis preis_brutto endpreis prix prix_ttc prix_de_vente prix_vente precio precio_de_venta"
        " precio_venta pvp 售价 价格 商品价格 销售价 销售价格 现价 零售价 单价 售價 價格 regular_price normalpreis"
        " prix_normal precio_normal",
        "sale_price": "sale_price special_price discount_price discounted_price offer_price promo_price angebotspreis"
        " aktionspreis sonderpreis prix_promo prix_promotionnel prix_soldé prix_remisé precio_de_oferta precio_oferta"
        " precio_rebajado 促销价 活动价 优惠价 特价 折扣价 折后价",
        "list_price": "list_price regular_price msrp rrp retail_price original_price compare_at_price was_price uvp"
        " listenpreis streichpreis normalpreis prix_conseillé prix_public prix_barré prix_normal precio_recomendado"
        " precio_anterior precio_original precio_normal pvpr 市场价 原价 划线价 吊牌价 建议零售价 市場價 原價",
        "currency": "currency currency_code währung waehrung devise monnaie moneda divisa 币种 货币 幣別",
        "available": "available availability in_stock stock_status verfügbar verfuegbar verfügbarkeit lieferbar"
        " disponible disponibilité disponibilidad 库存状态 是否有货 有货",
        "stock": "stock quantity qty inventory stock_quantity inventory_quantity stock_level bestand lagerbestand"
        " quantité quantite cantidad existencias inventario 库存 库存数量 库存量 庫存",
        "rating": "rating average_rating bewertung note_moyenne valoración valoracion puntuación 评分 星级",
        "n_ratings": "n_ratings rating_count review_count number_of_reviews anzahl_bewertungen nombre_d'avis"
        " nombre_avis número_de_reseñas 评价数 评论数 评分数",
        "released": "released release_date erscheinungsdatum date_de_sortie fecha_de_lanzamiento 上市时间 上市日期"
        " 发布日期",
        "url": "url link product_url product_link deeplink produkt_url produktlink lien url_produit enlace"
        " url_producto 链接 商品链接 产品链接 网址",
        "image": "image image_link image_url main_image picture photo bild bild_url bildlink produktbild"
        " image_principale url_image imagen imagen_url foto 图片 主图 商品图片 产品图片 图片链接 图片地址 主图链接",
        "parent_id": "parent_id item_group_id parent_sku parent vater vaterartikel hauptartikel référence_parent"
        " sku_padre 父商品编号 主商品编号 spu",
    }
)
UTTERANCE_FIELDS = _ranked(
    {
        "text": "text utterance message sentence phrase example äußerung satz nachricht beispiel phrase texte exemple"
        " frase mensaje texto ejemplo 文本 语句 句子 问句",
        "label": "label intent absicht étiquette intention etiqueta intención 标签 意图",
        "language": "language lang locale sprache langue idioma 语言 语种",
    }
)
# What a shop pays, earns and notes for itself, which shoppers never see: a name is internal that holds such a word, or
# one of both groups. An internal storage and a net weight are a product's own.
_INTERNAL = _words(
    "cost costs cogs margin markup profit supplier suppliers wholesale purchase buying warehouse einkauf"
    " einkaufspreis ek marge deckungsbeitrag lieferant lieferanten lagerplatz lagerort nettopreis achat fournisseur"
    " compra coste costo margen proveedor"
)
_INTERNAL_TOGETHER = (
    (
        _words("internal intern interne interner interno interna"),
        _words("note notes comment comments remark id code sku name notiz bemerkung kommentar commentaire nota"),
    ),
    (_words("net netto neto ht"), _words("price preis prix precio")),
)
_INTERNAL_CHINESE = re.compile("成本|进价|进货|采购|毛利|利润|供应商|供货|内部备注|内部编号|备注|库位|仓库")
_WITH_COMMAS = re.compile(r"(?:[1-9]\d{0,2}(?:\.\d{3})+|0|[1-9]\d{0,8})(?:,\d{1,6})?")
_VERSION = re.compile("version|versión|firmware|revision|版本", re.IGNORECASE)
_AS_TEXT = re.compile(r'="([^"]*)"')
_WITH_CURRENCY = re.compile("(.+?)_(?:in_)?([a-z]{3})")
_FORMULA = re.compile(r"=\s*(?:[A-Za-z_.]+\s*[(|!]|\$?[A-Z]{1,3}\$?\d)")
_ATTRIBUTES = {
    **dict.fromkeys(("farbe", "couleur", "颜色"), "colour"),
    **dict.fromkeys(("größe", "groesse", "taille", "talla", "尺码"), "size"),
    **dict.fromkeys(("materiau", "matériau", "matière", "材质"), "material"),
}
"""Attributes that other parts know by one name: a shop whose feeds are in two languages has one colour."""
_LAST_BRACKET = re.compile(r"[(（\[]\s*([^)）\]]*?)\s*[)）\]]$")
_UNITS = {
    word: unit
    for word, unit in UNIT_WORDS.items()
    if split_unit(f"name_{unit}")[1] and word not in ("万像素", "毫安")  # 5000 万像素 are 50 MP, and 毫安 is a current
}
"""Words of units in a column's brackets → how they end the name of an attribute."""
NEEDED = ("product_id", "title")
NEVER_CUT = frozenset({*NEEDED, "price", "sale_price", "list_price", "currency", "available", "stock"})
_PRICES = ("price", "sale_price", "list_price")
_OBJECTS = frozenset({"attributes", "links", "translations"})


@dataclass(frozen=True, slots=True)
class Column:
    """What a column stands for: a field or an attribute; with neither it is left out.

    `currency` is that of its prices where its name says it, `is_own` that the shop said so. `marks` stand before
    decimals in an attribute.
    """

    field: str = ""
    attribute: str = ""
    currency: str = ""
    is_own: bool = False
    marks: frozenset[str] = frozenset()

    @property
    def is_price(self) -> bool:
        return self.field in _PRICES

    @property
    def is_measure(self) -> bool:
        """Whether its name says a unit: weight_kg."""
        return bool(split_unit(self.attribute)[1])


def columns_of(names: Sequence[str], fields: FieldNames, own: Mapping[str, str]) -> tuple[Column, ...]:
    """What each of these columns stands for: first what the shop says, then the usual names.

    Raises FeedError when the shop has two of them stand for one field.
    """
    keys = [_key(name) for name in names]
    columns: dict[str, Column] = {}
    for key, target in ((_key(name), target.strip()) for name, target in own.items()):
        if key not in keys:
            continue
        if target in fields and any(column.field == target for column in columns.values()):
            raise FeedError(
                f"[feeds.columns] in shop.toml says {target!r} of two columns that are there, one of them "
                f'{names[keys.index(key)]!r}; give one of the two ""'
            )
        columns[key] = Column(target, is_own=True) if target in fields else Column(attribute=target, is_own=True)
    for field, ranks in fields.items():
        if any(column.field == field for column in columns.values()):
            continue
        found = [(ranks[bare], key) for key in keys if key not in columns and (bare := _bare(key, field)) in ranks]
        if found:
            columns[min(found)[1]] = Column(field)
    others = (columns.get(key) or _other(key, name, fields) for key, name in zip(keys, names, strict=True))
    return tuple(
        replace(column, currency=_currency_of(name, key)) if column.is_price else column
        for column, key, name in zip(others, keys, names, strict=True)
    )


def fields_of(columns: Sequence[Column]) -> frozenset[str]:
    return frozenset(column.field for column in columns if column.field)


def only_own(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns of which the shop spoke; the others are left out."""
    return tuple(column if column.is_own else Column() for column in columns)


def missing_columns(names: Sequence[str], columns: Sequence[Column], needed: Sequence[str] = NEEDED) -> str:
    """What to write into shop.toml where no column stands for a needed field; "" where one does for each."""
    missing = [field for field in needed if field not in fields_of(columns)]
    if not missing:
        return ""
    lines = "".join(f'\n"NAME OF THE COLUMN" = "{field}"' for field in missing)
    return (
        f"no column is known to hold {' or '.join(missing)}; the columns are: {', '.join(names)[:400]}; say in "
        f"shop.toml which one does:\n[feeds.columns]{lines}"
    )


def doubled(names: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """The names of columns that stand for what one before them stands for."""
    targets = [column.field or column.attribute for column in columns]
    return [name for place, name in enumerate(names) if targets[place] and targets.index(targets[place]) < place]


def misspelt(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """What the shop calls an attribute and is nearly the name of a field, with that field; image_2 is meant so."""
    named = [column.attribute for column in columns if column.is_own and column.attribute]
    named = [name for name in named if not name[-1].isdigit()]
    near = ((name, get_close_matches(name, PRODUCT_FIELDS, n=1, cutoff=0.8)) for name in named)
    return [(name, fields[0]) for name, fields in near if fields]


def product_row(columns: Sequence[Column], fields: Sequence[str]) -> JsonRow:
    """One of our rows from a record of a table of products. Of two filled columns for one field the first counts.

    Raises RowError for a formula of a spreadsheet, which says nothing to a shopper.
    """
    row: JsonRow = {}
    attributes: dict[str, str | float] = {}
    currency = ""
    for column, field in zip(columns, fields, strict=False):
        text = field.strip()
        if not text or not (column.field or column.attribute):
            continue
        if text[0] == "=":
            text = _value_of(text, column.field or column.attribute)
        if column.field:
            row.setdefault(column.field, text)
            currency = currency or column.currency
        else:
            attributes.setdefault(column.attribute, _attribute(column, text))
    if currency:
        row.setdefault("currency", currency)
    if attributes:
        row["attributes"] = attributes
    return row


def _attribute(column: Column, text: str) -> str | float:
    """A number where the text is one. A version that ends in 0 is none (3.10), nor what may be one: a number with a
    dot in a column without a unit, where dots stand before decimals."""
    may_have_comma = "," in column.marks and ("," in text or "." not in column.marks)
    has_comma = may_have_comma and _WITH_COMMAS.fullmatch(text) is not None
    may_be_version = text.endswith("0") and ("." in text or "," in text) and not column.is_measure
    if may_be_version and (not has_comma or _VERSION.search(column.attribute)):
        return text
    return float(text.replace(".", "").replace(",", ".")) if has_comma else text_or_number(text)


def columns_of_object(names: Sequence[str], own: Mapping[str, str]) -> tuple[Column, ...]:
    """What the fields of an object of JSON stand for; () where all have our names already, or are attributes."""
    columns = columns_of(names, PRODUCT_FIELDS, own)
    ours = (column.field == name or bool(column.attribute) for name, column in zip(names, columns, strict=True))
    return columns if any(column.is_own for column in columns) or not all(ours) else ()


def renamed(row: JsonRow, columns: Sequence[Column]) -> JsonRow:
    """A row of JSON with our names for its fields. Lists and objects are taken under these alone, and as categories."""
    if not columns:
        return row
    named: JsonRow = {}
    for (name, value), column in zip(row.items(), columns, strict=True):
        if name in _OBJECTS and not column.is_own:
            named[name] = value
        elif column.field and (column.field in (name, "category") or not isinstance(value, list | dict)):
            if named.get(column.field) in (None, ""):
                named[column.field] = value
        elif column.attribute:
            named[column.attribute if column.is_own else name] = value
    return named


def _value_of(text: str, name: str) -> str:
    if told := _AS_TEXT.fullmatch(text):
        return told[1]
    if _FORMULA.match(text):
        raise RowError(f"{name} {text[:40]!r} is a formula of a spreadsheet; export its value")
    return text


def _other(key: str, name: str, fields: FieldNames) -> Column:
    """A column that stands for no field: an attribute, unless it is internal or says a field in other words."""
    is_second = any(key in ranks for field, ranks in fields.items() if field != "product_id") or key in ("id", "code")
    if not key or is_second or _is_internal(key):
        return Column()
    spelt = _LAST_BRACKET.sub(lambda found: f"({_UNITS.get(found[1], found[1])})", name.strip().lower())
    attribute = re.sub(r"[\s\-()（）\[\]]+", "_", spelt).strip("_")
    return Column(attribute=_ATTRIBUTES.get(attribute, attribute))


def _is_internal(key: str) -> bool:
    words = frozenset(key.split("_"))
    together = any(words & one and words & other for one, other in _INTERNAL_TOGETHER)
    return bool(words & _INTERNAL) or together or _INTERNAL_CHINESE.search(key) is not None


def _bare(key: str, field: str) -> str:
    """The key of a price without the currency behind it: preis_in_eur is preis."""
    if field in _PRICES and (found := _WITH_CURRENCY.fullmatch(key)) and currency_in(found[2]):
        return found[1]
    return key


def _currency_of(name: str, key: str) -> str:
    bracket = re.search(r"[(（\[]([^)）\]]*)[)）\]]\s*$", name)
    behind = _WITH_CURRENCY.fullmatch(key)
    said = bracket[1] if bracket else behind[2] if behind else ""
    return currency_in(said) or ""
