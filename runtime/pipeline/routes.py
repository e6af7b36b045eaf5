"""Routes: finds the operation of a request by a look-up in a dict, however many operations there are.

A path without parameters is found by its bytes. A path with parameters is found by its shape, which says for each
segment whether it is a parameter, and then by its other segments: one look-up for each shape of that length.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from portico.core.refusals import Malformed, NotFound, WrongMethod

from .operation import Operation

Shape = tuple[bool, ...]  # for each segment: is it a parameter?
Literals = tuple[str, ...]
Methods = dict[str, Operation]


class Route(NamedTuple):
    """One path: the names of its parameters, and its operations by method."""

    names: tuple[str, ...]
    methods: Methods


NO_VALUES: dict[str, str] = {}


class Routes:
    """All paths of the contract."""

    def __init__(self) -> None:
        self._static: dict[bytes, Methods] = {}
        self._shapes: dict[int, dict[Shape, dict[Literals, Route]]] = {}  # by the number of segments

    def add(self, path: str, method: str, operation: Operation) -> None:
        segments = path.split("/")[1:]
        shape = tuple(segment.startswith("{") and segment.endswith("}") for segment in segments)
        if any("{" in segment for segment, parameter in zip(segments, shape, strict=True) if not parameter):
            raise ValueError("a parameter must be a whole segment of the path")
        literals = tuple(segment for segment, parameter in zip(segments, shape, strict=True) if not parameter)
        names = tuple(segment[1:-1] for segment, parameter in zip(segments, shape, strict=True) if parameter)
        shapes = self._shapes.setdefault(len(segments), {})
        known_names, methods = shapes.setdefault(shape, {}).setdefault(literals, Route(names, {}))
        if known_names != names:
            raise ValueError("two paths differ in nothing but the names of their parameters")
        methods[method.upper()] = operation
        if not names:
            self._static[path.encode()] = methods
        # What has a literal where others have a parameter is tried first.
        self._shapes[len(segments)] = dict(sorted(shapes.items(), key=lambda item: item[0]))

    def find(self, scope: Scope) -> tuple[Operation, dict[str, str]]:
        """Returns the operation and the path parameters. Raises NotFound, WrongMethod, or Malformed for bad text."""
        methods, values = self._static.get(scope["raw_path"]), NO_VALUES
        if methods is None:
            methods, values = self._find_by_shape(scope["raw_path"])
        method = scope["method"]
        operation = methods.get(method)
        if operation is None and method == "HEAD":
            operation = methods.get("GET")
        if operation is None:
            raise WrongMethod(allowed(methods))
        return operation, values

    def _find_by_shape(self, raw_path: bytes) -> tuple[Methods, dict[str, str]]:
        segments = _decoded(raw_path)
        for shape, by_literals in self._shapes.get(len(segments), {}).items():
            literals = tuple(segment for segment, parameter in zip(segments, shape, strict=True) if not parameter)
            route = by_literals.get(literals)
            if route is not None:
                sent = [segment for segment, parameter in zip(segments, shape, strict=True) if parameter]
                if all(sent):  # an empty segment names nothing
                    return route.methods, dict(zip(route.names, sent, strict=True))
        raise NotFound()


def allowed(methods: Mapping[str, object]) -> str:
    """Returns the value of the header `Allow`."""
    names = {*methods, "HEAD"} if "GET" in methods else set(methods)
    return ", ".join(sorted(names))


def _decoded(raw_path: bytes) -> list[str]:
    """Decodes the segments one by one, so that `%2F` is data and no separator."""
    try:
        segments = [unquote_to_bytes(segment).decode() for segment in raw_path.split(b"/")[1:]]
    except UnicodeDecodeError:
        raise Malformed("The path is not UTF-8 text") from None
    if any("\0" in segment for segment in segments):
        raise Malformed("The path holds a NUL character")
    return segments
