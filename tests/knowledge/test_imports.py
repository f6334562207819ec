import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Language, RowProblem
from knowledge.errors import BusyError, FeedError, SettingsError
from knowledge.feeds.utterances import read_utterances
from knowledge.imports import ImportReport, import_file, walk
from knowledge.orders import FileOrderBook
from knowledge.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.toml").write_text('name = "Test"\n', "utf-8")
    return Shop(folder)


def feed(shop: Shop, titles: Mapping[str, str], *, name: str = "feed.jsonl", tail: str = "") -> Path:
    file = shop.folder.parent / name
    rows = (json.dumps({"product_id": key, "title": title}) for key, title in titles.items())
    file.write_text("\n".join(rows) + "\n" + tail, "utf-8")
    return file


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.removed


def titles(shop: Shop) -> dict[str, str]:
    return {product.product_id: product.title for product in Catalogue.load(shop.catalogue_file)}


def test_products_are_added_changed_and_left_by_id_in_their_order(shop: Shop) -> None:
    first = import_file(shop, feed(shop, {"1": "A", "2": "B", "3": "C"}))
    second = import_file(shop, feed(shop, {"4": "D", "2": "B2", "1": "A"}))

    assert (first.kind, counts(first)) == ("catalogue", (3, 0, 0, 0))
    assert counts(second) == (1, 1, 1, 0)
    assert list(titles(shop).items()) == [("1", "A"), ("2", "B2"), ("3", "C"), ("4", "D")]


def test_an_import_of_the_same_feed_touches_nothing(shop: Shop) -> None:
    file = feed(shop, {"1": "A"})
    import_file(shop, file)
    before = shop.catalogue_file.stat()

    report = import_file(shop, file)

    assert counts(report) == (0, 0, 1, 0)
    after = shop.catalogue_file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_dry_run_counts_and_writes_nothing(shop: Shop) -> None:
    report = import_file(shop, feed(shop, {"1": "A"}), dry_run=True)

    assert (counts(report), report.dry_run) == ((1, 0, 0, 0), True)
    assert not shop.catalogue_file.exists()
    assert not shop.var.exists()


def test_bad_rows_are_reported_and_what_they_stood_for_is_kept(shop: Shop) -> None:
    import_file(shop, feed(shop, {"1": "A", "2": "B"}))

    report = import_file(shop, feed(shop, {"1": "A2"}, tail='{"product_id": "2", "title": \n'))

    assert (counts(report), report.n_rows) == ((0, 1, 0, 0), 2)
    assert [problem.line for problem in report.problems] == [2]
    assert titles(shop) == {"1": "A2", "2": "B"}


def test_a_feed_that_cannot_be_read_changes_nothing(shop: Shop) -> None:
    import_file(shop, feed(shop, {"1": "A"}))
    broken = shop.folder.parent / "broken.csv"
    broken.write_text("product_id,title\n", "utf-8")

    with pytest.raises(FeedError, match="a header and no rows"):
        import_file(shop, broken)

    assert titles(shop) == {"1": "A"}
    assert [path.name for path in shop.catalogue_file.parent.iterdir()] == ["products.jsonl"]


def test_the_encoding_that_a_feed_was_found_in_is_said(shop: Shop) -> None:
    file = shop.folder.parent / "feed.csv"
    file.write_bytes("Artikelnummer;Bezeichnung\n1;Kaffeemühle\n".encode("cp1252"))

    report = import_file(shop, file)

    assert titles(shop) == {"1": "Kaffeemühle"}
    assert (report.encoding, report.problems) == ("Windows-1252", ())
    assert "feed.csv (catalogue, read as Windows-1252): 1 added" in report.summary()


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le"])
def test_the_encoding_of_the_shops_own_file_is_never_guessed(shop: Shop, encoding: str) -> None:
    shop.catalogue_file.parent.mkdir()
    held = '{"product_id": "1", "title": "A"}\n{"product_id": "2", "title": "Kaffeemühle"}\n'.encode(encoding)
    shop.catalogue_file.write_bytes(held)

    with pytest.raises(FeedError, match=r"products\.jsonl, line \d: .*save"):
        import_file(shop, feed(shop, {"3": "C"}))

    assert shop.catalogue_file.read_bytes() == held


def test_columns_are_named_in_the_shops_settings(shop: Shop) -> None:
    columns = '[feeds.columns]\n"Art" = "product_id"\nWas = "title"\nFarbe = "colour"\nEAN = ""\nSatz = "text"\n'
    (shop.folder / "shop.toml").write_text(columns, "utf-8")
    products, utterances = shop.folder.parent / "feed.csv", shop.folder.parent / "intents.csv"
    products.write_text("Art;Was;Farbe;EAN\n1;Lampe;rot;400\n", "utf-8")
    utterances.write_text("Satz,Absicht\nHallo,greeting\n", "utf-8")
    told = Shop(shop.folder)

    kinds = [import_file(told, file).kind for file in (products, utterances)]

    assert kinds == ["catalogue", "intents"]
    (product,) = Catalogue.load(shop.catalogue_file)
    assert (product.product_id, product.title, product.attributes) == ("1", "Lampe", {"colour": "rot"})


def test_the_shops_region_tells_how_prices_are_written(shop: Shop) -> None:
    (shop.folder / "shop.toml").write_text('currency = "EUR"\nregion = "DE"\n', "utf-8")
    file = shop.folder.parent / "feed.csv"
    file.write_text("id;title;price\n1;Sofa;1.299\n", "utf-8")

    import_file(Shop(shop.folder), file)

    (product,) = Catalogue.load(shop.catalogue_file)
    assert product.price == 1299.0


def test_a_complete_feed_takes_absent_products_away(shop: Shop) -> None:
    held = {str(i): "x" for i in range(20)}
    import_file(shop, feed(shop, held))
    del held["7"]

    report = import_file(shop, feed(shop, held), full=True)

    assert counts(report) == (0, 0, 19, 1)
    assert titles(shop) == held


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_complete_feed_that_lacks_much_needs_a_yes(shop: Shop, dry_run: bool) -> None:
    import_file(shop, feed(shop, {"1": "A", "2": "B"}))
    short = feed(shop, {"1": "A"})

    with pytest.raises(SettingsError, match=r"--full would remove 1 of 2 .*, over 10%.*--yes"):
        import_file(shop, short, full=True, dry_run=dry_run)

    assert titles(shop) == {"1": "A", "2": "B"}
    assert [path.name for path in shop.catalogue_file.parent.iterdir()] == ["products.jsonl"]
    assert counts(import_file(shop, short, full=True, yes=True, dry_run=dry_run)) == (0, 0, 1, 1)


def test_a_complete_feed_with_a_failed_row_needs_a_yes(shop: Shop) -> None:
    held = {str(i): "x" for i in range(20)}
    import_file(shop, feed(shop, held))
    del held["7"]
    failed = feed(shop, held, tail="{\n")

    with pytest.raises(SettingsError, match="1 rows failed, the first in line 20"):
        import_file(shop, failed, full=True)

    assert import_file(shop, failed, full=True, yes=True).removed == 1


def test_a_complete_feed_without_a_good_row_is_never_taken(shop: Shop) -> None:
    import_file(shop, feed(shop, {"1": "A"}))
    file = shop.folder.parent / "bad.jsonl"
    file.write_text("{\n", "utf-8")

    with pytest.raises(FeedError, match="no row can be read"):
        import_file(shop, file, "catalogue", full=True, yes=True)

    assert titles(shop) == {"1": "A"}


def test_a_damaged_file_of_the_shop_is_not_written_over(shop: Shop) -> None:
    shop.catalogue_file.parent.mkdir()
    shop.catalogue_file.write_text('{"product_id": "1"\n', "utf-8")

    with pytest.raises(FeedError, match=r"products\.jsonl, line 1: .*mend or delete this line"):
        import_file(shop, feed(shop, {"2": "B"}))

    assert shop.catalogue_file.read_text("utf-8") == '{"product_id": "1"\n'


def test_one_import_at_a_time(shop: Shop) -> None:
    with shop.writer("build"), pytest.raises(BusyError, match="pid"):
        import_file(shop, feed(shop, {"1": "A"}))


def test_orders_are_imported_by_id(shop: Shop) -> None:
    file = shop.folder.parent / "orders.jsonl"
    order = {"order_id": "O-1", "email": "a@x.example", "state": "packed", "placed_at": "2026-08-03"}
    file.write_text(json.dumps(order) + "\n", "utf-8")
    import_file(shop, file)
    file.write_text(json.dumps({**order, "state": "shipped"}) + "\n", "utf-8")

    report = import_file(shop, file)

    assert (report.kind, counts(report)) == ("orders", (0, 1, 0, 0))
    found = FileOrderBook.load(shop.orders_file).find("o1", "a@x.example")
    assert found is not None
    assert found.state == "shipped"


def test_utterances_are_imported_by_text(shop: Shop) -> None:
    file = shop.folder.parent / "more.csv"
    file.write_text("text,label\nhi,greeting\n你好,greeting\nhi,greeting\nhi,oos\n", "utf-8")
    first = import_file(shop, file)
    file.write_text('text,label\nhi,thanks_bye\n"bye, then",thanks_bye\n', "utf-8")

    second = import_file(shop, file)

    assert (first.kind, counts(first), [p.line for p in first.problems]) == ("intents", (2, 0, 0, 0), [5])
    assert "decide for one" in first.problems[0].message
    assert counts(second) == (1, 1, 0, 0)
    rows = [row for row in read_utterances(shop.intents_file) if not isinstance(row, RowProblem)]
    assert [(row.text, row.label, row.language) for row in rows] == [
        ("hi", "thanks_bye", "en"),
        ("你好", "greeting", "zh"),
        ("bye, then", "thanks_bye", "en"),
    ]


def test_utterances_go_into_a_file_that_has_a_header_alone(shop: Shop) -> None:
    shop.intents_file.parent.mkdir()
    shop.intents_file.write_text("text,label\n", "utf-8")
    file = shop.folder.parent / "more.csv"
    file.write_text("text,label\nhi,greeting\n", "utf-8")

    assert counts(import_file(shop, file)) == (1, 0, 0, 0)


def test_a_page_is_copied_byte_for_byte_over_the_one_it_replaces(shop: Shop) -> None:
    place = shop.pages_folder / "policies" / "r.md"
    place.parent.mkdir(parents=True)
    place.write_text("---\npage_id: returns\nlanguage: en\n---\nOld.\n", "utf-8")
    content = b"---\r\npage_id: returns\r\nlanguage: en\r\n---\r\nNew.\r\n"
    file = shop.folder.parent / "whatever.md"
    file.write_bytes(content)

    first, second = import_file(shop, file), import_file(shop, file)

    assert (first.kind, counts(first), counts(second)) == ("knowledge", (0, 1, 0, 0), (0, 0, 1, 0))
    assert place.read_bytes() == content
    assert [path.name for path in place.parent.iterdir()] == ["r.md"]


def test_two_files_of_one_import_that_are_the_same_page_do_not_replace_each_other(shop: Shop) -> None:
    files = [shop.folder.parent / part / "returns.en.md" for part in ("old", "new")]
    for file in files:
        file.parent.mkdir()
        file.write_text(f"# Returns\n\n## How long?\n{file.parent.name}\n", "utf-8")
    pages: dict[tuple[str, Language], Path] = {}

    import_file(shop, files[0], pages=pages)
    with pytest.raises(FeedError, match="imported with it"):
        import_file(shop, files[1], pages=pages)

    assert "old" in (shop.pages_folder / "returns.en.md").read_text("utf-8")
    assert counts(import_file(shop, files[1])) == (0, 1, 0, 0)


def test_a_page_that_is_named_twice_is_one_page(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(shop, "gifts.md", "Text.")
    monkeypatch.chdir(file.parent)
    pages: dict[tuple[str, Language], Path] = {}

    reports = [import_file(shop, path, pages=pages) for path in (Path("gifts.md"), file)]

    assert [counts(report) for report in reports] == [(1, 0, 0, 0), (0, 0, 1, 0)]


def test_a_page_that_was_refused_bars_no_other(shop: Shop) -> None:
    import_file(shop, saved(shop, "faq.csv", "question,answer\nFax?,No.\n传真？,没有。\n"))
    pages: dict[tuple[str, Language], Path] = {}

    with pytest.raises(FeedError, match="would replace"):
        import_file(shop, saved(shop, "faq.en.md", "# Fax\n\nNo.\n"), pages=pages)
    report = import_file(
        shop,
        saved(shop, "faq.jsonl", '{"question": "Fax?", "answer": "Yes."}\n{"question": "传真？", "answer": "有。"}\n'),
        "knowledge",
        pages=pages,
    )

    assert counts(report) == (0, 1, 0, 0)


def test_a_new_page_is_named_by_id_and_language(shop: Shop) -> None:
    file = shop.folder.parent / "delivery.md"
    file.write_text("# 配送\n\n## 多久？\n三天。\n", "utf-8")

    dry, report = import_file(shop, file, dry_run=True), import_file(shop, file)

    assert counts(dry) == counts(report) == (1, 0, 0, 0)
    assert (shop.pages_folder / "delivery.zh.md").is_file()


def test_a_broken_page_replaces_nothing(shop: Shop) -> None:
    file = shop.folder.parent / "returns.en.md"
    file.write_text("---\ntitle: Returns\n---\nGood.\n", "utf-8")
    import_file(shop, file)
    file.write_text("---\ntitle: [\n---\nBroken.\n", "utf-8")

    report = import_file(shop, file)

    assert (counts(report), len(report.problems)) == ((0, 0, 0, 0), 1)
    assert "Good." in (shop.pages_folder / "returns.en.md").read_text("utf-8")


def saved(shop: Shop, name: str, text: str) -> Path:
    file = shop.folder.parent / name
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("Our returns.html", "<html lang=zh><body><p>Text</p></body></html>", "our-returns.zh.html"),
        ("returns.php", "<!DOCTYPE html><html><body><p>Text</p></body></html>", "returns.en.html"),
        ("faq.csv", "question,answer\nFax?,No.\n", "faq.en.csv"),
        ("faq.csv", "question,answer\nFax?,No.\n传真？,没有。\n", "faq.csv"),
        ("faq.jsonl", '{"faq_id": "1", "question": "Fax?", "answer": "No."}\n', "faq.en.jsonl"),
        ("Terms.json", '{"@type": "MerchantReturnPolicy", "merchantReturnDays": 14}', "terms.json"),
    ],
)
def test_a_page_of_any_kind_keeps_its_ending_and_is_found_again(shop: Shop, name: str, text: str, place: str) -> None:
    file = saved(shop, name, text)

    first, second = import_file(shop, file), import_file(shop, file)

    assert (first.kind, counts(first), counts(second)) == ("knowledge", (1, 0, 0, 0), (0, 0, 1, 0))
    assert (shop.pages_folder / place).read_text("utf-8") == text
    assert [path.name for path in shop.pages_folder.iterdir()] == [place]


def test_a_page_replaces_the_one_with_its_id_and_language_whatever_its_kind(shop: Shop) -> None:
    import_file(shop, saved(shop, "returns.en.md", "Old."))
    new = saved(shop, "returns.html", "<html lang=en><body><p>New.</p></body></html>")

    dry, report = import_file(shop, new, dry_run=True), import_file(shop, new)

    assert counts(dry) == counts(report) == (0, 1, 0, 0)
    assert [path.name for path in shop.pages_folder.iterdir()] == ["returns.en.html"]


def test_a_page_never_takes_another_language_away(shop: Shop) -> None:
    import_file(shop, saved(shop, "faq.csv", "question,answer\nFax?,No.\n传真？,没有。\n"))

    with pytest.raises(FeedError, match=r"would replace page 'faq' in 'zh', which stands in .*faq.csv"):
        import_file(shop, saved(shop, "faq.html", "<html lang=en><body><p>New.</p></body></html>"))

    assert [path.name for path in shop.pages_folder.iterdir()] == ["faq.csv"]


def test_a_saved_product_page_is_a_product_and_a_help_page_when_told(shop: Shop) -> None:
    block = '{"@type": "Product", "sku": "7", "name": "Lamp"}'
    script = f'<script type="application/ld+json">{block}</script>'
    file = saved(shop, "lamp.html", f"<html lang=en>{script}<body><h1>Lamp</h1><p>Warm.</p></body></html>")

    product, page = import_file(shop, file), import_file(shop, file, "knowledge")

    assert (product.kind, counts(product), titles(shop)) == ("catalogue", (1, 0, 0, 0), {"7": "Lamp"})
    assert (page.kind, counts(page)) == ("knowledge", (1, 0, 0, 0))


def test_a_page_is_never_a_complete_feed(shop: Shop) -> None:
    file = shop.folder.parent / "a.md"
    file.write_text("Text.", "utf-8")

    with pytest.raises(SettingsError, match="--full is for feeds"):
        import_file(shop, file, full=True)


def test_a_folder_or_a_missing_file_is_named(shop: Shop) -> None:
    with pytest.raises(FeedError, match="is a folder"):
        import_file(shop, shop.folder)
    with pytest.raises(FeedError, match="not found; check the path"):
        import_file(shop, shop.folder / "none.jsonl")


def test_a_report_is_plain_json_and_one_line(shop: Shop) -> None:
    said: list[tuple[str, int, int]] = []
    file = feed(shop, {"1": "A"}, tail="{\n")

    report = import_file(shop, file, progress=lambda stage, done, total: said.append((stage, done, total)))

    written = json.loads(json.dumps(report.to_json()))
    assert (written["added"], written["problems"][0]["line"]) == (1, 2)
    assert report.summary() == f"{file} (catalogue): 1 added, 0 changed, 0 unchanged, 0 removed; 1 with a problem"
    assert said == [("import feed.jsonl", 2, 2)]


def test_a_price_in_another_currency_is_told_and_kept(shop: Shop) -> None:
    file = shop.folder.parent / "feed.jsonl"
    rows = [("1", "120 CNY"), ("2", "20 USD"), ("3", "15")]
    lines = (json.dumps({"product_id": key, "title": key, "price": price}) for key, price in rows)
    file.write_text("\n".join(lines), "utf-8")

    report = import_file(shop, file, full=True)

    assert (counts(report), report.n_rows) == ((3, 0, 0, 0), 3)
    assert [(problem.line, problem.kept) for problem in report.problems] == [(1, True)]
    assert "price is in CNY and the shop's are in USD" in report.problems[0].message


def test_a_folder_is_read_without_the_shops_in_it(tmp_path: Path) -> None:
    for name in ("feed.csv", "shop/shop.toml", "shop/intents/utterances.csv", "shop/var/index/vectors.npy"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    told: list[str] = []

    found = list(walk([tmp_path], told.append))

    assert found == [tmp_path / "feed.csv"]
    assert told == [f"{tmp_path / 'shop'}: is a shop, and was left out; name its files or folders to import them"]


def test_a_folder_is_read_without_the_parts_of_saved_pages(tmp_path: Path) -> None:
    for name in ("a.html", "a_files/frame.html", "a_files/b/site.js", "own_files/b.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    told: list[str] = []

    found = [str(file.relative_to(tmp_path)) for file in walk([tmp_path], told.append)]

    assert found == ["a.html", "own_files/b.html"]
    assert told == [f"{tmp_path / 'a_files'}: holds parts of the page saved beside it, and was left out"]


def test_a_folder_stands_for_its_files_without_test_sets(tmp_path: Path) -> None:
    for name in (
        "a.csv",
        "held_out.csv",
        "Test-2.tsv",
        "test.csv",
        "sub/testimony.csv",
        "test.en.md",
        "test.html",
        ".hidden",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    told: list[str] = []

    found = [str(file.relative_to(tmp_path)) for file in walk([tmp_path, tmp_path / "test.csv"], told.append)]

    assert found == ["a.csv", "sub/testimony.csv", "test.en.md", "test.html", "test.csv"]
    assert [line.partition(":")[0] for line in told] == [
        str(tmp_path / n) for n in ("Test-2.tsv", "held_out.csv", "test.csv")
    ]


def test_a_feed_that_went_in_whole_is_not_read_again_until_something_changes(shop: Shop) -> None:
    file = feed(shop, {"1": "A", "2": "B"})
    read: list[str] = []  # what is read makes progress

    def imported(feed_file: Path) -> ImportReport:
        return import_file(shop, feed_file, progress=lambda stage, *_: read.append(stage))

    imported(file)
    again = imported(file)
    n_again = len(read)
    imported(feed(shop, {"2": "C"}, name="other.jsonl"))
    undone = imported(file)

    assert (counts(again), again.n_rows, n_again) == ((0, 0, 2, 0), 2, 1)
    assert (counts(undone), len(read)) == ((0, 1, 1, 0), 3)


def test_a_feed_whose_sale_has_dates_is_always_read_again(shop: Shop) -> None:
    file = shop.folder.parent / "feed.tsv"
    row = "1\tLamp\tx\t20 USD\t10 USD\t2026-01-01T00:00Z/2100-01-01T00:00Z\n"
    file.write_text("id\ttitle\tlink\tprice\tsale_price\tsale_price_effective_date\n" + row, "utf-8")

    import_file(shop, file)

    assert [product.price for product in Catalogue.load(shop.catalogue_file)] == [10.0]
    assert not (shop.var / "imports.json").exists()


def test_a_feed_with_a_bad_row_is_told_again(shop: Shop) -> None:
    file = feed(shop, {"1": "A"}, tail="{\n")

    first, again = import_file(shop, file), import_file(shop, file)

    assert len(first.problems) == len(again.problems) == 1


@pytest.mark.parametrize(
    ("held", "fed"),
    [
        ('{"product_id": "P1", "title": One}', "P1"),
        ('{"product_id": "P1", "title": One}', "P2"),
        ('{"product_id": "P1", "title": "One", "rating": 11}', "P1"),
        ('{"product_id": "", "title": "One"}', "P2"),
    ],
)
def test_a_bad_line_of_the_shops_own_is_told_by_file_and_line_and_stays(shop: Shop, held: str, fed: str) -> None:
    shop.catalogue_file.parent.mkdir()
    shop.catalogue_file.write_text(held + "\n", "utf-8")

    with pytest.raises(FeedError, match=r"products\.jsonl, line 1: .*mend or delete this line"):
        import_file(shop, feed(shop, {fed: "New"}))

    assert shop.catalogue_file.read_text("utf-8") == held + "\n"


def test_a_key_that_was_written_with_blanks_by_hand_is_the_same_key(shop: Shop) -> None:
    shop.catalogue_file.parent.mkdir()
    shop.catalogue_file.write_text('{"product_id": " 1 ", "title": "A"}\n', "utf-8")

    assert counts(import_file(shop, feed(shop, {"1": "B"}))) == (0, 1, 0, 0)
    assert titles(shop) == {"1": "B"}
