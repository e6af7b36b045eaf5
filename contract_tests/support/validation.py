"""What a validator of other authors than ours says of values and of answers."""

import httpx
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from support.answers import Json
from support.documents import Operation


def breaks(document: Json, schema: Json, value: object) -> list[str]:
    """Tells in what a value is not as a schema of the document says, by another validator than the server has."""
    whole = {"components": document["components"], "allOf": [schema]}
    return [error.message for error in OAS30Validator(whole, format_checker=oas30_format_checker).iter_errors(value)]


def undocumented(operation: Operation, answer: httpx.Response) -> list[str]:
    """Tells in what an answer is not as its operation says; for our own server, so one line each will do.

    `check/` judges any server by itself: its report shows the exchange beside each fault, and no values.
    """
    if answer.status_code not in operation.statuses:
        return [f"{answer.status_code} is not documented"]
    response = operation.responses[answer.status_code]
    headers = response.get("headers", {}).items()
    missing = [name for name, header in headers if header.get("required") and name not in answer.headers]
    if "content" not in response:
        return missing + (["there is a body"] if answer.content else [])
    content = response["content"][answer.headers["Content-Type"].partition(";")[0]]
    is_json = "json" in answer.headers["Content-Type"]
    return missing + (breaks(operation.document, content["schema"], answer.json()) if is_json else [])
