"""The other commands: each does its work over the database that is there, or says in one line why not."""

import json

import httpx
import pytest
import yaml
from doors import DOORS
from support.commands import Portico, refusal

from portico import __version__


def test_help_and_version(portico: Portico) -> None:
    commands, options = portico.process("--help").printed, portico("serve", "--help").printed

    assert all(command in commands for command in ("serve", "migrate", "spec", "settings", "keys", "mail"))
    assert all(option in options for option in ("--host", "--port", "--workers", "--access-log"))
    assert portico("--version").printed == f"{__version__}\n"
    assert portico.files == set()


def test_t13_spec_prints_what_is_served(portico: Portico, client: httpx.Client) -> None:
    whole, door = client.get("/openapi.json").json(), client.get("/openapi/appseed.json").json()

    assert portico.process("spec").printed == client.get("/openapi.yaml").text
    assert json.loads(portico("spec", "--format", "json").printed) == whole
    assert yaml.safe_load(portico("spec", "--door", "appseed").printed) == door
    assert json.loads(portico("spec", "--door", "appseed", "--format", "json").printed) == door
    assert portico.files == set()


def test_migrate_twice(portico: Portico) -> None:
    assert portico.process("migrate") == (0, "applied 0001_initial\n", "")
    assert portico("migrate") == (0, "The database is current.\n", "")


# ---------------------------------------------------------------- what is refused
REFUSED = {
    "mail show 7": "there is no mail 7",
    "keys remove nothing": "there is no key nothing",
    "spec --door nowhere": f"--door: takes one of {', '.join(DOORS)}, service",
}


@pytest.mark.parametrize("command", REFUSED)
def test_what_is_not_there_is_told_in_one_line(portico: Portico, command: str) -> None:
    portico("migrate")

    assert refusal(portico(*command.split())) == REFUSED[command]


@pytest.mark.parametrize("command", ["mail list", "mail retry", "keys list", "keys rotate"])
def test_o06_commands_want_a_database_and_make_none(portico: Portico, command: str) -> None:
    assert refusal(portico(*command.split())).startswith("PORTICO_DATABASE_URL: there is no database portico.db")

    assert portico.files == set()


def test_commands_want_the_tables_first(portico: Portico) -> None:
    (portico.folder / "portico.db").touch()

    line = refusal(portico("mail", "list"))

    assert line.startswith("PORTICO_DATABASE_URL: this database is not current; run `portico migrate` first")


@pytest.mark.parametrize("url", ["sqlite://portico.db", "sqlite://portico.db/portico.db"])
def test_a_database_that_is_none_and_a_folder_that_is_none(portico: Portico, url: str) -> None:
    file = portico.folder / "portico.db"
    file.write_text("Dear diary, " * 100)

    line = refusal(portico("migrate", PORTICO_DATABASE_URL=url))

    assert line.startswith("PORTICO_DATABASE_URL: ")
    assert file.read_text() == "Dear diary, " * 100
