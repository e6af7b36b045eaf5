"""Teams and projects."""

from uuid import uuid4

from portico.models import Project, Team

DEFAULT = "Default"


async def make_default(account: int) -> None:
    """Sees to it that the account has its default team and project: one of each, however often and by however many."""
    await Team.bulk_create([Team(account_id=account, name=DEFAULT, uuid=str(uuid4()))], ignore_conflicts=True)
    team = await Team.get(account_id=account, name=DEFAULT)
    await Project.bulk_create([Project(team_id=team.id, name=DEFAULT, uuid=str(uuid4()))], ignore_conflicts=True)


async def default_of(account: int) -> tuple[str, str] | None:
    """The uuids of the default team and project, once there are any."""
    project = await Project.get_or_none(team__account_id=account, team__name=DEFAULT, name=DEFAULT).select_related(
        "team"
    )
    return (project.team.uuid, project.uuid) if project else None
