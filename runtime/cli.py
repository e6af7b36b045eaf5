"""The command `portico`: parses its arguments and prints; what it does stands in `core` and `server`."""

import asyncio
import json
import re
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from portico import __version__
from portico.core import configuration
from portico.core.settings import PREFIX, Settings, WrongSetting

from . import BrokenContract, garbage
from .console import open_missing_streams, tell

app = typer.Typer(
    name="portico",
    help="An identity server that does what its OpenAPI documents say. `portico serve` needs no setting.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
keys_app = typer.Typer(name="keys", help="The keys that sign tokens.", no_args_is_help=True)
mail_app = typer.Typer(name="mail", help="The mails that are to go out.", no_args_is_help=True)
app.add_typer(keys_app)
app.add_typer(mail_app)

SHOWN_OF_A_MAIL = (
    "id",
    "message_id",
    "purpose",
    "recipient",
    "status",
    "attempts",
    "created_at",
    "due_at",
    "sent_at",
    "error",
)

T = TypeVar("T")


class Format(StrEnum):
    yaml = "yaml"
    json = "json"


def main() -> None:
    if sys.platform == "win32":
        _refuse("runs on Linux and macOS; on Windows take the Windows Subsystem for Linux", 2)
    open_missing_streams()
    try:
        app()
    except WrongSetting as error:
        _refuse(str(error), 2)
    except BrokenContract as error:
        _refuse(str(error), 3)


def _refuse(why: str, status: int) -> NoReturn:
    tell(f"portico: {why}", sys.stderr)
    sys.exit(status)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit()


@app.callback()
def portico(
    shown: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
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
    with garbage.frozen_after_import():
        from . import server

    settings = configuration.load()
    for warning in _warnings(settings):
        tell(f"portico: {warning}", sys.stderr)
    server.serve(settings, host, port, workers, access_log)


@app.command()
def migrate() -> None:
    """Bring the database to the tables of this version."""
    from portico.core import database
    from portico.core.house import opened

    async def run() -> list[str]:
        async with opened(current, create=True):
            return await database.migrate(current)

    current = configuration.load()
    applied = asyncio.run(run())
    typer.echo("\n".join(f"applied {name}" for name in applied) or "The database is current.")


@app.command()
def spec(
    door: Annotated[str | None, typer.Option(help="Only the document of this door.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.yaml,
) -> None:
    """Print the contract of the open doors, or of one."""
    from .contract import Contract, as_yaml

    contract = Contract(configuration.read())
    if door is not None and door not in contract.documents:
        raise WrongSetting(f"--door: takes one of {', '.join(contract.documents)}")
    document = contract.documents[door] if door else contract.merged
    typer.echo(
        as_yaml(document) if form is Format.yaml else json.dumps(document, indent=2, ensure_ascii=False), nl=False
    )


@app.command()
def settings() -> None:
    """Print every setting, its value and where it comes from."""
    current, sources = configuration.read(), configuration.sources()
    table = Table("Setting", "Value", "Source", "Meaning", box=None, pad_edge=False)
    for name, field in Settings.model_fields.items():
        table.add_row(PREFIX + name.upper(), escape(_shown(getattr(current, name))), sources[name], field.description)
    Console(width=None if sys.stdout.isatty() else 400).print(table)


@keys_app.command("list")
def list_keys() -> None:
    """Print the keys, the oldest first."""
    from portico.core import keys

    table = Table("Key", "Algorithm", "Signs from", "Verifies until", box=None, pad_edge=False)
    for key in _with_house(keys.listed):
        until = _time(key.verifies_until) if key.verifies_until else "further notice"
        table.add_row(key.kid, key.algorithm, _time(key.signs_from), until)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@keys_app.command("rotate")
def rotate_keys() -> None:
    """Make a new key; running servers sign with it in a minute and go on accepting the old ones."""
    from portico.core import keys

    typer.echo(_with_house(keys.rotate))


@keys_app.command("remove")
def remove_key(kid: Annotated[str, typer.Argument(help="The name of the key.")]) -> None:
    """Remove a key and with it every token it signed."""
    from portico.core import keys

    if not _with_house(lambda: keys.remove(kid)):
        raise WrongSetting(f"there is no key {kid}")
    typer.echo(f"removed {kid}")


@mail_app.command("list")
def list_mails(
    status: Annotated[str | None, typer.Option(help="Only those queued, sending, sent or parked.")] = None,
) -> None:
    """Print the mails of the outbox, the oldest first."""
    from portico.core import mail

    table = Table("Mail", "Status", "Purpose", "To", "Attempts", "Written", "Error", box=None, pad_edge=False)
    for row in _with_house(lambda: mail.listed(status)):
        shown = (row.id, row.status, row.purpose, row.recipient, row.attempts, _time(row.created_at), row.error or "")
        table.add_row(*(escape(str(value)) for value in shown))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@mail_app.command("show")
def show_mail(mail_id: Annotated[int, typer.Argument(metavar="MAIL", help="The number of the mail.")]) -> None:
    """Print all that is known of one mail. Its text is made when it is sent."""
    from portico.core import mail

    found = [row for row in _with_house(mail.listed) if row.id == mail_id]
    if not found:
        raise WrongSetting(f"there is no mail {mail_id}")
    for name in SHOWN_OF_A_MAIL:
        typer.echo(f"{name:12}{_shown(getattr(found[0], name))}")


@mail_app.command("retry")
def retry_mail(
    mail_id: Annotated[
        int | None, typer.Argument(metavar="MAIL", help="The number of the mail; all that are parked without.")
    ] = None,
) -> None:
    """Queue parked mails again."""
    from portico.core import mail

    count = _with_house(lambda: mail.retry(mail_id))
    typer.echo(f"{count} queued again")


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"


def _with_house(work: Callable[[], Coroutine[object, object, T]]) -> T:
    """Runs `work` in a house over the database that is there. Makes neither a database nor a secret key."""
    from portico.core import database
    from portico.core.house import opened

    async def run() -> T:
        async with opened(current):
            await database.refuse_unready()
            return await work()

    current = configuration.load()
    return asyncio.run(run())


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    text = "" if value is None else str(value)  # a secret hides itself
    return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", text)


def _warnings(settings: Settings) -> list[str]:
    warnings = [f"{name} is not a setting and does nothing" for name in configuration.unknown()]
    if settings.bcrypt_cost < 10:
        warnings.append(
            f"{PREFIX}BCRYPT_COST: {settings.bcrypt_cost} is for tests; stolen passwords would be guessed fast"
        )
    return warnings
