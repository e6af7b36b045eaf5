"""Errors in the words of the door they happen at, wherever in the stack that is."""

from collections.abc import Callable, Mapping
from importlib import import_module

from portico.core.refusals import Refusal

Refuse = Callable[[Refusal], tuple[dict, int, dict]]

SERVICE = "service"


class Doors:
    """The `refuse` functions of the open doors, found by operation or by path."""

    def __init__(self, operations: Mapping[str, list[str]]) -> None:
        """`operations`: the paths of each document, the service document's included."""
        self._refuse = {door: import_module(f"portico.handlers.{door}").refuse for door in operations}
        self._paths = [(path.split("/")[1:], door) for door, paths in operations.items() for path in paths]
        self._words = {segment for segments, _ in self._paths for segment in segments} | {""}

    def refuse_of(self, operation_id: str) -> Refuse:
        return self._refuse[operation_id.partition(".")[0]]

    def at(self, path: str) -> Refuse:
        """The door whose paths have most in common with `path`; the service where none has anything."""
        segments = path.split("/")[1:]
        shared, door = max(((_in_common(segments, known), door) for known, door in self._paths), key=lambda pair: pair[0])
        return self._refuse[door if shared else SERVICE]

    def mask(self, path: str) -> str:
        """`path` for the log: a segment that is not a word of the contract may be a secret."""
        return "/".join(segment if segment in self._words else "*" for segment in path.split("/"))


def _in_common(segments: list[str], known: list[str]) -> int:
    for count, (segment, other) in enumerate(zip(segments, known, strict=False)):
        if segment != other or not segment:
            return count
    return min(len(segments), len(known))
