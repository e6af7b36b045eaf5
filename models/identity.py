"""Who exists: owners, their applications, and the accounts of each application."""

from tortoise import fields
from tortoise.models import Model

# The application whose accounts the doors without owners share. Sequences start at 1, so 0 collides with nothing.
BUILT_IN_APPLICATION = 0

DIGEST = 64  # hexadecimal SHA-256
EMAIL = 254  # octets, RFC 5321


class Owner(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    seed = fields.CharField(32)  # what is shown again is derived from it and the secret key
    uuid_digest = fields.CharField(DIGEST, unique=True)  # the uuid is a credential
    first_name = fields.CharField(255)
    last_name = fields.CharField(255)
    email = fields.CharField(EMAIL)  # as given
    email_key = fields.CharField(EMAIL, unique=True)  # as compared
    password = fields.CharField(255)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "owner"


class Application(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    owner: fields.ForeignKeyNullableRelation[Owner] = fields.ForeignKeyField(
        "portico.Owner", related_name="applications", null=True
    )
    owner_id: int | None  # none: built in
    name = fields.CharField(255)
    uuid = fields.CharField(36, unique=True)
    api_key_digest = fields.CharField(DIGEST, unique=True, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    ends_at = fields.DatetimeField(null=True)

    class Meta:
        table = "application"
        unique_together = (("owner", "name"),)


class Account(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    uuid = fields.CharField(36, unique=True)  # the public name of the account, the subject of its tokens
    application: fields.ForeignKeyRelation[Application] = fields.ForeignKeyField(
        "portico.Application", related_name="accounts"
    )
    application_id: int
    email = fields.CharField(EMAIL)  # as given
    email_key = fields.CharField(EMAIL)  # as compared
    name = fields.CharField(255)
    login_name_key = fields.CharField(64, null=True)  # where the name itself logs in, as compared
    password = fields.CharField(255)
    active = fields.BooleanField(default=True)
    awaits_activation = fields.BooleanField(default=False)  # until its mail is answered, no door lets it in
    verified_at = fields.DatetimeField(null=True)
    first_name = fields.CharField(255, default="")
    last_name = fields.CharField(255, default="")
    gender = fields.CharField(64, default="")
    contact_no = fields.CharField(64, default="")
    age = fields.CharField(3, default="")
    starts_on = fields.DateField(null=True)
    ends_on = fields.DateField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "account"
        unique_together = (("application", "email_key"), ("application", "login_name_key"))
