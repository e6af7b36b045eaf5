"""The settings: one frozen object, checked as it is made. `configuration` reads it from the environment."""

import re
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "PORTICO_"
DOORS = tuple(
    sorted(file.stem for file in Path(__file__).parent.with_name("spec").glob("*.yaml") if file.stem != "service")
)
KEY_FILE = "portico.key"
SQLITE_DEFAULTS = {"synchronous": "NORMAL", "busy_timeout": "5000"}
SAMPLE_SECRETS = ("secret", "changeme", "change-me", "change_me", "your-secret", "your_secret", "insecure", "example")
EXTRAS = {"asyncpg": "postgres", "redis": "redis"}  # the extra of the distribution that brings a library
SHORTEST_SECRET = 32  # bytes, RFC 2104 for SHA-256

Names = Annotated[tuple[str, ...], NoDecode]  # comma-separated in the environment


class WrongSetting(Exception):
    """The server must not start with this setting. The message names it and never shows its value."""


class Settings(BaseSettings):
    """Every setting. The field `mail_url`, for instance, is the variable PORTICO_MAIL_URL."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: str = Field(
        "sqlite://portico.db",
        description="The database: `sqlite://file`, `sqlite:///absolute/file` or `postgres://user:password@host/name`",
    )
    secret_key: SecretStr | None = Field(
        None,
        description="At least 32 bytes; not given, it is made once and kept in `portico.key` beside the SQLite file; "
        "PostgreSQL wants it given",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="The issuer of tokens and the base of links in mails, never taken from `Host`; "
        "not given, the address the server listens on",
    )
    doors: Names = Field(
        DOORS, description="The open doors, separated by commas; a closed one is gone from the documents too"
    )
    profile: Literal["compat", "strict"] = Field(
        "compat", description="`strict` closes what the documents force open and asks for better passwords"
    )
    mail_url: str = Field(
        "file://outbox",
        description="Where mails go: a folder of `.eml` files, `smtp://user:password@host:587?tls=starttls` "
        "or `smtps://user:password@host`",
    )
    mail_from: str = Field("portico@localhost", description="The sender of mails")
    limits: Literal["on", "off"] = Field(
        "on",
        description="Limits how often mails and questions about addresses may be asked for; "
        "`off` is for benches and fuzzing",
    )
    limits_url: str = Field(
        "memory://", description="Where the limits count: `redis://host:6379/0` when several processes serve"
    )
    captcha: Literal["altcha", "off"] = Field(
        "altcha", description="A self-hosted proof of work at `/api/captcha`; with `off` any answer passes"
    )
    trusted_proxies: Names = Field(
        (), description="Addresses or networks, separated by commas, whose `X-Forwarded-For` is believed"
    )
    jwt_algorithm: Literal["HS256", "EdDSA", "RS256"] = Field(
        "HS256", description="What signs tokens; the public keys of `EdDSA` and `RS256` are at `/.well-known/jwks.json`"
    )
    bcrypt_cost: int = Field(12, ge=4, le=16, description="What a hash of a password costs, 4 to 16; below 10 warns")
    cors_origins: Names | None = Field(
        None,
        description="Exact origins whose pages may ask, separated by commas; "
        "not given, loopback ones while listening on loopback, else none",
    )
    password_min_length: int | None = Field(
        None, ge=1, le=1024, description="Raises the minimum of every door, in the documents as well"
    )

    @field_validator("doors", "cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @field_validator("doors")
    @classmethod
    def _known_doors(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not set(value) <= set(DOORS):
            raise ValueError(f"names one or more of {', '.join(DOORS)}")
        return tuple(door for door in DOORS if door in value)

    @field_validator("cors_origins")
    @classmethod
    def _exact_origins(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for origin in value or ():
            parts = urlsplit(origin)
            if (
                parts.scheme not in ("http", "https")
                or not parts.hostname
                or origin != f"{parts.scheme}://{parts.netloc}"
            ):
                raise ValueError("takes exact origins such as https://app.example.org, separated by commas")
        return value

    @field_validator("public_url")
    @classmethod
    def _absolute_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.query
            or parts.fragment
            or not _has_real_port(value)
        ):
            raise ValueError("takes an absolute http or https URL")
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network, strict=False)
            except ValueError:
                raise ValueError("takes IP addresses and networks, separated by commas") from None
        return value

    @field_validator("mail_url")
    @classmethod
    def _mail_target(cls, value: str) -> str:
        parts = urlsplit(value)
        folder = parts.scheme == "file" and value.removeprefix("file://")
        server = parts.scheme in ("smtp", "smtps") and parts.hostname
        tls = dict(parse_qsl(parts.query)).get("tls", "none")  # without `tls`: STARTTLS if the server offers it
        if not (folder or server) or tls not in ("none", "starttls") or not _has_real_port(value):
            raise ValueError(
                "takes file://folder, smtp://user:password@host:587?tls=starttls or smtps://user:password@host"
            )
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if not re.fullmatch(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+", value):
            raise ValueError("takes one address")
        return value

    @field_validator("limits_url")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if urlsplit(value).scheme not in ("memory", "redis", "rediss") or not _has_real_port(value):
            raise ValueError("takes memory:// or redis://host:6379/0")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        scheme, _, rest = value.partition("://")
        if scheme == "postgresql":
            return f"postgres://{rest}"
        if scheme not in ("sqlite", "postgres") or not rest or (scheme == "postgres" and not _has_real_port(value)):
            raise ValueError("takes sqlite://file, sqlite:///absolute/file or postgres://user:password@host/database")
        if scheme == "sqlite" and not Path(rest.partition("?")[0]).name:
            raise ValueError("takes a file; this is a folder")
        if rest.startswith(":memory:"):
            raise ValueError("takes a file; a database in memory would be gone before the first request")
        return value

    @field_validator("secret_key")
    @classmethod
    def _real_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            refuse_weak(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _secret_with_postgres(self) -> "Settings":
        if self.secret_key is None and not self.sqlite_file:
            raise ValueError(f"{PREFIX}SECRET_KEY must be given with PostgreSQL, the same for every process")
        return self

    @property
    def sqlite_file(self) -> Path | None:
        if not self.database_url.startswith("sqlite://"):
            return None
        return Path(self.database_url.removeprefix("sqlite://").partition("?")[0])

    @property
    def key_file(self) -> Path | None:
        return self.sqlite_file and self.sqlite_file.with_name(KEY_FILE)

    @property
    def tortoise_url(self) -> str:
        """The database URL for Tortoise; SQLite's has the pragmas with which several processes can share the file."""
        if not self.sqlite_file:
            return self.database_url
        base, _, query = self.database_url.partition("?")
        return f"{base}?{urlencode(SQLITE_DEFAULTS | dict(parse_qsl(query)))}"


def _has_real_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def refuse_weak(secret: str) -> None:
    """Raises ValueError for a secret key that somebody could guess."""
    if len(secret.encode()) < SHORTEST_SECRET:
        raise ValueError(f"is shorter than {SHORTEST_SECRET} bytes")
    if secret.lower().startswith(SAMPLE_SECRETS) or len(set(secret)) < 8:
        raise ValueError("looks like a sample; take the output of `openssl rand -hex 32`")


def replace(settings: Settings, **changes: object) -> Settings:
    """Returns a copy of the settings with `changes`, which are not validated and count as set."""
    return settings.model_copy(update=changes)


def refuse_missing_extra(library: str, setting: str) -> None:
    """Raises WrongSetting if the library of an extra, which `setting` needs, is not installed."""
    if find_spec(library) is None:
        extra = EXTRAS[library]
        raise WrongSetting(
            f"{PREFIX}{setting}: {library} is not installed; the extra {extra} brings it: `pip install '.[{extra}]'`"
        )
