"""What opens doors: sessions and their tokens, one-time tokens, and the names of the keys that sign."""

from tortoise import fields
from tortoise.models import Model

from .identity import DIGEST, EMAIL, Account


# One login. A signed token names the row and the generation it was issued in, an opaque one has a row of its own.
class Session(Model):
    id = fields.CharField(32, primary_key=True)  # 128 random bits, hexadecimal
    door = fields.CharField(32)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("portico.Account", related_name="sessions")
    account_id: int
    generation = fields.IntField(default=0)  # counts refreshes
    created_at = fields.DatetimeField(auto_now_add=True)
    issued_at = fields.DatetimeField()  # the current generation
    expires_at = fields.DatetimeField()  # the current generation
    ends_at = fields.DatetimeField()  # the session, however often it is refreshed
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "session"
        indexes = (("account_id",),)


# An opaque token of a session.
class Token(Model):
    digest = fields.CharField(DIGEST, primary_key=True)
    kind = fields.CharField(16)
    session: fields.ForeignKeyRelation[Session] = fields.ForeignKeyField("portico.Session", related_name="tokens")
    session_id: str
    expires_at = fields.DatetimeField()

    class Meta:
        table = "token"
        indexes = (("session_id",), ("expires_at",))


class OneTimeToken(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "portico.Account", related_name="one_time_tokens"
    )
    account_id: int
    purpose = fields.CharField(32)
    address = fields.CharField(EMAIL)  # the token is worth nothing once the account has another
    digest = fields.CharField(DIGEST, unique=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "one_time_token"
        indexes = (("account_id",),)


# A solved challenge is worth something once.
class SpentChallenge(Model):
    digest = fields.CharField(DIGEST, primary_key=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "spent_challenge"


# The name and life of a key. Its bytes are derived from the secret key; an RSA key stands here sealed by it.
class SigningKey(Model):
    kid = fields.CharField(32, primary_key=True)
    algorithm = fields.CharField(16)
    sealed = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    signs_from = fields.DatetimeField()
    verifies_until = fields.DatetimeField(null=True)

    class Meta:
        table = "signing_key"
