import stat
from pathlib import Path

import pytest

from assistant.sessions import SessionIds, load_key
from knowledge.errors import ShopError

KEY = b"k" * 32


def test_a_made_id_is_known_to_every_server_with_the_key() -> None:
    made = SessionIds(KEY).new()

    assert SessionIds(KEY).known(made) == made


def test_no_two_ids_are_alike() -> None:
    sessions = SessionIds(KEY)

    assert len({sessions.new() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("given", ["", "1", "x" * 40, "é" * 40, None, 7, ["a"], {"id": 1}])
def test_an_id_that_a_client_thought_up_is_not_known(given: object) -> None:
    assert SessionIds(KEY).known(given) is None


def test_a_changed_id_is_not_known() -> None:
    sessions = SessionIds(KEY)
    made = sessions.new()
    changed = ("B" if made[0] == "A" else "A") + made[1:]

    assert sessions.known(changed) is None
    assert SessionIds(b"j" * 32).known(made) is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        SessionIds(b"key")


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "sessions"

    key = load_key(file)

    assert load_key(file) == key
    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p.name for p in file.parent.iterdir()] == ["sessions"]


def test_a_damaged_key_is_told_with_its_remedy(tmp_path: Path) -> None:
    file = tmp_path / "sessions"
    file.write_bytes(b"short")

    with pytest.raises(ShopError, match="delete it"):
        load_key(file)
