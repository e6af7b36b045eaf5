"""Why the house says no: one class per meaning, no status codes. A door turns a refusal into its own words.

Refusal
├── BadCredentials           unknown account, wrong password and inactive account alike
├── NotActivated             right password, but the mail has not been answered yet
├── NoSession                there is no live session behind the request
│   ├── TokenMissing         no token was sent
│   ├── TokenMalformed       not one of ours to look at
│   ├── TokenForged          not signed by us, or not for this door
│   ├── TokenExpired         its time is over
│   └── TokenRevoked         its session has ended
│       └── AccountGone      its account was deleted
├── NotYours                 someone else's
├── Unproven                 a one-time token that is unknown, spent or over
├── NotSolved                a captcha that is missing, wrong, over or used before
├── Done                     it is as the caller wants it already
├── Taken                    another account has it
├── Invalid                  a field breaks a rule
├── Malformed                the request cannot be read
├── TooLarge                 the body is over the limit
├── WrongMediaType           the body is of a type the operation does not take
├── TooSlow                  the request did not arrive in time
├── NotFound                 no such thing
│   ├── NoOwner              no such owner, or not with that password
│   ├── NoApplication        no application of that key, or it has ended
│   └── NoUser               no user of that name who may come in
├── WrongMethod              not with this method
├── Busy                     not now, the queue is full; again in `retry_in` seconds
│   ├── Unavailable          not now, the database does not answer
│   └── Throttled            not so often
└── Broken                   our fault
"""


class Refusal(Exception):
    """`message` is plain English for a client to show; it never holds what the client sent."""

    message = "The request was refused"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message


class BadCredentials(Refusal):
    message = "Wrong credentials"


class NotActivated(Refusal):
    message = "The account is not activated yet"


class NoSession(Refusal):
    message = "There is no live session"


class TokenMissing(NoSession):
    message = "A token is required"


class TokenMalformed(NoSession):
    message = "The token is malformed"


class TokenForged(NoSession):
    message = "The token is not valid here"


class TokenExpired(NoSession):
    message = "The token has expired"


class TokenRevoked(NoSession):
    message = "The session has ended"


class AccountGone(TokenRevoked):
    message = "The account is gone"


class NotYours(Refusal):
    message = "That is not yours"


class Unproven(Refusal):
    message = "The token is not known or no longer good"


class NotSolved(Refusal):
    message = "The captcha is not solved"


class Done(Refusal):
    message = "That is done already"


class Taken(Refusal):
    """`what`: the field whose value another account has."""

    def __init__(self, what: str) -> None:
        super().__init__(f"That {what} is taken")
        self.what = what


class Invalid(Refusal):
    """`field` breaks `rule`, a predicate that reads after the field's name; `empty` when an empty string does."""

    def __init__(self, field: str, rule: str, *, empty: bool = False) -> None:
        super().__init__(f"'{field}' {rule}")
        self.field = field
        self.rule = rule
        self.empty = empty


class Malformed(Refusal):
    message = "The request cannot be read"


class TooLarge(Refusal):
    message = "The body is too large"


class WrongMediaType(Refusal):
    def __init__(self, accepted: list[str]) -> None:
        super().__init__(f"The body must be {' or '.join(accepted)}")
        self.accepted = accepted


class TooSlow(Refusal):
    message = "The request did not arrive in time"


class NotFound(Refusal):
    message = "There is nothing here"


class NoOwner(NotFound):
    message = "owner not found"


class NoApplication(NotFound):
    message = "application not found"


class NoUser(NotFound):
    message = "User not found"


class WrongMethod(Refusal):
    message = "This method is not allowed here"

    def __init__(self, allowed: str) -> None:
        super().__init__()
        self.allowed = allowed


class Busy(Refusal):
    message = "The server is busy, try again in a moment"

    def __init__(self, retry_in: int = 1, message: str | None = None) -> None:
        super().__init__(message)
        self.retry_in = retry_in


class Unavailable(Busy):
    message = "The server cannot reach its database, try again in a moment"


class Throttled(Busy):
    message = "Too many requests, try again later"


class Broken(Refusal):
    message = "The server failed, and the failure was logged"
