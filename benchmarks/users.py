"""The users of a variant: registers them, logs them in, and checks every kind of answer."""

from dataclasses import dataclass

import httpx

from .api import Api, Json, Person, Request

USERS = 8
OPERATIONS = ("/health/live", "checkSession", "edit")


class WrongAnswer(Exception):
    """A variant gave a wrong answer, so measuring it means nothing."""


@dataclass(frozen=True)
class Users:
    people: list[Person]
    operations: dict[str, list[Request]]  # the requests of each operation, to be sent in turn

    @classmethod
    async def of(cls, client: httpx.AsyncClient, api: Api) -> "Users":
        """Registers the users and logs them in. Raises WrongAnswer unless the variant answers correctly."""
        people = [
            Person(f"user{number}@example.org", f"a long passphrase {number}", f"user {number}")
            for number in range(USERS)
        ]
        tokens = [await _token(client, api, person) for person in people]
        operations = {
            "/health/live": [api.live()],
            "checkSession": [api.check_session(token) for token in tokens],
            "edit": [api.edit(token, person.name) for token, person in zip(tokens, people, strict=True)],
        }
        users = cls(people, operations)
        await users.verify(client)
        for request in api.refused(tokens[0]):
            await ask(client, request)
        return users

    async def verify(self, client: httpx.AsyncClient) -> None:
        for requests in self.operations.values():
            for request in requests:
                await ask(client, request)


async def ask(client: httpx.AsyncClient, request: Request) -> Json:
    """Sends the request and returns the answer. Raises WrongAnswer unless it is the right one."""
    response = await client.request(request.method, request.path, headers=request.headers, content=request.body)
    answer = response.json() if response.headers.get("content-type") == "application/json" else {}
    if response.status_code not in request.statuses or answer | request.answer != answer:
        raise WrongAnswer(f"{request.method} {request.path}: {response.status_code} {response.text[:200]}")
    return answer


async def _token(client: httpx.AsyncClient, api: Api, person: Person) -> str:
    await ask(client, api.register(person))
    return api.token(await ask(client, api.login(person)))
