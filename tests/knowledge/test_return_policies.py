import json
from pathlib import Path

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Condition, HelpPage, RowProblem
from knowledge.graph import ShopGraph
from knowledge.pages import read_pages

FULL = {
    "@type": "MerchantReturnPolicy",
    "applicableCountry": ["US", {"@type": "Country", "name": "Canada"}],
    "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow",
    "merchantReturnDays": 30,
    "itemCondition": ["https://schema.org/NewCondition", "DamagedCondition"],
    "returnMethod": ["https://schema.org/ReturnByMail", "https://schema.org/ReturnInStore"],
    "returnFees": "https://schema.org/ReturnShippingFees",
    "returnShippingFeesAmount": {"@type": "MonetaryAmount", "value": "6.95", "currency": "USD"},
    "itemDefectReturnFees": "https://schema.org/FreeReturn",
    "restockingFee": 10,
    "refundType": ["https://schema.org/FullRefund", "https://schema.org/StoreCreditRefund"],
}


def policies(folder: Path, *nodes: object) -> tuple[list[HelpPage], list[RowProblem]]:
    for number, node in enumerate(nodes):
        document = {"@context": "https://schema.org", **node} if isinstance(node, dict) else node
        (folder / f"{number}.jsonld").write_text(json.dumps(document), "utf-8")
    return read_pages(folder)


def policy(**fields: object) -> dict[str, object]:
    return {"@type": "MerchantReturnPolicy", "merchantReturnDays": 30, **fields}


def test_a_policy_becomes_a_page_in_both_languages_with_its_rules(tmp_path: Path) -> None:
    (english, chinese), problems = policies(
        tmp_path, {"@type": "OnlineStore", "name": "Shop", "hasMerchantReturnPolicy": FULL}
    )

    assert problems == []
    assert (english.title, chinese.title) == ("Return policy", "退货政策")
    assert len(english.sections) == len(chinese.sections) == 7
    assert [(rule.outcome, rule.conditions) for rule in english.rules] == [
        ({"allowed": True, "days": 30.0}, ()),
        ({"allowed": False}, (Condition("item_state", "eq", "used"),)),
        ({"method": "ReturnByMail, ReturnInStore"}, ()),
        ({"fee": 6.95, "currency": "USD", "who_pays": "customer"}, ()),
        ({"fee": 0.0, "who_pays": "shop"}, (Condition("item_state", "in", ("defective", "damaged")),)),
        ({"fee": "10%"}, ()),
        ({"refund": "FullRefund, StoreCreditRefund"}, ()),
    ]
    assert [rule.answers["en"] for rule in english.rules] == [
        "For orders to Canada and the United States, you can send things back within 30 days of delivery.",
        "We take back what is new or damaged; what has been used cannot be returned.",
        "You can return things by mail or in our store.",
        "Sending something back costs 6.95 USD.",
        "Sending back a faulty item is free.",
        "We keep a restocking fee of 10% of the price.",
        "For a return you get a full refund or store credit.",
    ]
    assert [rule.answers["zh"] for rule in english.rules] == [
        "寄往加拿大、美国的订单，签收后30天内可以退货。",
        "可以退的商品：全新、有破损的；用过的商品不能退。",
        "退货方式：邮寄、到店。",
        "退货运费为6.95 USD。",
        "有问题的商品，退货免运费。",
        "退货需扣除手续费：售价的10%。",
        "退货后可以全额退款、退成购物金。",
    ]
    assert [section.text for section in chinese.sections] == [rule.answers["zh"] for rule in english.rules]
    assert all(rule.topic == "return" and rule.section == n for n, rule in enumerate(english.rules))


@pytest.mark.parametrize(
    ("fields", "outcome", "sentence"),
    [
        ({"merchantReturnDays": "1"}, {"allowed": True, "days": 1.0}, "within 1 day of delivery."),
        ({"returnPolicyCategory": "MerchantReturnNotPermitted"}, {"allowed": False}, "Returns are not accepted."),
        (
            {"returnPolicyCategory": "http://schema.org/MerchantReturnUnlimitedWindow"},
            {"allowed": True},
            "at any time, without a limit of days.",
        ),
        (
            {
                "returnPolicySeasonalOverride": {
                    "startDate": "2026-11-15T00:00:00",
                    "endDate": "2026-12-31",
                    "merchantReturnDays": 60,
                }
            },
            {"allowed": True},
            "For orders from 2026-11-15 to 2026-12-31, you can send things back within 60 days of delivery.",
        ),
    ],
)
def test_the_period_is_a_rule(
    tmp_path: Path, fields: dict[str, object], outcome: dict[str, object], sentence: str
) -> None:
    (english, _), problems = policies(tmp_path, policy(**fields))

    assert problems == []
    assert english.rules[0].outcome == outcome
    assert english.rules[0].answers["en"].endswith(sentence)


@pytest.mark.parametrize(
    ("fields", "outcome", "sentence"),
    [
        ({"returnFees": "FreeReturn"}, {"fee": 0.0, "who_pays": "shop"}, "Sending something back is free."),
        (
            {"returnFees": "ReturnFeesCustomerResponsibility"},
            {"who_pays": "customer"},
            "Sending something back is at your expense: you pay the return postage.",
        ),
        (
            {"returnFees": "FreeReturn", "customerRemorseReturnFees": "ReturnShippingFees"},
            {"who_pays": "customer"},
            "Sending something back is at your expense: you pay the return postage.",
        ),
        (
            {"returnFees": "OriginalShippingFees"},
            {"fee": 0.0},
            "Sending something back costs nothing, but the price of the first delivery is not refunded.",
        ),
        (
            {"restockingFee": {"@type": "MonetaryAmount", "value": 5, "currency": "EUR"}},
            {"fee": 5.0, "currency": "EUR"},
            "We keep a restocking fee of 5.00 EUR.",
        ),
    ],
)
def test_fees_are_rules(tmp_path: Path, fields: dict[str, object], outcome: dict[str, object], sentence: str) -> None:
    (english, _), problems = policies(tmp_path, policy(**fields))

    assert problems == []
    assert (english.rules[1].outcome, english.rules[1].answers["en"]) == (outcome, sentence)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"merchantReturnDays": "2026-12-31"}, "merchantReturnDays '2026-12-31' is not a number"),
        ({"merchantReturnDays": -3}, "merchantReturnDays '-3' is not a number of days; write 30"),
        ({"merchantReturnDays": None}, "it has no returnPolicyCategory; write one of MerchantReturnFinite"),
        ({"returnPolicyCategory": "Sometimes"}, "returnPolicyCategory 'Sometimes' is not known"),
        ({"returnMethod": "ByOwl"}, "returnMethod 'ByOwl' is not known; write one of ReturnByMail"),
        ({"returnFees": "Some"}, "returnFees 'Some' is not known"),
        ({"returnPolicySeasonalOverride": {"merchantReturnDays": 60}}, "has no startDate and endDate"),
    ],
)
def test_a_policy_that_cannot_be_read_is_told(tmp_path: Path, fields: dict[str, object], message: str) -> None:
    (tmp_path / "store.md").write_text("Open at ten.", "utf-8")

    pages, problems = policies(tmp_path, {"@graph": [policy(**fields), policy(applicableCountry="DE")]})

    assert [page.page_id for page in pages] == ["store", "merchant-return-policy", "merchant-return-policy"]
    assert [(problem.line, problem.kept) for problem in problems] == [(1, False)]
    assert message in problems[0].message


def test_the_policy_of_a_product_is_left_out_and_told(tmp_path: Path) -> None:
    product = {"@type": "Product", "name": "Lamp", "offers": {"@type": "Offer", "hasMerchantReturnPolicy": FULL}}
    shop = {"@type": "Organization", "hasMerchantReturnPolicy": policy()}

    (english, _), (problem,) = policies(tmp_path, {"@graph": [product, shop]})

    assert [rule.outcome["days"] for rule in english.rules] == [30.0]
    assert "return policy of one product" in problem.message


def test_the_policy_of_the_seller_in_a_products_offer_is_the_shops(tmp_path: Path) -> None:
    seller = {"@type": "Organization", "hasMerchantReturnPolicy": policy()}
    product = {"@type": "Product", "name": "Lamp", "offers": {"@type": "Offer", "seller": seller}}

    (english, _), problems = policies(tmp_path, product)

    assert (problems, len(english.rules)) == ([], 1)


def test_the_same_policy_on_many_pages_is_one_and_another_is_told(tmp_path: Path) -> None:
    other = policy(merchantReturnDays=14)

    pages, (problem,) = policies(tmp_path, policy(), policy(), other)

    assert [len(page.rules) for page in pages] == [1, 0]
    assert Path(problem.file).name == "2.jsonld"
    assert "0.jsonld, line 1 says otherwise, and is kept" in problem.message


def test_policies_for_several_countries_depend_on_the_country(tmp_path: Path) -> None:
    pages, problems = policies(
        tmp_path,
        policy(applicableCountry="US"),
        policy(applicableCountry=["DE", "FR"], merchantReturnDays=14),
        policy(applicableCountry="XX", merchantReturnDays=7),
    )
    graph = ShopGraph.build(pages, Catalogue([]))

    def days(text: str, language: str = "en") -> object:
        facts = graph.read_facts(text, "zh" if language == "zh" else "en")
        holding = [m.rule for m in graph.rules_for("return", (), facts) if not m.missing_conditions]
        return [rule.outcome["days"] for rule in holding]

    assert problems == []
    assert days("I live in France, how long can I return it?") == [14.0]
    assert days("returns from the United States") == [30.0]
    assert days("寄到德国的能退吗", "zh") == [14.0]
    assert days("how long can I return it?") == []


def test_shipping_details_are_told_to_be_left_out(tmp_path: Path) -> None:
    nodes = {"@graph": [policy(), {"@type": "OfferShippingDetails", "shippingRate": {"value": 5}}]}

    _, (problem,) = policies(tmp_path, nodes)

    assert "OfferShippingDetails are not read; write delivery rules on a Markdown page" in problem.message
