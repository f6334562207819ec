import pytest

from knowledge.catalogue import Catalogue, priced
from knowledge.domain import Constraint, Language, Place, Product, ProductId, Reason, Wish
from retrieval.reasons import reasons_for


def _reason(
    product: Product, constraint: Constraint, language: Language = "en", relaxed: tuple[Constraint, ...] = ()
) -> Reason:
    wish = Wish("", language, () if relaxed else (constraint,))
    return next(r for r in reasons_for(product, wish, relaxed, language) if r.field == constraint.field)


@pytest.mark.parametrize(
    ("name", "constraint", "language", "met", "text"),
    [
        ("H1", Constraint("price", "le", 110), "en", True, "$89.00, $21.00 under your limit of $110.00"),
        ("H2", Constraint("price", "le", 150), "en", False, "$159.00, 6% over your limit of $150.00"),
        ("H2", Constraint("price", "le", 150), "zh", False, "$159.00，比预算高6%"),
        ("H1", Constraint("price", "le", 110), "zh", True, "$89.00，比预算低$21.00"),
        ("H1", Constraint("price", "le", 89), "en", True, "$89.00, exactly your limit of $89.00"),
        ("H1", Constraint("price", "lt", 89), "en", False, "$89.00, exactly your limit of $89.00"),
        (
            "H2",
            Constraint("battery_life_h", "ge", 30),
            "en",
            False,
            "battery life: 20 h, 33% under your minimum of 30 h",
        ),
        ("H2", Constraint("battery_life_h", "ge", 30), "zh", False, "续航：20 小时，比要求的30 小时低33%"),
        ("H1", Constraint("battery_life_h", "ge", 20), "en", True, "battery life: 30 h"),
        ("H1", Constraint("colour", "eq", "black"), "en", True, "colour: black"),
        ("H1", Constraint("colour", "eq", "black"), "zh", True, "颜色：黑色"),
        ("H2", Constraint("colour", "eq", "black"), "en", False, "colour: white, you asked for colour black"),
        ("H2", Constraint("colour", "eq", "black"), "zh", False, "颜色：白色，您要求颜色：黑色"),
        ("H1", Constraint("category", "eq", "Audio > Headphones"), "zh", True, "耳机"),
        ("H3", Constraint("available", "eq", "yes"), "en", False, "sold out, you asked for in stock"),
        ("H3", Constraint("available", "eq", "yes"), "zh", False, "无货，您要求有现货"),
        ("H1", Constraint("available", "eq", "yes"), "en", True, "in stock"),
        ("H1", Constraint("brand", "ne", "Orrin"), "en", True, "brand: Calder"),
        (
            "L2",
            Constraint("colour", "eq", "black"),
            "en",
            False,
            "the colour is not stated; you asked for colour black",
        ),
        ("L2", Constraint("colour", "ne", "black"), "zh", True, "未标明颜色"),
    ],
)
def test_a_constraint_is_said_with_what_the_record_holds(
    tiny_catalogue: Catalogue, name: str, constraint: Constraint, language: Language, met: bool, text: str
) -> None:
    product = tiny_catalogue.get(name)
    assert product is not None

    reason = _reason(product, constraint, language)

    assert (reason.met, reason.text) == (met, text)


def test_a_wish_that_was_given_up_is_said_to_be_missed(tiny_catalogue: Catalogue) -> None:
    product = tiny_catalogue.get("H2")
    assert product is not None
    black = Constraint("colour", "eq", "black")

    reason = _reason(product, black, relaxed=(black,))

    assert not reason.met
    assert reason.value == "white"


def test_words_of_the_wish_are_said_only_where_the_record_holds_them(tiny_catalogue: Catalogue) -> None:
    product = tiny_catalogue.get("H1")
    assert product is not None

    (words,) = (r for r in reasons_for(product, Wish("wireless sport headphones", "en"), (), "en") if r.field == "text")

    assert words.value == "wireless, headphones"


def test_chinese_words_are_said_whole(tiny_catalogue: Catalogue) -> None:
    product = tiny_catalogue.get("H1")
    assert product is not None

    reasons = reasons_for(product, Wish("推荐一款无线的耳机", "zh"), (), "zh")

    assert "提到无线、耳机" in [reason.text for reason in reasons]


def test_what_a_constraint_says_is_not_said_twice(tiny_catalogue: Catalogue) -> None:
    product = tiny_catalogue.get("L2")
    assert product is not None
    wish = Wish("Brandt laptop", "en", (Constraint("brand", "eq", "Brandt"), Constraint("category", "eq", "Laptops")))

    fields = [reason.field for reason in reasons_for(product, wish, (), "en")]

    assert fields == ["brand", "category"]


def test_a_good_rating_and_a_sale_are_said(tiny_catalogue: Catalogue) -> None:
    product = tiny_catalogue.get("H2")
    assert product is not None

    english = [reason.text for reason in reasons_for(product, Wish("", "en"), (), "en")]
    chinese = [reason.text for reason in reasons_for(product, Wish("", "zh"), (), "zh")]

    assert english == ["rated 4.7 of 5 from 20 ratings", "on sale, 20% off $199.00"]
    assert chinese == ["评分 4.7/5（20 条评价）", "特价，原价 $199.00，便宜 20%"]


def test_a_middling_rating_is_no_reason(tiny_catalogue: Catalogue) -> None:
    product = tiny_catalogue.get("H3")
    assert product is not None

    assert reasons_for(product, Wish("", "en"), (), "en") == ()


def test_a_bare_record_has_nothing_to_say() -> None:
    assert reasons_for(Product(ProductId("1"), "x"), Wish("", "en"), (), "en") == ()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "¥120.00, not in USD; you asked for price at most $150.00"),
        ("zh", "120.00 元，不是以 USD 标价，您要求价格不超过 $150.00"),
    ],
)
def test_a_price_in_another_currency_misses_a_limit_that_is_said_in_the_shops(language: Language, text: str) -> None:
    product = priced(Product(ProductId("Y"), "Kettle", price=120, currency="CNY"), "USD")

    reason = _reason(product, Constraint("price", "le", 150), language)

    assert (reason.met, reason.text) == (False, text)


def test_a_reason_from_a_found_value_says_where_it_stands() -> None:
    mug = Product(
        ProductId("m"), "Mug, Black", attributes={"colour": "black"}, found={"colour": Place("title", "Black", "en")}
    )
    wish = Wish("black mug", "en", (Constraint("colour", "eq", "black"),))

    english = reasons_for(mug, wish, (), "en")
    chinese = reasons_for(mug, wish, (), "zh")

    assert english[0].text == "colour: black (from its title)"
    assert chinese[0].text.endswith("（据标题）")
