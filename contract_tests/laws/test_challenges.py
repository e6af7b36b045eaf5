"""H04: whoever is refused with 401 for want of a session is told the scheme, and nobody else is."""

import pytest
from doors import DOORS, WRONG_TOKEN
from support.answers import bearer, whole
from support.database import sql
from support.server import Server

DEAD = 'Bearer error="invalid_token"'  # RFC 6750, section 3.1
CHALLENGES = {"missing": "Bearer", "malformed": DEAD, "forged": DEAD, "revoked": DEAD}  # RFC 9110, section 15.5.2


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("why", CHALLENGES)
def test_h04_a_401_names_the_scheme(server: Server, email: str, name: str, why: str) -> None:
    door = server.at(DOORS[name])
    revoked = door.logged_in(email)
    sql(server, f"DELETE FROM account WHERE email_key = '{email}'")
    token = {"malformed": "x", "forged": WRONG_TOKEN, "revoked": revoked}

    answer = door.protected(**bearer(token[why]) if why in token else {})

    assert whole(answer) == door.without_session(why)
    assert answer.headers.get_list("WWW-Authenticate") == ([CHALLENGES[why]] if answer.status_code == 401 else [])
