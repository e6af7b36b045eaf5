"""From an operationId to the function that serves it."""

from connexion.operations import AbstractOperation
from connexion.resolver import RelativeResolver


class Handlers(RelativeResolver):  # type: ignore[misc]  # Connexion has no types
    """`door.function` is that function of that door; a third word only tells apart what the function serves."""

    def resolve_operation_id(self, operation: AbstractOperation) -> str:
        door, function, *_ = operation.operation_id.split(".")
        return f"{self.root_path}.{door}.{function}"
