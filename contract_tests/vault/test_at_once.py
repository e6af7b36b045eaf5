"""What many do at the same time, to a server of one worker and to one of two."""

import pytest
from doors.vault import DEAD_LINK, OK, Vault
from support.answers import at_once, whole
from support.database import rows
from support.server import Server, Serving
from vault.pairs import Pair, pair_of


@pytest.fixture(scope="module", params=["1", "2"])
def server(request: pytest.FixtureRequest, serving: Serving) -> Server:
    return serving("--workers", request.param, PORTICO_LIMITS="off")


def defaults_of(server: Server, email: str) -> list[tuple[object, ...]]:
    """Name of team and name of project of an account: one row for each project, and for each team without any."""
    return rows(
        server,
        "SELECT team.name, project.name FROM account JOIN team ON team.account_id = account.id"
        f" LEFT JOIN project ON project.team_id = team.id WHERE email_key = '{email}'",
    )


def test_one_team_and_project_however_many_verify_at_once(
    server: Server, vault: Vault, email: str, mailed: str
) -> None:
    answers = at_once(lambda number: vault.verify(mailed, ["GET", "POST"][number % 2]), 24)

    pairs = [pair_of(answer) for answer in answers]
    assert len({pair.team for pair in pairs}) == 1
    assert None not in pairs[0].team
    assert len({pair.session for pair in pairs}) == 24
    assert defaults_of(server, email) == [("Default", "Default")]


def test_m01_scanners_and_people_at_once_all_get_through(server: Server, vault: Vault, email: str, mailed: str) -> None:
    answers = at_once(lambda number: vault.verify(mailed, ["HEAD", "GET"][number % 2]), 16)

    assert [answer.status_code for answer in answers] == [200] * 16
    assert defaults_of(server, email) == [("Default", "Default")]


def test_r03_fifty_refreshes_at_once_have_one_successor(vault: Vault, pair: Pair) -> None:
    answers = at_once(lambda _: vault.renew(pair.userToken), 50)

    (new,) = {pair_of(answer) for answer in answers}
    assert (new.session, new.generation) == (pair.session, 1)
    newest = pair_of(vault.renew(new.userToken))
    assert (newest.session, newest.generation) == (pair.session, 2)


def test_m02_of_many_resets_at_once_one_works(vault: Vault, email: str, forgotten: str) -> None:
    answers = at_once(lambda number: vault.choose(forgotten, f"password number {number}"), 8)

    (winner,) = [number for number, answer in enumerate(answers) if answer.status_code == 200]
    assert [whole(answer) for answer in answers] == [OK if number == winner else DEAD_LINK for number in range(8)]
    assert pair_of(vault.login(email, f"password number {winner}"))
