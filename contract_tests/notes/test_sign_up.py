"""Signing up: names, and what is told where a name or an address is taken."""

import pytest
from doors import PASSWORD
from doors.notes import BASES, BODIES, Notes
from support.answers import at_once, whole
from support.mailbox import letters_to
from support.server import Server


def test_a_taken_name_is_told_as_a_taken_address_and_brings_no_mail(
    server: Server, notes: Notes, name: str, email: str, account: None
) -> None:
    assert whole(notes.join(name.upper(), f"new.{email}")) == notes.taken
    assert whole(notes.join(f"new-{name}", email.upper())) == notes.taken

    notes.register(f"later.{email}", username=f"new-{name}")  # a refused sign-up keeps neither name nor address
    assert letters_to(server, f"new.{email}") == []
    assert len(letters_to(server, email)) == 1


@pytest.mark.parametrize("base", BASES)
def test_b08_an_address_is_mailed_five_times_an_hour_however_often_it_signs_up(
    notes: Notes, name: str, email: str, base: str
) -> None:
    sent = {"username": name, "password": PASSWORD, "email": email}

    answers = [notes.ask("POST", f"{base}/auth/signup", sent) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] + [409] * 4 + [429]
    assert whole(answers[-1]) == notes.refused(429, "Too many requests, try again later")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 3601


def test_of_many_at_once_one_signs_up(notes: Notes, name: str, email: str) -> None:
    answers = at_once(lambda number: notes.join(name, f"{number}.{email}"), 8)

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert [whole(answer) for answer in answers if answer.status_code == 409] == [notes.taken] * 7


@pytest.mark.parametrize("shape", ["{}", "A{}", "{}.b_c-d", "{}+tag", "{}@b.c", "0{}", "{}{:0<13}", "{}--", "{}@"])
def test_names_that_may_be_chosen(notes: Notes, name: str, email: str, shape: str) -> None:
    username = shape.format(name, "")

    assert notes.register(email, username=username).status_code == 200

    assert notes.current(notes.token_of(notes.login(username))) == (200, {"username": username})


PATTERN = "'username' does not match ^[A-Za-z0-9][A-Za-z0-9._@+-]{0,44}$"
SHAPES = ["{} b", " {}", "{} ", "{}\n", "\t{}", "{}!", "{}/b", "{}'", "{}<b>", "{},b", "{}:b"]
SHAPES += ["{}é", "名前", "{}🦉"]
SHAPES += [".{}", "_{}", "-{}", "@{}", "+{}", "--", "\u202e{}", "{}\u200b", "ａ{}"]


@pytest.mark.parametrize("shape", SHAPES)
def test_names_that_are_refused(notes: Notes, name: str, email: str, shape: str) -> None:
    fields = {"username": shape.format(name), "password": PASSWORD, "email": email}

    for body in ("form", "JSON"):
        assert whole(notes.client.post("/auth/signup", **BODIES[body](fields))) == notes.refused(400, PATTERN)
