"""The outbox: a mail goes out once, whatever the mail server does, and holds nothing up meanwhile."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import httpx
import pytest
from doors import PASSWORD
from doors.appseed import Appseed
from doors.mobile import Mobile
from doors.vault import Vault
from support.answers import at_once
from support.database import moment, rows, sql
from support.mailbox import awaited, awaits_fate, fate, hasten
from support.post_office import PostOffice, post_office
from support.server import Server, Serving

QUICK = 5  # seconds a client waits; the SMTP server takes longer
NOT_NOW = "451 4.3.0 not now"


@pytest.fixture
def door(sending: Server) -> Vault:
    return sending.at(Vault)


@pytest.fixture
def held_up(sending: Server, door: Vault, troubled: PostOffice, email: str) -> PostOffice:
    """The SMTP server, well again; the mail to `email` waits for its next attempt."""
    troubled.behaviour = NOT_NOW
    assert door.register(email).is_success
    awaits_fate(sending, email, "queued")
    troubled.release()
    return troubled


def passed(sending: Server, post: PostOffice, email: str) -> None:
    """Returns once the worker has looked at every mail there was."""
    hasten(sending)
    assert sending.at(Vault).register(f"next.{email}").is_success
    post.letter_to(f"next.{email}")


def id_of(server: Server, address: str) -> str:
    [(number,)] = rows(server, f"SELECT id FROM mail WHERE recipient = '{address}'")
    return str(number)


# ---------------------------------------------------------------- the mail server is down, slow or unwilling
def test_m03_smtp_down_holds_nothing_up_and_mails_go_out_once_when_it_is_back(
    sending: Server, door: Vault, troubled: PostOffice, email: str
) -> None:
    addresses = [f"{number}.{email}" for number in range(4)]
    troubled.close()
    for address in addresses:
        assert door.register(address).is_success
    assert door.forget(addresses[0]).is_success
    for address in addresses[1:]:
        awaits_fate(sending, address, "queued")

    assert fate(sending, addresses[1]) == [("queued", 1, "SMTPConnectError")]
    assert door.verify("x").status_code == 400  # it serves
    troubled.open()
    hasten(sending)

    for address in addresses:
        awaited(partial(all_sent, sending, address), f"the end of {address}")
    for address in addresses[1:]:
        assert door.verify(troubled.letter_to(address).token).status_code == 200
    hasten(sending)
    assert [len(troubled.to(address)) for address in addresses] == [2, 1, 1, 1]


def all_sent(server: Server, address: str) -> bool:
    return {status for status, _, _ in fate(server, address)} == {"sent"}


def test_m03_a_stalled_smtp_server_holds_nothing_up(sending: Server, troubled: PostOffice, email: str) -> None:
    troubled.behaviour = "stall"
    with httpx.Client(base_url=sending.url, timeout=QUICK) as quick:
        door = Vault(quick)
        assert door.register(email).is_success
        assert troubled.reached.wait(QUICK)

        answers = [door.register(f"{number}.{email}") for number in range(3)]
        answers += [door.forget(email), door.login(email)]
        body = {"username": uuid4().hex, "password": PASSWORD, "email": f"notes.{email}"}
        answers.append(quick.post("/auth/signup", json=body))

    assert [answer.status_code for answer in answers] == [200] * 6
    assert troubled.to(email) == []  # it stalled all the while
    troubled.release()
    for address in (email, f"0.{email}", f"1.{email}", f"2.{email}", f"notes.{email}"):
        troubled.letter_to(address)
    awaited(lambda: len(troubled.to(email)) == 2, "the mail of the forgotten password")
    assert [len(troubled.to(f"{number}.{email}")) for number in range(3)] == [1, 1, 1]


def test_m03_not_now_is_tried_again_after_a_pause_that_grows(
    sending: Server, door: Vault, troubled: PostOffice, email: str
) -> None:
    troubled.behaviour = NOT_NOW
    assert door.register(email).is_success
    pauses = []
    for attempt in range(1, 5):
        awaits_fate(sending, email, "queued", attempt)
        assert fate(sending, email) == [("queued", attempt, "SMTPDataError 451")]
        [(due, looked)] = rows(sending, f"SELECT due_at, claimed_until FROM mail WHERE recipient = '{email}'")
        pauses.append(moment(due) - moment(looked))
        if attempt == 4:
            troubled.release()
        hasten(sending)

    assert pauses == sorted(pauses)
    assert pauses[3] - pauses[0] > timedelta(seconds=20)
    assert door.verify(troubled.letter_to(email).token).status_code == 200
    awaits_fate(sending, email, "sent", 5)
    assert fate(sending, email) == [("sent", 5, None)]
    assert len(troubled.to(email)) == 1
    assert not (sending.folder / "outbox").exists()


def test_m03_one_mail_that_fails_holds_up_no_other(door: Vault, held_up: PostOffice, email: str) -> None:
    assert door.register(f"next.{email}").is_success

    assert held_up.letter_to(f"next.{email}")
    assert held_up.to(email) == []  # it waits for its next attempt


def test_m03_a_mail_that_may_have_gone_out_does_not_go_out_twice(
    sending: Server, door: Vault, troubled: PostOffice, email: str
) -> None:
    """The server takes the mail and is gone before it can say so."""
    troubled.behaviour = "hang up"
    assert door.register(email).is_success
    troubled.letter_to(email)
    awaited(lambda: fate(sending, email)[0][0] != "sending", "an end of the attempt")

    troubled.behaviour = "accept"
    passed(sending, troubled, email)

    assert len(troubled.to(email)) == 1


# ---------------------------------------------------------------- what never goes out by itself
def test_never_is_parked_until_an_operator_asks_again(
    sending: Server, door: Vault, troubled: PostOffice, email: str
) -> None:
    troubled.behaviour = "550 5.1.1 no such mailbox"
    addresses = [f"{number}.{email}" for number in range(3)]
    for address in addresses:
        assert door.register(address).is_success
        awaits_fate(sending, address, "parked")
    first, number = addresses[0], id_of(sending, addresses[0])

    [line] = [line for line in sending.run("mail", "list", "--status", "parked").splitlines() if first in line]
    assert line.split()[:5] == [number, "parked", "verify", first, "1"]
    assert line.endswith("SMTPDataError 550")
    assert first not in sending.run("mail", "list", "--status", "sent")
    shown = dict(
        line.split(maxsplit=1) for line in sending.run("mail", "show", number).splitlines() if " " in line.strip()
    )
    about = {"id": number, "purpose": "verify", "recipient": first, "status": "parked", "error": "SMTPDataError 550"}
    assert about.items() <= shown.items()
    troubled.release()
    hasten(sending)  # wakes the worker, which leaves it alone
    assert fate(sending, first) == [("parked", 1, "SMTPDataError 550")]

    assert sending.run("mail", "retry", number) == "1 queued again\n"

    assert door.verify(troubled.letter_to(first).token).status_code == 200
    awaits_fate(sending, first, "sent")
    assert sending.run("mail", "retry", number) == "0 queued again\n"
    [(parked,)] = rows(sending, "SELECT count(*) FROM mail WHERE status = 'parked'")
    assert parked >= 2
    assert sending.run("mail", "retry") == f"{parked} queued again\n"
    for address in addresses[1:]:
        troubled.letter_to(address)
    assert [len(troubled.to(address)) for address in addresses] == [1, 1, 1]


def test_a_mail_whose_address_changed_meanwhile_is_not_sent(sending: Server, held_up: PostOffice, email: str) -> None:
    sending.at(Appseed).move(email, f"new.{email}")

    passed(sending, held_up, email)

    assert fate(sending, email) == []
    assert held_up.to(email) == held_up.to(f"new.{email}") == []


def test_a_mail_whose_address_changed_its_case_is_sent(sending: Server, held_up: PostOffice, email: str) -> None:
    sending.at(Appseed).move(email, email.upper())

    passed(sending, held_up, email)

    assert len(held_up.to(email)) + len(held_up.to(email.upper())) == 1


def test_a_mail_of_an_account_that_is_gone_is_not_sent(sending: Server, held_up: PostOffice, email: str) -> None:
    mobile = sending.at(Mobile)
    assert mobile.logout(token=mobile.token_of(mobile.login(email))).is_success

    passed(sending, held_up, email)

    assert fate(sending, email) == []
    assert held_up.to(email) == []


# ---------------------------------------------------------------- several processes, one after another and at once
def test_m03_a_mail_outlives_its_server(sending: Server, held_up: PostOffice, email: str) -> None:
    sending.stop()
    sql(sending, "UPDATE mail SET due_at = '2020-01-01 00:00:00+00:00' WHERE status = 'queued'")

    sending.start()

    assert sending.at(Vault).verify(held_up.letter_to(email).token).status_code == 200


def test_two_processes_send_each_mail_once(serving: Serving, email: str) -> None:
    with post_office() as office:
        office.close()
        house = serving("--workers", "2", PORTICO_LIMITS="off", PORTICO_MAIL_URL=f"smtp://127.0.0.1:{office.port}")
        addresses = [f"{number}.{email}" for number in range(20)]
        registered = at_once(lambda number: house.at(Vault).register(addresses[number]), len(addresses))
        assert all(answer.is_success for answer in registered)
        for address in addresses:
            awaits_fate(house, address, "queued")
        office.released.clear()
        office.open()

        sql(house, "UPDATE mail SET due_at = '2020-01-01 00:00:00+00:00'")  # for both of them at once

        for address in addresses:
            office.letter_to(address)
        awaited(lambda: {row[0] for row in rows(house, "SELECT status FROM mail")} == {"sent"}, "the end of all")
        house.stop()  # what was half sent is finished
        assert sorted(letter.recipients for letter in office.letters) == sorted((address,) for address in addresses)
