"""From an operationId to the function that serves it."""

from functools import wraps

from connexion.operations import AbstractOperation
from connexion.resolver import RelativeResolver, Resolution


class Handlers(RelativeResolver):
    """`door.function` is that function of that door; a third word only tells apart what the function serves."""

    def resolve_operation_id(self, operation: AbstractOperation) -> str:
        door, function, *_ = operation.operation_id.split(".")
        return f"{self.root_path}.{door}.{function}"


class StockHandlers(Handlers):
    """The same for Connexion's own stack, which wants the media type of an answer named where those of an operation differ."""

    def resolve(self, operation: AbstractOperation) -> Resolution:
        resolution = super().resolve(operation)
        handler = resolution.function

        @wraps(handler)
        async def naming(*arguments: object, **named: object) -> tuple:
            result = await handler(*arguments, **named)
            body, status, headers = (*result, {})[:3] if isinstance(result, tuple) else (result, 200, {})
            media_types = list(operation.responses[str(status)].get("content", {}))
            media_type = {"Content-Type": media_types[0]} if len(media_types) == 1 else {}
            return body, status, media_type | headers

        resolution.function = naming
        return resolution
