"""Resolver: finds the function that an operationId names."""

from typing import Any

from connexion.operations import AbstractOperation
from connexion.resolver import RelativeResolver

from .modules import function_named


class Handlers(RelativeResolver):  # type: ignore[misc]  # Connexion has no types
    """`door.function` names a function of a door. A third word only tells apart operations that one function serves."""

    def resolve_operation_id(self, operation: AbstractOperation) -> str:
        door, function, *_ = operation.operation_id.split(".")
        return f"{self.root_path}.{door}.{function}"

    def resolve_function_from_operation_id(self, operation_id: str) -> Any:
        """Returns the handler. Raises ValueError if there is none."""
        return function_named(operation_id)
