"""One check of one operation, under way: what it sends, and how it judges what comes back."""

from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

import httpx
import jsonschema_rs
from check.report import Problem
from doors import Door, OutOfReach, Session, refuses
from support.answers import Json
from support.documents import JSON, Operation, body_for_httpx
from tools.fuzz.fuzzing import Fuzzing


@dataclass
class Trial:
    """One check of one operation, under way."""

    door: Door
    operation: Operation
    fuzzing: Fuzzing | None = None
    problems: list[Problem] = field(default_factory=list)
    out_of_reach: str = ""

    @cached_property
    def session(self) -> Session:
        return Session(self.door)

    def send(
        self,
        body: object = None,
        media_type: str | None = JSON,
        scheme: Json | None = None,
        token: str | None = None,
        arguments: dict[str, str] | None = None,
        method: str | None = None,
        text: str | None = None,
    ) -> httpx.Response:
        """Asks for the operation; `arguments` are instead of those of the example, `text` instead of a body."""
        given = self.arguments({}) if arguments is None else arguments
        places = {each["name"]: each["in"] for each in self.operation.parameters}
        path = self.operation.path.format_map({name: quote(value, safe="") for name, value in given.items()})
        query = {name: value for name, value in given.items() if places[name] == "query"}
        headers = carried(scheme, token) if token else {}
        content = {} if body is None else body_for_httpx(media_type, body)
        if text is not None:
            content = {"content": text, "headers": {"Content-Type": media_type}}
        headers |= content.pop("headers", {})
        shown_as = {"path": self.operation.path, "body": body if text is None else text}
        return self.door.client.request(
            method or self.operation.method, path, params=query, headers=headers, extensions=shown_as, **content
        )

    def arguments(self, values: dict[str, str]) -> dict[str, str]:
        """The parameters of the example, with these values where they have such names."""
        return {each["name"]: str(values.get(each["name"], each["example"])) for each in self.operation.parameters}

    def values(self) -> dict[str, str]:
        """What makes the example a good request, as far as that can be known."""
        try:
            return self.door.values(self.operation.id, self.session)
        except OutOfReach as reason:
            self.out_of_reach = str(reason)
            return {}

    def good_body(self) -> Json | None:
        """The first example with live values, or as it is printed where it takes a mail to do better."""
        bodies = [body for media_type, body in self.operation.examples if body is not None and media_type == JSON]
        values = {} if self.operation.id in self.door.mailed else self.values()
        return filled(bodies[0], values) if bodies else None

    def credentials(self) -> Json:
        """A live token, where the operation takes one."""
        schemes = self.operation.schemes
        return {"scheme": schemes[0], "token": self.session.token} if schemes else {}

    # ------------------------------------------------------------ judging
    def wrong(self, text: str, contract: str, answer: httpx.Response) -> None:
        self.problems.append(Problem(text, contract, answer))

    def is_documented(self, answer: httpx.Response, *, in_full: bool = True) -> bool:
        """Tells whether the status is listed; notes for the report what else is not as documented."""
        if answer.status_code not in self.operation.statuses:
            listed = ", ".join(map(str, sorted(self.operation.statuses)))
            self.wrong(f"the status {answer.status_code} is not documented", f"one of {listed}", answer)
            return False
        response = self.operation.responses[answer.status_code]
        for name, header in response.get("headers", {}).items():
            if header.get("required") and name not in answer.headers:
                self.wrong(
                    f"the header {name} is missing", f"with {answer.status_code}: {header['description']}", answer
                )
        if in_full:
            self.has_content(answer, response.get("content", {}))
        return True

    def has_content(self, answer: httpx.Response, content: Json) -> None:
        """Notes in what the body is not as documented."""
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        if not content and not answer.content:
            return
        if media_type not in content:
            contract = f"with {answer.status_code}: {' or '.join(content)}"
            self.wrong(f"the content type is {media_type or 'missing'}", contract, answer)
        elif "json" in media_type:
            schema = content[media_type]["schema"]
            try:
                found = breaks(self.operation.document, schema, answer.json())
            except ValueError:
                found = ["the body is not JSON"]
            for problem in found:
                self.wrong(problem, f"the schema {schema.get('$ref', '').rpartition('/')[2]}", answer)

    def must_refuse(self, answer: httpx.Response, why: str) -> None:
        """Notes whatever is no documented refusal, or a failure of the server."""
        listed = sorted(status for status in self.operation.statuses if 400 <= status < 500)
        if answer.status_code not in listed:
            said = "the server failed" if answer.is_server_error else f"it was answered {answer.status_code}"
            self.wrong(f"{why}: {said}", f"a refusal, one of {', '.join(map(str, listed))}", answer)
        else:
            self.is_documented(answer, in_full=False)

    def must_have_no_session(self, answer: httpx.Response, why: str, among: set[int]) -> None:
        """Notes what is not refused as the operation says it: with a status, else in words."""
        listed = among & self.operation.statuses
        if {401, 403} & self.operation.statuses:
            if answer.status_code not in listed:
                said = f"{why} was answered {answer.status_code}"
                self.wrong(said, f"a refusal, one of {', '.join(map(str, sorted(listed)))}", answer)
            else:
                self.is_documented(answer, in_full=False)
        elif self.is_documented(answer, in_full=False) and not refuses(answer):
            self.wrong(f"{why} was taken for a live one", "an answer that says there is no session", answer)


def filled(example: Json, values: dict[str, str]) -> Json:
    """An example with live values; of a name and an address, whichever it shows."""
    body = {name: values.get(name, value) for name, value in example.items()}
    if "@" in str(example.get("username")) and "email" in values:
        body["username"] = values["email"]
    return body


def carried(scheme: Json | None, token: str) -> dict[str, str]:
    if scheme is None or scheme["type"] == "http":
        return {"Authorization": f"Bearer {token}"}
    return {scheme["name"]: token}


def breaks(document: Json, schema: Json, value: object) -> list[str]:
    """Tells in what a value is not as a schema says, without saying the value: the report is for others to read.

    The validator of `support/validation.py` cannot leave it out.
    """
    whole = {"allOf": [schema], "components": document["components"]}
    validator = jsonschema_rs.Draft4Validator(whole, validate_formats=True, mask="the value")
    errors = validator.iter_errors(value)
    return [f"{'.'.join(map(str, error.instance_path)) or 'the body'}: {error.message}" for error in errors]
