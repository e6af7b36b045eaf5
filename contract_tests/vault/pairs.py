"""The two tokens that this door answers, taken apart."""

from typing import NamedTuple

import httpx
from support.answers import Json, object_in
from support.tokens import parts


class Pair(NamedTuple):
    """A `userToken` and a `vaultToken`, and what they say."""

    userToken: str
    vaultToken: str

    @property
    def user(self) -> Json:
        return parts(self.userToken)[1]

    @property
    def vault(self) -> Json:
        return parts(self.vaultToken)[1]

    @property
    def team(self) -> tuple[object, object]:
        """The team and the project, which an account has once its address is verified."""
        return self.vault.get("team"), self.vault.get("project")

    @property
    def session(self) -> str:
        return str(self.user["jti"]).partition(".")[0]

    @property
    def generation(self) -> int:
        """How often the session was refreshed."""
        return int(str(self.user["jti"]).partition(".")[2])


NO_TEAM = (None, None)


def pair_of(answer: httpx.Response) -> Pair:
    """The pair of an answer that has nothing else."""
    assert answer.status_code == 200, answer.text
    return Pair(**object_in(answer))
