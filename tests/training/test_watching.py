"""Watching a folder and the sources of a shop that was not built, look by look, on clocks of the test's own."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Product
from knowledge.errors import SettingsError
from knowledge.feeds.product_feeds import read_products
from knowledge.imports import ImportReport
from knowledge.shop import Shop
from tests.command_line import write_feed
from tests.feed_server import FeedServer
from training.intake import Intake, IntakeEvent, Progressing, Refused
from training.watching import Drop, Watcher, check_folder

ROW = '{"product_id": "%s", "title": "%s"}\n'

NOW = 1_700_000_000.0


class Watch:
    """A watcher whose clocks stand still but for what the test lets pass."""

    def __init__(
        self, shop: Path, folder: Path, feeds: FeedServer | None = None, progressing: Progressing | None = None
    ) -> None:
        self.passed_s = 0.0
        self.put_back_s = 0.0
        self.told: list[str] = []
        intake = Intake(
            Shop(shop),
            progressing or quiet,
            trust=feeds.trust() if feeds else None,
            clock=lambda: NOW + self.passed_s - self.put_back_s,
        )
        self._watcher = Watcher(intake, Drop(folder), self.told.append, ticks=lambda: self.passed_s)

    def look(self, *, moved: bool = True) -> list[IntakeEvent]:
        return list(self._watcher.look(moved))

    def wait(self, seconds: float, *, moved: bool = False) -> list[IntakeEvent]:
        """Looks once a second, as long."""
        events = []
        for _ in range(int(seconds)):
            self.passed_s += 1
            events += self.look(moved=moved)
        return events


@contextlib.contextmanager
def quiet() -> Iterator[Any]:
    yield lambda stage, done, total: None


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def watch(shop: Path, drop: Path) -> Watch:
    return Watch(shop, drop)


def titles_of(shop: Path) -> dict[str, str]:
    rows = read_products(shop / "catalogue" / "products.jsonl")
    return {row.product_id: row.title for row in rows if isinstance(row, Product)}


def put(file: Path, product_id: str = "N1", title: str = "One") -> Path:
    file.write_text(ROW % (product_id, title), "utf-8")
    return file


def page(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"# Gifts\n\n## Do you wrap?\n{text}\n", "utf-8")
    return file


def counts(events: list[IntakeEvent]) -> list[tuple[str, int, int, int]]:
    """Of the imports: the file's name, and how many were added, changed and the same."""
    return [
        (Path(event.file).name, event.added, event.changed, event.unchanged)
        for event in events
        if isinstance(event, ImportReport)
    ]


# ------------------------------------------------------------------ the folder


def test_a_file_is_imported_when_it_has_settled_and_once(watch: Watch, shop: Path, drop: Path) -> None:
    put(drop / "feed.jsonl")

    at_once = watch.look()
    then = watch.wait(5, moved=True)

    assert at_once == []
    assert counts(then) == [("feed.jsonl", 1, 0, 0)]
    assert titles_of(shop)["N1"] == "One"


def test_a_file_that_is_still_growing_is_left_alone(watch: Watch, shop: Path, drop: Path) -> None:
    feed = put(drop / "feed.jsonl")
    growing = []
    for number in range(5):
        growing += watch.wait(1, moved=True)
        with feed.open("a", encoding="utf-8") as handle:
            handle.write(ROW % (f"G{number}", "More"))

    whole = watch.wait(4)

    assert growing == []
    assert counts(whole) == [("feed.jsonl", 6, 0, 0)]


@pytest.mark.parametrize("name", ["feed.jsonl.part", ".feed.jsonl", ".upload/feed.jsonl", "feed.tmp", "feed.jsonl~"])
def test_what_is_hidden_or_unfinished_is_passed_over_until_it_is_renamed(
    watch: Watch, shop: Path, drop: Path, name: str
) -> None:
    (drop / name).parent.mkdir(exist_ok=True)
    feed = put(drop / name)

    before = watch.look() + watch.wait(40)
    feed.rename(drop / "ready.jsonl")
    after = watch.look() + watch.wait(4)

    assert before == []
    assert counts(after) == [("ready.jsonl", 1, 0, 0)]


def test_a_file_that_is_replaced_by_a_rename_is_imported_again(watch: Watch, shop: Path, drop: Path) -> None:
    put(drop / "feed.jsonl")
    watch.look()
    watch.wait(4)

    put(drop / "new.part", title="Two").replace(drop / "feed.jsonl")
    again = watch.look() + watch.wait(4)

    assert counts(again) == [("feed.jsonl", 0, 1, 0)]
    assert titles_of(shop)["N1"] == "Two"


def test_of_two_files_the_newer_has_the_last_word(watch: Watch, shop: Path, drop: Path) -> None:
    os.utime(put(drop / "b-old.jsonl", title="Old"), (1000, 1000))
    os.utime(put(drop / "a-new.jsonl", title="New"), (2000, 2000))

    events = watch.look() + watch.wait(4)

    assert [name for name, *_ in counts(events)] == ["b-old.jsonl", "a-new.jsonl"]
    assert titles_of(shop)["N1"] == "New"


def test_a_folder_that_tells_of_nothing_is_looked_at_all_the_same(watch: Watch, drop: Path) -> None:
    watch.look(moved=False)
    put(drop / "feed.jsonl")

    assert counts(watch.wait(40, moved=False)) == [("feed.jsonl", 1, 0, 0)]


def test_a_bad_file_is_told_once_and_stops_nothing(watch: Watch, shop: Path, drop: Path) -> None:
    (drop / "a.jsonl").write_bytes(b"")
    put(drop / "b.jsonl")

    events = watch.look() + watch.wait(100, moved=True)

    assert [Path(event.what).name for event in events if isinstance(event, Refused)] == ["a.jsonl"]
    assert counts(events) == [("b.jsonl", 1, 0, 0)]


def test_a_bad_file_is_tried_again_when_it_changes(watch: Watch, shop: Path, drop: Path) -> None:
    (drop / "feed.jsonl").write_bytes(b"")
    watch.look()
    watch.wait(4)

    put(drop / "feed.jsonl")
    again = watch.look() + watch.wait(4)

    assert counts(again) == [("feed.jsonl", 1, 0, 0)]


def test_a_bad_file_and_no_good_one_is_tried_again_when_the_settings_change(
    watch: Watch, shop: Path, drop: Path
) -> None:
    (drop / "bad.csv").write_text("Regal,Fach\n1,2\n", "utf-8")
    put(drop / "good.jsonl")
    before = watch.look() + watch.wait(4)

    with (shop / "shop.toml").open("a", encoding="utf-8") as settings:
        settings.write("# what mends it\n")
    after = watch.wait(4)

    assert [type(event) for event in before] == [Refused, ImportReport]
    assert [Path(event.what).name for event in after if isinstance(event, Refused)] == ["bad.csv"]
    assert len(after) == 1


def test_broken_settings_are_told_once_and_the_ones_before_hold(watch: Watch, shop: Path, drop: Path) -> None:
    (shop / "shop.toml").write_text("name = \n", "utf-8")
    put(drop / "feed.jsonl")

    events = watch.look() + watch.wait(10, moved=True)

    assert counts(events) == [("feed.jsonl", 1, 0, 0)]
    assert [text for text in watch.told if "shop.toml: not valid TOML" in text] == watch.told
    assert len(watch.told) == 1


def test_a_file_that_is_moved_away_while_it_is_imported_ends_nothing(shop: Path, drop: Path, tmp_path: Path) -> None:
    feed = put(drop / "feed.jsonl")

    @contextlib.contextmanager
    def moving_away() -> Iterator[Any]:
        yield lambda stage, done, total: None
        feed.rename(tmp_path / "filed.jsonl")

    watch = Watch(shop, drop, progressing=moving_away)

    assert counts(watch.look() + watch.wait(5, moved=True)) == [("feed.jsonl", 1, 0, 0)]


def test_a_file_that_was_gone_when_its_turn_came_is_imported_when_it_is_back(
    shop: Path, drop: Path, tmp_path: Path
) -> None:
    feed = put(drop / "feed.jsonl")

    @contextlib.contextmanager
    def moving_away_at_first() -> Iterator[Any]:
        if not filed.exists():
            feed.rename(filed)
        yield lambda stage, done, total: None

    filed = tmp_path / "filed.jsonl"
    watch = Watch(shop, drop, progressing=moving_away_at_first)
    gone = watch.look() + watch.wait(4)
    shutil.copy2(filed, feed)
    back = watch.look() + watch.wait(4)

    assert [type(event) for event in gone] == [Refused]
    assert counts(back) == [("feed.jsonl", 1, 0, 0)]


def test_a_page_replaces_no_other_one_that_was_dropped_as_long_as_that_is_there(
    watch: Watch, shop: Path, drop: Path
) -> None:
    os.utime(page(drop / "a" / "gifts.md", "Always."), (1000, 1000))
    page(drop / "b" / "gifts.md", "Never.")

    both = watch.look() + watch.wait(4)
    (drop / "a" / "gifts.md").unlink()
    page(drop / "b" / "gifts.md", "Sometimes.")
    alone = watch.look() + watch.wait(4)

    assert counts(both) == [("gifts.md", 1, 0, 0)]
    assert ["imported with it" in str(event.error) for event in both if isinstance(event, Refused)] == [True]
    assert counts(alone) == [("gifts.md", 0, 1, 0)]
    assert "Sometimes." in (shop / "knowledge" / "gifts.en.md").read_text("utf-8")


def test_a_test_set_is_told_once_and_left_out(watch: Watch, drop: Path) -> None:
    put(drop / "held_out.jsonl")

    events = watch.look() + watch.wait(100, moved=True)

    assert events == []
    assert len(watch.told) == 1


def test_a_shop_that_another_process_writes_is_waited_for(watch: Watch, shop: Path, drop: Path) -> None:
    os.utime(put(drop / "b-old.jsonl", title="Old"), (1000, 1000))
    os.utime(put(drop / "a-new.jsonl", title="New"), (2000, 2000))

    with Shop(shop).writer("a test"):
        busy = watch.look() + watch.wait(20)
    free = watch.wait(5)

    assert busy == []
    assert [text for text in watch.told if f"pid {os.getpid()} (a test)" in text] == watch.told
    assert len(watch.told) == 1
    assert [name for name, *_ in counts(free)] == ["b-old.jsonl", "a-new.jsonl"]


def test_a_restart_imports_only_what_is_new(watch: Watch, shop: Path, drop: Path) -> None:
    put(drop / "feed.jsonl")
    (drop / "bad.jsonl").write_bytes(b"")
    watch.look()
    watch.wait(4)

    put(drop / "more.jsonl", "N2")
    restarted = Watch(shop, drop)
    events = restarted.look() + restarted.wait(40)

    assert counts(events) == [("more.jsonl", 1, 0, 0)]
    assert [event for event in events if isinstance(event, Refused)] == []


def test_damaged_marks_cost_an_import_that_changes_nothing(watch: Watch, shop: Path, drop: Path) -> None:
    put(drop / "feed.jsonl")
    watch.look()
    watch.wait(4)

    (shop / "var" / "imported.json").write_text("{", "utf-8")
    restarted = Watch(shop, drop)

    assert counts(restarted.look() + restarted.wait(4)) == [("feed.jsonl", 0, 0, 1)]


@pytest.mark.parametrize("name", ["none", "shop", "shop/catalogue", "shop/knowledge/more", "shop/var", "."])
def test_a_folder_that_is_the_shops_own_is_not_watched(shop: Path, tmp_path: Path, name: str) -> None:
    (shop / "knowledge" / "more").mkdir()
    (shop / "var").mkdir(exist_ok=True)

    with pytest.raises(SettingsError):
        check_folder(tmp_path / name, Shop(shop))


def test_a_folder_of_its_own_within_the_shop_is_watched(shop: Path) -> None:
    (shop / "incoming").mkdir()

    check_folder(shop / "incoming", Shop(shop))


# ------------------------------------------------------------------ the sources


def name_source(shop: Path, feeds: FeedServer, **changes: str) -> None:
    """Writes a source into shop.toml, with a schedule of a quarter of an hour."""
    lines = {"url": f'"{feeds.url("/products.jsonl")}"', "every": '"15m"', **changes}
    with (shop / "shop.toml").open("a", encoding="utf-8") as settings:
        settings.write("[[sources]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()))


def feed_of(catalogue: Catalogue, tmp_path: Path, **changes: object) -> bytes:
    return write_feed(tmp_path / "feed.jsonl", catalogue, **changes).read_bytes()


def test_a_source_is_fetched_on_its_schedule_and_imported_when_it_changed(
    shop: Path, drop: Path, feeds: FeedServer, catalogue: Catalogue, tmp_path: Path
) -> None:
    name_source(shop, feeds)
    feeds.give("/products.jsonl", feed_of(catalogue, tmp_path, price=5.0), ETag='"1"')
    watch = Watch(shop, drop, feeds)

    first = watch.wait(890)
    same = watch.wait(20)
    feeds.give("/products.jsonl", feed_of(catalogue, tmp_path, price=5.0) + (ROW % ("N1", "One")).encode(), ETag='"2"')
    watch.passed_s += 900
    changed = watch.wait(1)

    assert counts(first) == [("products.jsonl", 0, 12, 0)]
    assert same == []
    assert len(feeds.asked) == 3
    assert counts(changed) == [("products.jsonl", 1, 0, 12)]


def test_a_body_that_is_the_same_is_not_imported_again(shop: Path, drop: Path, feeds: FeedServer) -> None:
    name_source(shop, feeds)
    feeds.give("/products.jsonl", (ROW % ("N1", "One")).encode())
    watch = Watch(shop, drop, feeds)
    watch.look()

    watch.passed_s += 901
    again = watch.look()

    assert again == []
    assert len(feeds.asked) == 2


def test_a_schedule_goes_on_after_a_restart(shop: Path, drop: Path, feeds: FeedServer) -> None:
    name_source(shop, feeds)
    feeds.give("/products.jsonl", (ROW % ("N1", "One")).encode())
    Watch(shop, drop, feeds).look()

    restarted = Watch(shop, drop, feeds)
    soon = restarted.wait(800)
    late = restarted.wait(102)

    assert soon + late == []
    assert len(feeds.asked) == 2


def test_a_clock_that_is_put_back_does_not_stall_the_schedule(shop: Path, drop: Path, feeds: FeedServer) -> None:
    name_source(shop, feeds)
    feeds.give("/products.jsonl", (ROW % ("N1", "One")).encode())
    watch = Watch(shop, drop, feeds)
    watch.look()
    feeds.give("/products.jsonl", (ROW % ("N1", "Two")).encode())

    watch.put_back_s = 86400

    assert counts(watch.look()) == [("products.jsonl", 0, 1, 0)]


def test_a_source_that_fails_is_told_and_stops_nothing(shop: Path, drop: Path, feeds: FeedServer) -> None:
    name_source(shop, feeds)
    feeds.give("/products.jsonl", b"", 503)
    put(drop / "feed.jsonl")
    watch = Watch(shop, drop, feeds)

    events = watch.look() + watch.wait(5)
    feeds.give("/products.jsonl", (ROW % ("N2", "Two")).encode())
    later = watch.wait(600)

    assert ["answered 503" in str(event.error) for event in events if isinstance(event, Refused)] == [True]
    assert counts(events) == [("feed.jsonl", 1, 0, 0)]
    assert counts(later) == [("products.jsonl", 1, 0, 0)]


def test_a_source_that_was_fetched_while_the_shop_was_busy_is_imported_afterwards(
    shop: Path, drop: Path, feeds: FeedServer
) -> None:
    name_source(shop, feeds)
    feeds.give("/products.jsonl", (ROW % ("N1", "One")).encode())
    watch = Watch(shop, drop, feeds)

    with Shop(shop).writer("a test"):
        busy = watch.look() + watch.wait(5)
    free = watch.wait(5)

    assert busy == []
    assert counts(free) == [("products.jsonl", 1, 0, 0)]
    assert len(feeds.asked) == 1


def test_a_source_that_was_fetched_and_not_imported_is_imported_after_a_restart(
    shop: Path, drop: Path, feeds: FeedServer
) -> None:
    name_source(shop, feeds)
    feeds.give("/products.jsonl", (ROW % ("N1", "One")).encode())
    with Shop(shop).writer("a test"):
        Watch(shop, drop, feeds).look()

    restarted = Watch(shop, drop, feeds).look()

    assert counts(restarted) == [("products.jsonl", 1, 0, 0)]
    assert len(feeds.asked) == 1


def test_what_was_fetched_goes_in_though_the_next_fetch_fails(shop: Path, drop: Path, feeds: FeedServer) -> None:
    name_source(shop, feeds)
    feeds.give("/products.jsonl", (ROW % ("N1", "One")).encode())
    with Shop(shop).writer("a test"):
        Watch(shop, drop, feeds).look()
    feeds.give("/products.jsonl", b"", 500)

    restarted = Watch(shop, drop, feeds)
    restarted.passed_s = 901
    events = restarted.wait(3)

    assert [type(event) for event in events] == [Refused, ImportReport]


def test_a_source_is_imported_again_when_the_settings_change(shop: Path, drop: Path, feeds: FeedServer) -> None:
    name_source(shop, feeds)
    feeds.give("/products.jsonl", (ROW % ("N1", "One")).encode())
    watch = Watch(shop, drop, feeds)
    watch.look()

    with (shop / "shop.toml").open("a", encoding="utf-8") as settings:
        settings.write('kind = "catalogue"\n')
    again = watch.wait(40)

    assert counts(again) == [("products.jsonl", 0, 0, 1)]
    assert len(feeds.asked) == 1


def test_a_page_that_is_dropped_does_not_replace_that_of_a_source(shop: Path, drop: Path, feeds: FeedServer) -> None:
    name_source(shop, feeds, name='"gifts"', url=f'"{feeds.url("/gifts.md")}"')
    feeds.give("/gifts.md", b"# Gifts\n\n## Do you wrap?\nNever.\n")
    page(drop / "gifts.md", "Always.")
    watch = Watch(shop, drop, feeds)

    events = watch.look() + watch.wait(4)

    assert counts(events) == [("gifts.md", 1, 0, 0)]
    assert ["imported with it" in str(event.error) for event in events if isinstance(event, Refused)] == [True]
    assert "Never." in (shop / "knowledge" / "gifts.en.md").read_text("utf-8")


def test_a_complete_source_does_not_empty_the_shop(
    shop: Path, drop: Path, feeds: FeedServer, catalogue: Catalogue, tmp_path: Path
) -> None:
    name_source(shop, feeds, full="true")
    feeds.give("/products.jsonl", feed_of(list(catalogue)[:3], tmp_path))  # type: ignore[arg-type]
    watch = Watch(shop, drop, feeds)

    events = watch.look() + watch.wait(30)

    assert ["would remove 9 of 12" in str(event.error) for event in events if isinstance(event, Refused)] == [True]
    assert len(titles_of(shop)) == 12
