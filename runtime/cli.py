"""The command `portico`."""

import asyncio
import json
import re
import sys
from collections.abc import Callable, Coroutine
from enum import StrEnum
from importlib.metadata import version
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from portico.core import settings as house
from portico.core.settings import PREFIX, Settings, WrongSetting

app = typer.Typer(
    name="portico",
    help="An identity server that does what its OpenAPI documents say. `portico serve` needs no setting.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
keys_app = typer.Typer(name="keys", help="The keys that sign tokens.", no_args_is_help=True)
app.add_typer(keys_app)

T = TypeVar("T")


class Format(StrEnum):
    yaml = "yaml"
    json = "json"


def main() -> None:
    try:
        app()
    except WrongSetting as error:
        _say(f"portico: {error}")
        sys.exit(2)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("portico"))
        raise typer.Exit()


@app.callback()
def portico(
    shown: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    pass


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes serve.")] = 1,
    access_log: Annotated[bool, typer.Option("--access-log", help="Log one line per request, secrets masked.")] = False,
) -> None:
    """Serve the doors. Creates or migrates an SQLite database by itself."""
    from . import server

    settings = house.load()
    for warning in _warnings(settings):
        _say(f"portico: {warning}")
    server.serve(settings, host, port, workers, access_log)


@app.command()
def migrate() -> None:
    """Bring the database to the tables of this version."""
    from portico.core import database

    settings = house.read()
    applied = _with_database(settings, database.migrate)
    typer.echo("\n".join(f"applied {name}" for name in applied) or "The database is current.")


@app.command()
def spec(
    door: Annotated[str | None, typer.Option(help="Only the document of this door.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.yaml,
) -> None:
    """Print the contract of the open doors, or of one."""
    from .contract import Contract, as_yaml

    contract = Contract(house.read())
    if door is not None and door not in contract.documents:
        raise WrongSetting(f"--door: takes one of {', '.join(contract.documents)}")
    document = contract.documents[door] if door else contract.merged
    typer.echo(as_yaml(document) if form is Format.yaml else json.dumps(document, indent=2, ensure_ascii=False), nl=False)


@app.command()
def settings() -> None:
    """Print every setting, its value and where it comes from."""
    current, sources = house.read(), house.sources()
    table = Table("Setting", "Value", "Source", "Meaning", box=None, pad_edge=False)
    for name, field in Settings.model_fields.items():
        table.add_row(PREFIX + name.upper(), _shown(getattr(current, name)), sources[name], field.description)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@keys_app.command("list")
def list_keys() -> None:
    """Print the keys, the oldest first."""
    from portico.core import keys

    table = Table("Key", "Algorithm", "Signs from", "Verifies until", box=None, pad_edge=False)
    for key in _with_database(house.load(), keys.listed):
        until = f"{key.verifies_until:%Y-%m-%d %H:%M:%S}Z" if key.verifies_until else "further notice"
        table.add_row(key.kid, key.algorithm, f"{key.signs_from:%Y-%m-%d %H:%M:%S}Z", until)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@keys_app.command("rotate")
def rotate_keys() -> None:
    """Make a new key; running servers sign with it in a minute and go on accepting the old ones."""
    from portico.core import keys

    typer.echo(_with_database(house.load(), keys.rotate))


@keys_app.command("remove")
def remove_key(kid: Annotated[str, typer.Argument(help="The name of the key.")]) -> None:
    """Remove a key and with it every token it signed."""
    from portico.core import keys

    if not _with_database(house.load(), lambda: keys.remove(kid)):
        raise WrongSetting(f"there is no key {kid}")
    typer.echo(f"removed {kid}")


def _with_database(settings: Settings, work: Callable[[], Coroutine[object, object, T]]) -> T:
    from portico.core import database

    async def run() -> T:
        async with database.opened(settings):
            return await work()

    house.use(settings)
    return asyncio.run(run())


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    text = "" if value is None else str(value)  # a secret hides itself
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", text)


def _warnings(settings: Settings) -> list[str]:
    warnings = [f"{name} is not a setting and does nothing" for name in house.unknown()]
    if settings.bcrypt_cost < 10:
        warnings.append(f"{PREFIX}BCRYPT_COST: {settings.bcrypt_cost} is for tests; stolen passwords would be guessed fast")
    return warnings


def _say(line: str) -> None:
    print(line, file=sys.stderr)
