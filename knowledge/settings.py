"""The settings of a shop: `shop.toml`, read once, checked, each with its unit and default."""

import difflib
import os
import re
import tomllib
import unicodedata
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentValueError

from knowledge.domain import FeedKind, Language, Route
from knowledge.errors import SettingsError, refusal

FILE = "shop.toml"
PREFIX = "SHOP_ASSISTANT_"
LANGUAGES = get_args(Language)


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _no_yes_or_no(value: object) -> object:
    """TOML has words for yes and no, which Python counts with."""
    if isinstance(value, bool):
        raise PydanticCustomError("count", "a number is needed")
    return value


def _one_line(text: str) -> str:
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise PydanticCustomError("line", "one line is needed, without control characters")
    return text


def _each_once(languages: tuple[Language, ...]) -> tuple[Language, ...]:
    if not languages:
        raise PydanticCustomError("languages", "at least one is needed: {known}", {"known": ", ".join(LANGUAGES)})
    if len(set(languages)) < len(languages):
        raise PydanticCustomError("languages", "each may stand there once")
    return languages


Count = Annotated[int, BeforeValidator(_no_yes_or_no)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_one_line)]


class Models(Section):
    """Which models serve. An encoder is `minilm`, `e5`, a local folder, or a model hub's id."""

    encoder_en: Name = "minilm"
    encoder_zh: Name = "e5"
    intent: Name = Field(default="auto", description="encoder fine-tuned for intents; auto: by languages")
    generator: Literal["none"] = "none"


class Search(Section):
    k: Count = Field(default=5, ge=1, le=50, description="products shown in a reply")
    depth: Count = Field(default=100, ge=10, le=5000, description="candidates taken from each stage")
    document_tokens: Count = Field(default=64, ge=16, le=512, description="tokens of a product that are embedded")


class Feeds(Section):
    columns: dict[Name, Annotated[str, AfterValidator(_one_line)]] = Field(
        default={}, description='column of a feed, and the field or attribute that it stands for; "" leaves it out'
    )


def _address(text: str) -> str:
    """An https address of printable ASCII, without a user, a password or a fragment."""
    if not re.fullmatch(r"[!-~]+", text):
        raise PydanticCustomError("address", "blanks and letters beyond ASCII must be encoded; copy it from a browser")
    try:
        parts = urlsplit(text)
        known = parts.scheme == "https" and parts.hostname and parts.port != 0
    except ValueError:
        raise PydanticCustomError("address", "no address of the web") from None
    if not known:
        raise PydanticCustomError("address", "an address that begins with https:// is needed")
    if parts.username is not None:
        raise PydanticCustomError("secret", "holds a user or a password; put that into the environment (secret_env)")
    return text.partition("#")[0]


def _seconds(value: object) -> object:
    """ "15m", "1h" or "1d" in seconds."""
    found = re.fullmatch(r"([1-9]\d{0,3})\s*([mhd])", value) if isinstance(value, str) else None
    if not found:
        raise PydanticCustomError("every", 'a number and m, h or d are needed, such as "15m"')
    return int(found[1]) * {"m": 60, "h": 3600, "d": 86400}[found[2]]


class Source(Section):
    """A feed or a help page at an address of the web. Secrets stand in the environment, never here."""

    url: Annotated[str, AfterValidator(_address)]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="its file below var/sources")
    kind: FeedKind | None = Field(default=None, description="what it holds; recognised when not given")
    full: bool = Field(default=False, description="it is complete: ids that it lacks go")
    every: Annotated[int, BeforeValidator(_seconds)] = Field(default=0, description="seconds; 0: only when asked for")
    max_mb: Count = Field(default=200, ge=1, le=10_000, description="larger ones are refused, also once unpacked")
    timeout_s: Count = Field(
        default=300, ge=1, le=3600, description="for all of it, from its host's address to the last byte"
    )
    private: bool = Field(default=False, description="its host's name may stand for an address of the house's network")
    header: str = Field(default="", pattern="^[A-Za-z0-9-]*$", description="sent with the secret, to this host alone")
    secret_env: str = Field(default="", pattern="^[A-Za-z0-9_]*$", description="environment variable of the secret")

    @model_validator(mode="before")
    @classmethod
    def _name_it(cls, row: Any) -> Any:
        """Without a name it has that of the file which the address ends in."""
        if not isinstance(row, dict) or "name" in row:
            return row
        file = PurePosixPath(str(row.get("url", "")).partition("?")[0].partition("#")[0].partition("://")[2])
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", file.name.removesuffix(".gz"))
        return {**row, "name": PurePosixPath(stem).stem.strip("._-")[:64] or "source"}

    @model_validator(mode="after")
    def _whole_secret(self) -> "Source":
        if bool(self.header) != bool(self.secret_env):
            raise PydanticCustomError("pair", "header and secret_env go together; give both or none")
        return self


def shown(url: str) -> str:
    """An address without its query, which may hold a secret."""
    return url.partition("?")[0]


def _names_once(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    names = [source.name.lower() for source in sources]
    if twice := {name for name in names if names.count(name) > 1}:
        raise PydanticCustomError("names", "{name} stands there twice; give each a name", {"name": min(twice)})
    return sources


class Limits(Section):
    utterance_chars: Count = Field(default=2000, ge=100, le=20000, description="longer utterances are refused politely")
    session_turns: Count = Field(default=200, ge=1, description="turns of a session; after them a new one is asked for")


DEFAULT_ROUTES: dict[str, Route] = {
    "find_product": "recommend",
    "refine_search": "recommend",
    "compare_products": "compare",
    "product_question": "answer",
    "return_policy": "answer",
    "exchange_item": "answer",
    "delivery_info": "answer",
    "warranty_repair": "answer",
    "payment_info": "answer",
    "discount_voucher": "answer",
    "store_info": "answer",
    "account_privacy": "answer",
    "order_status": "order",
    "cancel_change_order": "order",
    "refund_status": "order",
    "complaint": "handover",
    "talk_to_person": "handover",
    "greeting": "smalltalk",
    "thanks_bye": "smalltalk",
    "about_assistant": "smalltalk",
    "oos": "out_of_scope",
}


class _Environment(EnvSettingsSource):
    """Sections are set key by key: SHOP_ASSISTANT_MODELS is not the section, but the folder of the weights."""

    def prepare_field_value(self, field_name: str, field: FieldInfo, value: Any, value_is_complex: bool) -> Any:
        whole = None if _keys_of(field) else value
        return super().prepare_field_value(field_name, field, whole, value_is_complex)


class Settings(BaseSettings):
    """`shop.toml`; a value can be overridden by an environment variable: SHOP_ASSISTANT_SEARCH__K=3."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__")

    name: Name = "My shop"
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$", description="ISO 4217")
    region: str = Field(default="", pattern="^([A-Z]{2})?$", description="ISO 3166 code of where its shoppers live")
    languages: Annotated[tuple[Language, ...], AfterValidator(_each_once)] = ("en", "zh")
    contact: str = Field(default="", description="how a shopper reaches a person, shown at a handover")
    models: Models = Models()
    search: Search = Search()
    feeds: Feeds = Feeds()
    sources: Annotated[tuple[Source, ...], AfterValidator(_names_once)] = ()
    limits: Limits = Limits()
    routes: dict[Name, Route] = Field(default=DEFAULT_ROUTES, description="intent to route")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment above the file; nothing else is read."""
        return _Environment(settings_cls), init_settings


def load_settings(folder: Path) -> Settings:
    """Reads `shop.toml` in `folder`. Raises SettingsError with the nearest known name for an unknown key."""
    file = folder / FILE
    try:
        raw = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"{file}: not found; make a shop folder with 'shop-assistant init {folder}' or name one with --shop"
        ) from None
    except NotADirectoryError:
        raise SettingsError(f"{folder} is a file; --shop names a folder, with {FILE} in it") from None
    except OSError as error:
        raise SettingsError(f"{file}: {refusal(error)}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not valid TOML in UTF-8: {error}") from error
    routes = raw.get("routes")
    if isinstance(routes, dict):
        raw["routes"] = {**DEFAULT_ROUTES, **routes}
    try:
        return Settings(**raw)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{_place(file, e)}: {_explain(e)}" for e in error.errors())) from None
    except EnvironmentValueError as error:
        raise SettingsError(f"the environment, {PREFIX}…: {error}; write lists and tables as JSON") from error


def _place(file: Path, error: Any) -> str:
    """Where the wrong value stands: the environment goes before the file."""
    variable = PREFIX + "__".join(str(part) for part in error["loc"]).upper()
    return f"environment variable {variable}" if variable in os.environ else str(file)


def _explain(error: Any) -> str:
    path = [str(part) for part in error["loc"]]
    key = ".".join(path)
    if error["type"] in ("secret", "names", "pair"):  # whose values are secret, or long
        return f"{key}: {error['msg']}"
    if error["type"] != "extra_forbidden":
        known = f"; known routes: {', '.join(get_args(Route))}" if path[:1] == ["routes"] else ""
        return f"{key} = {error['input']!r}: {error['msg']}{known}"
    named = ".".join(part for part in path if not part.isdigit())
    nearest = difflib.get_close_matches(named, _known_keys(), n=1, cutoff=0.5)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return f"unknown key {key!r}{hint}"


def _known_keys() -> list[str]:
    keys: list[str] = []
    for name, spec in Settings.model_fields.items():
        keys += [name, *(f"{name}.{inner}" for inner in _keys_of(spec))]
    return keys + [f"sources.{inner}" for inner in Source.model_fields]


def _keys_of(field: FieldInfo) -> list[str]:
    """The keys of a section; of a plain setting none."""
    section = field.annotation
    return list(section.model_fields) if isinstance(section, type) and issubclass(section, Section) else []
