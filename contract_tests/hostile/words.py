"""What hostile requests are made of, and what is said to them at every door."""

from enum import Enum, auto

JSON = "Content-Type: application/json"
URLENCODED = "Content-Type: application/x-www-form-urlencoded"
FORM = "Content-Type: multipart/form-data; boundary=portico"


class Outcome(Enum):
    REACHED = auto()  # the request is fine after all and reaches the handler
    NO_SESSION = auto()
    NOT_HTTP = auto()  # answered by the HTTP parser, which knows no path and so no door


REACHED, NO_SESSION, NOT_HTTP = Outcome
Refusal = tuple[int, str]  # a status and a message

NOT_JSON = (400, "The body is not valid JSON")
TOO_LARGE = (413, "The body is too large")
WRONG_METHOD = (405, "This method is not allowed here")
