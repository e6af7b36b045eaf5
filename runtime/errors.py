"""Errors: finds the door whose words a refusal is put in, by operation or by path."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from portico.core.refusals import Refusal
from portico.handlers import Reply

from .modules import handlers_of

Refuse = Callable[[Refusal], Reply]

SERVICE = "service"


class RefusalWords(Protocol):
    """What the pipeline asks for the words of refusals: those of an operation, and those of a path without one."""

    def refuse_of(self, operation_id: str) -> Refuse: ...

    def refuse_at(self, path: str) -> Refuse: ...


class Doors:
    """Finds the `refuse` functions of the open doors."""

    def __init__(self, operations: Mapping[str, list[str]]) -> None:
        """`operations`: the paths of each document, the service document's included."""
        self._handlers: dict[str, Any] = {door: handlers_of(door) for door in operations}
        self._paths = [(path.split("/")[1:], door) for door, paths in operations.items() for path in paths]

    def refuse_of(self, operation_id: str) -> Refuse:
        """Returns the door's `refuse`, or its `refuse_<function>` where the door has one for that operation."""
        door, function, *_ = operation_id.split(".")
        module = self._handlers[door]
        refuse: Refuse = getattr(module, f"refuse_{function}", module.refuse)
        return refuse

    def refuse_at(self, path: str) -> Refuse:
        """Returns the `refuse` of the door whose paths have most in common with `path`, else that of the service."""
        segments = path.split("/")[1:]
        nearest = [(_count_in_common(segments, known), -len(known), door) for known, door in self._paths]
        shared, _, door = max(nearest, key=lambda found: found[:2])
        refuse: Refuse = self._handlers[door if shared else SERVICE].refuse
        return refuse

    def mask(self, path: str) -> str:
        """Masks `path` for the log, but for the beginning of a documented path: the rest may be a secret."""
        segments = path.split("/")[1:]
        shared = max(_count_in_common(segments, known) for known, _ in self._paths)
        return "/" + "/".join(segments[:shared] + [segment and "*" for segment in segments[shared:]])


def _count_in_common(segments: list[str], known: list[str]) -> int:
    for count, (segment, other) in enumerate(zip(segments, known, strict=False)):
        if segment != other or not segment:
            return count
    return min(len(segments), len(known))
