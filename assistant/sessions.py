"""Session ids: made by the server, unguessable, and recognised without a list of them."""

import base64
import hashlib
import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from knowledge.domain import SessionId
from knowledge.errors import ShopError, refusal

_FORM = re.compile(r"[A-Za-z0-9_-]{40}")
_N_RANDOM = 18
_N_SIGNATURE = 12


class SessionIds:
    """Makes and recognises ids of 144 random bits with a 96-bit HMAC-SHA256 behind them.

    An id that a client thought up is not recognised, so two shoppers cannot end up in one session because a
    program sends `1` for everyone.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < 32:
            raise ValueError(f"a key of {len(key)} bytes is too short; give 32 or more")
        self._key = key

    def new(self) -> SessionId:
        random = secrets.token_bytes(_N_RANDOM)
        return SessionId(base64.urlsafe_b64encode(random + self._sign(random)).decode("ascii"))

    def known(self, text: object) -> SessionId | None:
        """The id, if this or another server with the same key made it."""
        if not isinstance(text, str) or not _FORM.fullmatch(text):
            return None
        whole = base64.urlsafe_b64decode(text)
        if not hmac.compare_digest(whole[_N_RANDOM:], self._sign(whole[:_N_RANDOM])):
            return None
        return SessionId(text)

    def _sign(self, random: bytes) -> bytes:
        return hmac.new(self._key, b"session:" + random, hashlib.sha256).digest()[:_N_SIGNATURE]


def load_key(file: Path) -> bytes:
    """The key in `file`; made there, readable by its owner alone, when there is none yet."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(part, file)
        part.unlink()
        key = file.read_bytes()
    except OSError as error:
        raise ShopError(f"{file}: {refusal(error)}") from error
    if len(key) < 32:
        raise ShopError(f"{file}: is damaged; delete it, and shoppers begin new conversations")
    return key
