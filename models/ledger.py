"""The queue of mails, and the log of what happened to accounts."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from .identity import EMAIL, Account


# A mail that is delivered once; `core.mail` tells its life. Text and one-time token are made on delivery, never stored.
class Mail(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    message_id = fields.CharField(64, unique=True)
    purpose = fields.CharField(32)
    link = fields.CharField(255)  # a path that contains `{token}`
    recipient = fields.CharField(EMAIL)
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "portico.Account", related_name="mails", null=True
    )
    account_id: int | None  # None if no account has the address
    status = fields.CharField(16, default="queued")
    attempts = fields.IntField(default=0)
    due_at = fields.DatetimeField()
    claimed_until = fields.DatetimeField(null=True)
    error = fields.CharField(255, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "mail"
        indexes = (("status", "due_at"), ("account_id",))


# An event in the life of an account. It holds uuids and no foreign keys, because it outlives the account.
class AuditEvent(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    at = fields.DatetimeField(auto_now_add=True)
    event = fields.CharField(32)
    outcome = fields.CharField(16)
    door = fields.CharField(32)
    application = fields.CharField(36, null=True)
    account = fields.CharField(36, null=True)
    address = fields.CharField(45, null=True)  # of the client; 45 characters hold any IPv6 address
    detail: fields.Field[Any] = fields.JSONField(null=True)

    class Meta:
        table = "audit_event"
        indexes = (("account", "at"),)
