"""What Connexion's own stack needs beside our handlers, for those who compare."""

from functools import wraps

from connexion.operations import AbstractOperation
from connexion.resolver import RelativeResolver, Resolution


class NamingResolver(RelativeResolver):
    """Names the media type of every answer: Connexion wants that where the statuses of an operation differ in theirs."""

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
