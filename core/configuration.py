"""Reads the settings from the environment and `.env`, and the secret key from the file beside the SQLite database."""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from .settings import PREFIX, Settings, WrongSetting, refuse_weak, replace

KNOWN = [PREFIX + name.upper() for name in Settings.model_fields]


def read() -> Settings:
    """Returns the settings of the environment and `.env`, without the key file. Raises WrongSetting."""
    try:
        _refuse_misspelt(DotEnvSettingsSource(Settings).env_vars)
        return Settings()
    except ValidationError as error:
        raise WrongSetting("; ".join(_message(problem) for problem in error.errors())) from None
    except UnicodeDecodeError:
        raise WrongSetting(".env is not UTF-8 text") from None


def load() -> Settings:
    """Returns the settings of `read`, with the secret key from its file if there is one. Raises WrongSetting."""
    return with_stored_key(read())


def with_stored_key(settings: Settings) -> Settings:
    """Returns the settings, with the secret key from its file if there is one. Makes nothing. Raises WrongSetting."""
    return with_key(settings) if settings.key_file and settings.key_file.exists() else settings


def with_key(settings: Settings) -> Settings:
    """Returns the settings with a secret key: the one given, or that of the key file, made if need be."""
    if settings.secret_key is not None or settings.key_file is None:
        return settings
    return replace(settings, secret_key=SecretStr(_stored_secret(settings.key_file)))


def _message(problem: ErrorDetails) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{str(problem['loc'][0]).upper()}: {message}" if problem["loc"] else message


def _stored_secret(file: Path) -> str:
    """Returns the secret in `file`, which the first call makes (mode 0600)."""
    if file.exists():
        return _read_secret(file)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_hex(32) + "\n")
        with suppress(FileExistsError):  # another process was first
            os.link(draft, file)
        draft.unlink()
    except OSError as error:
        raise WrongSetting(f"{PREFIX}DATABASE_URL: cannot write {file} beside the database: {error.strerror}") from None
    return _read_secret(file)


def _read_secret(file: Path) -> str:
    try:
        secret = file.read_text().strip()
        refuse_weak(secret)
    except OSError as error:
        raise WrongSetting(f"{PREFIX}SECRET_KEY: cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise WrongSetting(f"{PREFIX}SECRET_KEY: the key in {file} is not text") from None
    except ValueError as error:
        raise WrongSetting(f"{PREFIX}SECRET_KEY: the key in {file} {error}") from None
    return secret


def sources() -> dict[str, str]:
    """Tells where each setting comes from: `environment`, `.env` or `default`."""
    environment = EnvSettingsSource(Settings)()
    dotenv = DotEnvSettingsSource(Settings)()

    def source(name: str) -> str:
        return "environment" if name in environment else ".env" if name in dotenv else "default"

    return {name: source(name) for name in Settings.model_fields}


def unknown() -> list[str]:
    """Returns the variables of the environment that have our prefix but name no setting."""
    return _unknown(os.environ)


def _unknown(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in KNOWN)


def _refuse_misspelt(names: Iterable[str]) -> None:
    if misspelt := _unknown(names):
        name = misspelt[0].upper()
        similar = get_close_matches(name, KNOWN, 1)
        raise WrongSetting(f".env: {name} is not a setting" + (f"; {similar[0]} is" if similar else ""))
