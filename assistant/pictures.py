"""The shop's own pictures: which file a product has, and under which address the server shows it."""

from pathlib import Path
from urllib.parse import quote

from knowledge.domain import Product

MEDIA_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
}
PLACEHOLDER = Path(__file__).with_name("placeholder.svg")
_PREFIX = "images/"


class Pictures:
    """Finds pictures in one folder and nowhere else.

    A product whose picture is on another server gets the placeholder: showing it would tell that server who
    looks at what.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def address(self, product: Product) -> str:
        """The path of the product's picture on this server, quoted."""
        name = product.image.removeprefix("./").removeprefix(_PREFIX)
        if name and "://" not in name and self.file(name) is not None:
            return f"/{_PREFIX}{quote(name)}"
        return f"/{_PREFIX}placeholder.svg"

    def file(self, name: str) -> Path | None:
        """The picture of this name (a path below the folder), or None."""
        if not name.isprintable() or len(name.encode()) > 255:
            return None
        file = (self._folder / name).resolve()
        if file.suffix.lower() not in MEDIA_TYPES or not file.is_relative_to(self._folder):
            return None
        if file.is_file():
            return file
        return PLACEHOLDER if name == PLACEHOLDER.name else None
