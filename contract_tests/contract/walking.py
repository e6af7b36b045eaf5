"""Links, followed: a client that knows nothing but the contract, its own name and address, and what its mails say."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from doors import DOORS
from support.answers import Json
from support.database import sql
from support.documents import JSON, OPERATIONS, Operation, operations_of
from support.mailbox import awaited, letters_to
from support.server import Server
from support.validation import undocumented


def first_operation(door: str) -> Operation:
    """Returns where everything begins at a door: its first operation that sets a password."""
    return next(operation for operation in operations_of(door) if operation.sets_a_password)


def first_example(content: Json) -> Any:
    return next(iter(next(iter(content.values()))["examples"].values()))["value"]


def way_to(operation: Operation) -> tuple[Operation, list[Json]]:
    """Returns where to begin, and the fewest links to an operation; to a twin of the first none but itself."""
    first, dead_ends = first_operation(operation.door), DOORS[operation.door].dead_ends
    chains: dict[str, list[Json]] = {first.id: []}
    ahead = [first]
    while ahead:
        source = ahead.pop(0)
        for _, _, link in source.links:
            target = link["operationId"]
            if target not in chains and (source.id, target) not in dead_ends:
                chains[target] = [*chains[source.id], link]
                ahead.append(OPERATIONS[target])
    return (first, chains[operation.id]) if operation.id in chains else (operation, [])


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, as the expressions of a link see them."""

    parameters: dict[tuple[str, str], Any]  # by place and name
    body: object
    headers: Mapping[str, str]  # of the answer
    answer: object

    def value(self, expression: object) -> object:
        """Returns what an expression stands for; raises KeyError for what is not there."""
        if not isinstance(expression, str) or "$" not in expression:
            return expression  # a constant
        if embedded := re.search(r"\{(\$[^}]+)\}", expression):
            return expression.replace(embedded[0], str(self.value(embedded[1])))
        place, _, pointer = expression.partition("#/")
        match place.split("."):
            case ["$response", "body"]:
                return _at(self.answer, pointer)
            case ["$request", "body"]:
                return _at(self.body, pointer)
            case ["$request", "path" | "query" | "header" as kind, name]:
                return self.parameters[kind, name]
            case ["$response", "header", name]:
                return self.headers[name]
        raise KeyError(expression)


def _at(value: Any, pointer: str) -> Any:
    for step in pointer.split("/"):
        value = value[step]
    return value


class Walk:
    """Begins with the example of `first`, as an account of its own, and goes where links lead."""

    def __init__(self, server: Server, first: Operation, accept: str = "*/*") -> None:
        self.server = server
        self.accept = accept
        name = f"w{uuid4().hex}"
        example = first_example(first.media_types)
        self.own = {example["email"]: f"{name}@walk.test", example.get("username"): name}
        self.send(first)
        sql(server, "UPDATE account SET awaits_activation = false")  # the mail was answered

    def follow(self, link: Json) -> None:
        assert self.answer.is_success
        parameters = {name: self.exchange.value(each) for name, each in link.get("parameters", {}).items()}
        body = {name: self.exchange.value(each) for name, each in link.get("requestBody", {}).items()}
        self.send(OPERATIONS[link["operationId"]], parameters, body)

    def send(self, operation: Operation, given: Json | None = None, body: Json | None = None) -> None:
        """Sends the example of an operation with what a link brought, and with what only a mail can tell."""
        known: dict[tuple[str, str], Any] = {
            (each["in"], each["name"]): each["example"] for each in operation.parameters
        }
        brought = {_placed(name, known): value for name, value in (given or {}).items()}
        parameters = {
            key: brought.get(key) or self._mine(operation, key[1], known[key]) for key in {**known, **brought}
        }
        example = first_example({JSON: operation.media_types[JSON]}) if operation.media_types else {}
        example = {name: self._mine(operation, name, value) for name, value in example.items()} | (body or {})

        path, query, headers = (
            {name: value for (there, name), value in parameters.items() if there == place}
            for place in ("path", "query", "header")
        )
        headers["Accept"] = self.accept
        sent: Json = {"json": example} if operation.media_types else {}
        self.answer = self.server.client.request(
            operation.method, operation.filled_path(**path), params=query, headers=headers, **sent
        )

        assert undocumented(operation, self.answer) == [], operation.id
        answer = self.answer.json() if "json" in self.answer.headers["Content-Type"] else None
        self.exchange = Exchange(parameters, example, self.answer.headers, answer)

    def _mine(self, operation: Operation, name: str, example: Any) -> Any:
        """Returns a value of an example, in its place what is only mine."""
        if name == "token" and operation.id in DOORS[operation.door].mailed:
            return self._mailed("reset" if "reset" in operation.id else "verify")
        return self.own.get(example, example) if isinstance(example, str) else example

    def _mailed(self, purpose: str) -> str:
        """Returns the token of the last mail of that purpose."""
        to = next(iter(self.own.values()))
        letters = awaited(
            lambda: [each for each in letters_to(self.server, to) if f"/{purpose}" in each.link], f"{purpose} to {to}"
        )
        return letters[-1].token


def _placed(name: str, known: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Returns a parameter by place and name, as a link names it: with its place, or without where that is plain."""
    place, _, rest = name.rpartition(".")
    return (place, rest) if place else next(key for key in known if key[1] == rest)
