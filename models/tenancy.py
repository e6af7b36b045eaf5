"""The teams of an account, and their projects."""

from tortoise import fields
from tortoise.models import Model

from .identity import Account


class Team(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    uuid = fields.CharField(36, unique=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("portico.Account", related_name="teams")
    account_id: int
    name = fields.CharField(255)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "team"
        unique_together = (("account", "name"),)


class Project(Model):
    id = fields.BigIntField(primary_key=True, generated=True)
    uuid = fields.CharField(36, unique=True)
    team: fields.ForeignKeyRelation[Team] = fields.ForeignKeyField("portico.Team", related_name="projects")
    team_id: int
    name = fields.CharField(255)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "project"
        unique_together = (("team", "name"),)
