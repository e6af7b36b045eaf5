"""Errors in the words of the door they happen at, wherever in the stack that is."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from portico.core.refusals import Refusal
from portico.handlers import Reply

from .modules import handlers_of

Refuse = Callable[[Refusal], Reply]

SERVICE = "service"


class Refusing(Protocol):
    """Who words the refusals of an operation, and those of a path no operation has."""

    def refuse_of(self, operation_id: str) -> Refuse: ...

    def at(self, path: str) -> Refuse: ...


class Doors:
    """The `refuse` functions of the open doors, found by operation or by path."""

    def __init__(self, operations: Mapping[str, list[str]]) -> None:
        """`operations`: the paths of each document, the service document's included."""
        self._handlers: dict[str, Any] = {door: handlers_of(door) for door in operations}
        self._paths = [(path.split("/")[1:], door) for door, paths in operations.items() for path in paths]

    def refuse_of(self, operation_id: str) -> Refuse:
        """The door's `refuse`, or `refuse_<function>` where it words the refusals of that operation apart."""
        door, function, *_ = operation_id.split(".")
        module = self._handlers[door]
        refuse: Refuse = getattr(module, f"refuse_{function}", module.refuse)
        return refuse

    def at(self, path: str) -> Refuse:
        """The door whose paths have most in common with `path`, the shortest of those; else the service."""
        segments = path.split("/")[1:]
        nearest = [(_in_common(segments, known), -len(known), door) for known, door in self._paths]
        shared, _, door = max(nearest, key=lambda found: found[:2])
        refuse: Refuse = self._handlers[door if shared else SERVICE].refuse
        return refuse

    def mask(self, path: str) -> str:
        """`path` for the log: what is not the beginning of a documented path may be a secret."""
        segments = path.split("/")[1:]
        shared = max(_in_common(segments, known) for known, _ in self._paths)
        return "/" + "/".join(segments[:shared] + [segment and "*" for segment in segments[shared:]])


def _in_common(segments: list[str], known: list[str]) -> int:
    for count, (segment, other) in enumerate(zip(segments, known, strict=False)):
        if segment != other or not segment:
            return count
    return min(len(segments), len(known))
