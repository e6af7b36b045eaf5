"""Teams and projects."""

from uuid import uuid4

from portico.models import Project, Team

from .database import IntegrityError

DEFAULT = "Default"


async def make_default(account: int) -> None:
    """Sees to it that the account has its default team and project: one of each, however often and by however many."""
    team = await Team.get_or_none(account_id=account, name=DEFAULT)
    if team is None:
        try:
            team = await Team.create(account_id=account, name=DEFAULT, uuid=str(uuid4()))
        except IntegrityError:
            team = await Team.get(account_id=account, name=DEFAULT)  # another request was first
    if not await Project.exists(team_id=team.id, name=DEFAULT):
        try:
            await Project.create(team_id=team.id, name=DEFAULT, uuid=str(uuid4()))
        except IntegrityError:
            pass  # another request was first


async def default_of(account: int) -> tuple[str, str] | None:
    """The uuids of the default team and project, once there are any."""
    project = await Project.get_or_none(team__account_id=account, team__name=DEFAULT, name=DEFAULT).select_related("team")
    return (project.team.uuid, project.uuid) if project else None
