"""Resolvers: finds the function that an operationId names."""

from connexion.operations import AbstractOperation
from connexion.resolver import RelativeResolver


class Handlers(RelativeResolver):  # type: ignore[misc]  # Connexion has no types
    """`door.function` names a function of a door. A third word only tells apart operations that one function serves."""

    def resolve_operation_id(self, operation: AbstractOperation) -> str:
        door, function, *_ = operation.operation_id.split(".")
        return f"{self.root_path}.{door}.{function}"
