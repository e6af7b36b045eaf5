"""Wording: finds the door whose words a refusal is put in, by operation or by path."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from portico.core.refusals import Refusal
from portico.handlers import Reply

from .documents import count_in_common, segments
from .modules import handlers_of

Refuse = Callable[[Refusal], Reply]

SERVICE = "service"


class Wording(Protocol):
    """What the pipeline needs: who words the refusals of an operation, and of a path that none has."""

    def refuse_of(self, operation_id: str) -> Refuse: ...

    def refuse_at(self, path: str) -> Refuse: ...


class DoorWording:
    """Finds the `refuse` functions of the open doors."""

    def __init__(self, paths_by_door: Mapping[str, list[str]]) -> None:
        """Imports the doors, the service document's handlers among them. Raises BrokenContract."""
        self._handlers: dict[str, Any] = {door: handlers_of(door) for door in paths_by_door}
        self._paths = [(segments(path), door) for door, paths in paths_by_door.items() for path in paths]

    def refuse_of(self, operation_id: str) -> Refuse:
        """Returns the door's `refuse`, or its `refuse_<function>` where the door has one for that operation."""
        door, function, *_ = operation_id.split(".")
        module = self._handlers[door]
        refuse: Refuse = getattr(module, f"refuse_{function}", module.refuse)
        return refuse

    def refuse_at(self, path: str) -> Refuse:
        """Returns the `refuse` of the door whose paths have most in common with `path`, else that of the service."""
        sent = segments(path)
        nearest = [(count_in_common(sent, known), -len(known), door) for known, door in self._paths]
        shared, _, door = max(nearest, key=lambda found: found[:2])
        refuse: Refuse = self._handlers[door if shared else SERVICE].refuse
        return refuse
