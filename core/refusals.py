"""Refusals: the exceptions a verb raises, one class per meaning. A door gives each its own status and words.

Refusal
├── BadCredentials           the account is unknown or inactive, or the password wrong
├── NotActivated             the password is right, but the address is not confirmed yet
├── NoSession                the request belongs to no live session
│   ├── TokenMissing         no token was sent
│   ├── TokenMalformed       the token cannot be read
│   ├── TokenForged          the token was not issued by us, or not for this door
│   ├── TokenExpired         the token has expired
│   └── TokenRevoked         the session has ended
│       └── AccountGone      the account was deleted
├── NotYours                 the thing is somebody else's
├── Unproven                 a one-time token is unknown, spent or expired
├── NotSolved                a captcha is missing, wrong, expired or used before
├── Done                     there is nothing left to do
├── Taken                    another account has the value
├── Invalid                  a field breaks a rule
├── Malformed                the request cannot be read
├── TooLarge                 the body exceeds the limit
├── WrongMediaType           the operation does not accept this media type
├── TooSlow                  the request did not arrive in time
├── NotFound                 there is no such thing
│   ├── NoOwner              there is no such owner, or the password is wrong
│   ├── NoApplication        no application has that key, or it has ended
│   └── NoUser               there is no such user, or he may not log in
├── WrongMethod              the path does not have this method
├── Busy                     the queue is full; the client may retry in `retry_in` seconds
│   ├── Unavailable          the database does not answer
│   └── Throttled            the client has asked too often
└── Broken                   the server failed
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
    """`what` is the field whose value another account has."""

    def __init__(self, what: str) -> None:
        super().__init__(f"That {what} is taken")
        self.what = what


class Invalid(Refusal):
    """`field` breaks `rule`, a text to be read after the field's name. `empty` says that it is an empty string."""

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
