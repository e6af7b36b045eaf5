"""Sessions and their tokens, one-time tokens, solved captchas, and the keys that sign."""

from tortoise import fields
from tortoise.models import Model

from .identity import DIGEST, EMAIL, Account


# One login; `core.sessions` tells its life. A signed token names this row and a generation; an opaque one is a Token.
class Session(Model):
    id = fields.CharField(32, primary_key=True)  # 128 random bits, hexadecimal
    door = fields.CharField(32)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("portico.Account", related_name="sessions")
    account_id: int
    generation = fields.IntField(default=0)  # how often the session was refreshed
    created_at = fields.DatetimeField(auto_now_add=True)
    issued_at = fields.DatetimeField()  # when the current generation of tokens began
    expires_at = fields.DatetimeField()  # when the current generation of tokens expires
    ends_at = fields.DatetimeField()  # when the session ends, however often it is refreshed
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "session"
        indexes = (("account_id",),)


# An opaque token of a session: `access`, `refresh` or `successor`.
class Token(Model):
    digest = fields.CharField(DIGEST, primary_key=True)
    kind = fields.CharField(16)
    session: fields.ForeignKeyRelation[Session] = fields.ForeignKeyField("portico.Session", related_name="tokens")
    session_id: str
    expires_at = fields.DatetimeField()

    class Meta:
        table = "token"
        indexes = (("session_id",), ("expires_at",))


# A mailed token that proves that its bearer reads the mail of `address`; `core.proofs` issues it.
class OneTimeToken(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "portico.Account", related_name="one_time_tokens"
    )
    account_id: int
    purpose = fields.CharField(32)
    address = fields.CharField(EMAIL)  # the token is void once the account has another address
    digest = fields.CharField(DIGEST, unique=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "one_time_token"
        indexes = (("account_id",),)


# A solved challenge, remembered so that it is accepted only once.
class SpentChallenge(Model):
    digest = fields.CharField(DIGEST, primary_key=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "spent_challenge"


# The name and life of a key. HS256 and EdDSA keys are derived from the secret key, an RSA key is encrypted with it.
class SigningKey(Model):
    kid = fields.CharField(32, primary_key=True)
    algorithm = fields.CharField(16)
    sealed = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    signs_from = fields.DatetimeField()
    verifies_until = fields.DatetimeField(null=True)

    class Meta:
        table = "signing_key"
