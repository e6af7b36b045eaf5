"""The settings: what is wrong with one is a line that names it, and `portico settings` tells where each comes from."""

import sys

import pytest
from support.commands import Portico, refusal

from portico.core.settings import PREFIX, Settings

GOOD_SECRET = "0123456789abcdef" * 4
POSTGRES_URL = "postgres://portico:hunter22@127.0.0.1:1/portico"  # nobody listens there

WRONG: dict[str, list[str]] = {
    "BCRYPT_COST": ["3", "31", "twelve"],
    "DOORS": ["nowhere", ","],
    "PROFILE": ["loose"],
    "JWT_ALGORITHM": ["none"],
    "PUBLIC_URL": ["portico.example", "ftp://portico.example", "https://portico.example/?a=b"],
    "CORS_ORIGINS": ["*", "https://app.example.org/", "https://app.example.org,null"],
    "TRUSTED_PROXIES": ["127.0.0.1,everybody"],
    "PASSWORD_MIN_LENGTH": ["0", "1025"],
    "LIMITS_URL": [
        "postgres://127.0.0.1",
        "redis://:S3cret@127.0.0.1:port/0",
        "redis://:S3cret/Pw#x@127.0.0.1:6379/0",
    ],
    "MAIL_FROM": ["portico"],
    "MAIL_URL": [
        "smtp://mail.example.org:post",
        "smtp://u:S3cret/Pw#x@127.0.0.1:25",
        "gopher://outbox",
    ],
    "DATABASE_URL": [
        "mysql://127.0.0.1/portico",
        "portico.db",
        "sqlite://",
        "sqlite:///",
        "sqlite://:memory:",
        "sqlite://nowhere/portico.db",
        "postgres://u:S3cret@127.0.0.1:port/db",
        "postgres://u:S3cret@127.0.0.1:99999/db",
        "postgres://u:S3cret@[::1/db",
        "postgres://u:S3cret/Pw#x@127.0.0.1:5432/db",
        "postgres://u:S3cret@127.0.0.1:1/db?minsize=few",
        "postgres://u:S3cret@127.0.0.1:1/db?unheard=of",
    ],
    "SECRET_KEY": [
        "S3cret",
        GOOD_SECRET[:31],
        "changeme" * 8,
        "your-secret-key-goes-here-and-is-long-enough",
        "x" * 64,
    ],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_j04_o05_a_wrong_setting_is_one_line_that_names_it(portico: Portico, name: str, value: str) -> None:
    settings = {f"{PREFIX}SECRET_KEY": GOOD_SECRET, PREFIX + name: value}

    line = refusal(portico("migrate", **settings))

    assert line.startswith(f"{PREFIX}{name}: ")
    assert "S3cret" not in line
    assert name != "SECRET_KEY" or value not in line
    assert portico.files == set()


def test_two_wrong_settings_are_told_at_once(portico: Portico) -> None:
    line = refusal(portico("migrate", PORTICO_BCRYPT_COST="3", PORTICO_PROFILE="loose"))

    assert "PORTICO_BCRYPT_COST: " in line
    assert "PORTICO_PROFILE: " in line


def test_j04_postgres_wants_a_secret_of_its_own(portico: Portico) -> None:
    line = refusal(portico("migrate", PORTICO_DATABASE_URL=POSTGRES_URL))

    assert line.startswith("PORTICO_SECRET_KEY must be given")


@pytest.mark.parametrize("kept", ["", "short\n"])
def test_j04_a_key_file_that_holds_no_key(portico: Portico, kept: str) -> None:
    file = portico.folder / "portico.key"
    file.write_text(kept)

    line = refusal(portico("migrate"))

    assert line.startswith("PORTICO_SECRET_KEY: ")
    assert "portico.key" in line
    assert file.read_text() == kept


# ---------------------------------------------------------------- .env
@pytest.mark.parametrize("command", ["serve", "migrate", "settings", "spec"])
def test_o05_a_slip_in_the_env_file_is_refused(portico: Portico, command: str) -> None:
    (portico.folder / ".env").write_text("PORTICO_PORFILE=strict\nSOMETHING_ELSE=1\n")

    done = portico.process(command) if command == "serve" else portico(command)

    assert refusal(done) == ".env: PORTICO_PORFILE is not a setting; PORTICO_PROFILE is"
    assert portico.files == {".env"}


def test_o05_a_slip_is_told_before_what_follows_from_it(portico: Portico) -> None:
    (portico.folder / ".env").write_text(f"PORTICO_DATABASE_URL={POSTGRES_URL}\nPORTICO_SECRET_KY={GOOD_SECRET}\n")

    assert refusal(portico("migrate")) == ".env: PORTICO_SECRET_KY is not a setting; PORTICO_SECRET_KEY is"


def test_a_file_env_that_is_no_text(portico: Portico) -> None:
    (portico.folder / ".env").write_bytes(b"\xff\xfe\x00")

    assert refusal(portico("migrate")) == ".env is not UTF-8 text"


# ---------------------------------------------------------------- portico settings
def shown(portico: Portico, **settings: str) -> dict[str, list[str]]:
    """What is printed of each setting: its value, its source, its meaning in words."""
    done = portico("settings", **settings)
    assert (done.status, done.told, "hunter22" in done.printed) == (0, "", False)
    return {line.split()[0]: line.split()[1:] for line in done.printed.splitlines()[1:]}


def test_settings_tell_every_value_and_its_source(portico: Portico) -> None:
    (portico.folder / ".env").write_text("PORTICO_BCRYPT_COST=11\nPORTICO_PROFILE=strict\nSOMETHING_ELSE=1\n")

    given = {"PORTICO_PROFILE": "compat", "PORTICO_CORS_ORIGINS": "https://a.example, http://b.example"}
    rows = shown(portico, **given)

    assert set(rows) == {PREFIX + name.upper() for name in Settings.model_fields}
    assert rows["PORTICO_DATABASE_URL"][:2] == ["sqlite://portico.db", "default"]
    assert rows["PORTICO_BCRYPT_COST"][:2] == ["11", ".env"]
    assert rows["PORTICO_PROFILE"][:2] == ["compat", "environment"]
    assert rows["PORTICO_CORS_ORIGINS"][:2] == ["https://a.example,http://b.example", "environment"]
    assert portico.files == {".env"}


def test_settings_show_no_secret(portico: Portico) -> None:
    rows = shown(portico, PORTICO_SECRET_KEY=GOOD_SECRET, PORTICO_DATABASE_URL=POSTGRES_URL)

    assert rows["PORTICO_SECRET_KEY"][:2] == ["**********", "environment"]
    assert rows["PORTICO_DATABASE_URL"][:2] == [POSTGRES_URL.replace("hunter22", "***"), "environment"]


def test_o05_on_windows_it_says_where_it_runs(portico: Portico, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    done = portico("settings")
    monkeypatch.undo()

    assert refusal(done) == "runs on Linux and macOS; on Windows take the Windows Subsystem for Linux"
