"""H04: whoever is refused with 401 for want of a session is told the scheme, and nobody else is."""

import pytest
from doors import DOORS, WRONG_TOKEN
from support.answers import Headers, bearer, whole
from support.server import Server


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    ("why", "headers", "challenge"),
    [
        ("missing", {}, "Bearer"),  # RFC 9110, section 15.5.2
        ("malformed", bearer("x"), 'Bearer error="invalid_token"'),  # RFC 6750, section 3.1
        ("forged", bearer(WRONG_TOKEN), 'Bearer error="invalid_token"'),
    ],
)
def test_h04_a_401_names_the_scheme(server: Server, name: str, why: str, headers: Headers, challenge: str) -> None:
    door = server.at(DOORS[name])

    answer = door.protected(**headers)

    assert whole(answer) == door.without_session(why)
    assert answer.headers.get_list("WWW-Authenticate") == ([challenge] if answer.status_code == 401 else [])
