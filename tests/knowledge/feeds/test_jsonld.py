import json
from pathlib import Path

import pytest

from knowledge.errors import FeedError
from knowledge.feeds.jsonld import looks_like_jsonld, read_nodes, said, term

LAMP = '{"@context": "https://schema.org", "@type": "Product", "name": "Lamp"}'


def page(folder: Path, *blocks: str) -> Path:
    scripts = "\n".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    file = folder / "page.html"
    file.write_text(f"<!DOCTYPE html>\n<html>\n<head>\n{scripts}\n</head><body></body></html>", "utf-8")
    return file


def linked(folder: Path, text: str) -> Path:
    file = folder / "page.jsonld"
    file.write_text(text, "utf-8")
    return file


def names(file: Path) -> list[str]:
    return [said(node.values.get("name")) for node in read_nodes(file)[0] if node.values.get("name")]


@pytest.mark.parametrize(
    "block",
    [
        LAMP,
        f"\n//<![CDATA[\n{LAMP}\n//]]>\n",
        f"<![CDATA[{LAMP}]]>",
        f"/*<![CDATA[*/{LAMP}/*]]>*/",
        f"<!--\n{LAMP}\n-->",
        f"{LAMP};",
        f"[{LAMP}]",
        '{"@context": "http://schema.org/", "@graph": [{"@type": ["https://schema.org/Product"], "name": "Lamp"}]}',
        '{"@type": "schema:Product", "name": "Lamp", "description": "two\nlines"}',
    ],
)
def test_a_block_is_read_however_it_is_wrapped(tmp_path: Path, block: str) -> None:
    nodes, problems = read_nodes(page(tmp_path, block))

    assert problems == []
    assert [said(node.values["name"]) for node in nodes if "Product" in node.types] == ["Lamp"]


def test_a_broken_block_is_told_by_its_line_and_the_others_are_read(tmp_path: Path) -> None:
    broken = '\n{"@type": "Product",\n "name": "Broken",\n "sku" 7}\n'

    nodes, (problem,) = read_nodes(page(tmp_path, LAMP, broken, LAMP.replace("Lamp", "Desk")))

    assert [said(node.values["name"]) for node in nodes] == ["Lamp", "Desk"]
    assert problem.line == 8
    assert "not valid JSON at column 8" in problem.message


def test_a_file_is_one_document_or_one_a_line(tmp_path: Path) -> None:
    pretty = json.dumps(json.loads(LAMP), indent=2)

    assert names(linked(tmp_path, pretty)) == ["Lamp"]
    assert names(linked(tmp_path, f"\ufeff{LAMP}\n\n{LAMP.replace('Lamp', 'Desk')}\n")) == ["Lamp", "Desk"]


def test_a_reference_stands_for_what_it_refers_to(tmp_path: Path) -> None:
    graph = {
        "@graph": [
            {"@id": "#shop", "@type": "Organization", "name": "Shop", "hasMerchantReturnPolicy": {"@id": "#policy"}},
            {"@id": "#policy", "@type": "MerchantReturnPolicy", "name": "Policy", "publisher": {"@id": "#shop"}},
        ]
    }

    nodes, _ = read_nodes(linked(tmp_path, json.dumps(graph)))

    shop = next(node for node in nodes if "Organization" in node.types)
    assert said(shop.values["hasMerchantReturnPolicy"]) == "Policy"
    assert [said(node.values.get("name")) for node in nodes[1:]] == ["Shop", "Policy"]


def test_a_node_knows_what_it_stands_under(tmp_path: Path) -> None:
    product = {"@type": "Product", "name": "Lamp", "offers": [{"@type": "Offer", "seller": {"name": "Shop"}}]}

    nodes, _ = read_nodes(linked(tmp_path, json.dumps(product)))

    assert [(node.key, sorted(node.under)) for node in nodes] == [
        ("", []),
        ("offers", ["Product"]),
        ("seller", ["Offer", "Product"]),
    ]


def test_values_are_texts_however_they_are_wrapped() -> None:
    assert said([{"@value": "Lamp &amp; shade", "@language": "en"}, "Lampe"]) == "Lamp & shade"
    assert said({"@type": "Brand", "name": ["Lumo"]}) == "Lumo"
    values: list[object] = [12.5, None, True, [], {}, [[[[[["deep"]]]]]]]
    assert [said(value) for value in values] == ["12.5", "", "", "", "", ""]
    assert term("http://schema.org/InStock") == term("schema:InStock") == term({"@id": "https://schema.org/InStock"})


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"@graph": ' + "[" * 900 + "]" * 900 + "}",
        '{"@id": "#a", "name": {"@id": "#a"}, "x": [{"@id": "#a"}]}',
        '{"@id": [], "@type": {"a": 1}, "name": null}',
        '"text"',
    ],
)
def test_hostile_documents_end(tmp_path: Path, text: str) -> None:
    nodes, _ = read_nodes(linked(tmp_path, text))

    assert all(said(node.values) == said(node.values) and node.types is not None for node in nodes)


def test_a_file_in_another_encoding_is_refused_by_line(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonld"
    file.write_bytes(b'{"@type": "Product",\n"name": "caf\xe9"}')

    with pytest.raises(FeedError, match="line 2: is not UTF-8 at byte 33"):
        read_nodes(file)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [(LAMP, True), (f"[{LAMP}]", True), ('{"product_id": "1", "title": "x"}', False), ("<html>@context", False)],
)
def test_json_ld_is_known_by_its_beginning(tmp_path: Path, text: str, is_one: bool) -> None:
    assert looks_like_jsonld(linked(tmp_path, text)) == is_one
