"""The teams of an account and their projects. A verified account has one of each, both named "Default"."""

from uuid import uuid4

from portico.models import Project, Team

DEFAULT = "Default"


async def make_default(account_id: int) -> None:
    """Makes the default team and project of the account unless they exist; several calls at once make one of each."""
    await Team.bulk_create([Team(account_id=account_id, name=DEFAULT, uuid=str(uuid4()))], ignore_conflicts=True)
    team = await Team.get(account_id=account_id, name=DEFAULT)
    await Project.bulk_create([Project(team_id=team.id, name=DEFAULT, uuid=str(uuid4()))], ignore_conflicts=True)


async def default_of(account_id: int) -> tuple[str, str] | None:
    """Returns the uuids of the default team and project, or None if they are not made yet."""
    project = await Project.get_or_none(team__account_id=account_id, team__name=DEFAULT, name=DEFAULT).select_related(
        "team"
    )
    return (project.team.uuid, project.uuid) if project else None
