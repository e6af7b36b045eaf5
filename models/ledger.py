"""What the house has to send and what it remembers."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from .identity import EMAIL, Account


# A mail to be delivered once. Its text and its one-time token are made on delivery, so neither stands here.
class Mail(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    message_id = fields.CharField(64, unique=True)
    purpose = fields.CharField(32)
    link = fields.CharField(255)  # where it leads, with `{token}` for the token
    recipient = fields.CharField(EMAIL)
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "portico.Account", related_name="mails", null=True
    )
    account_id: int | None  # none: nobody has the address
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


# What happened to whom. Names, not references: an event outlives the account it tells of.
class AuditEvent(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    at = fields.DatetimeField(auto_now_add=True)
    event = fields.CharField(32)
    outcome = fields.CharField(16)
    door = fields.CharField(32)
    application = fields.CharField(36, null=True)
    account = fields.CharField(36, null=True)
    address = fields.CharField(45, null=True)  # of the client, IPv6 at the longest
    detail: fields.Field[Any] = fields.JSONField(null=True)

    class Meta:
        table = "audit_event"
        indexes = (("account", "at"),)
