"""The tables of the house.

Owner → Application → Account → Session; Team → Project; OneTimeToken; Mail; AuditEvent; SigningKey.
Deleting a row deletes everything below it. Opaque tokens and API keys stand here as SHA-256 digests only.
"""

from .identity import BUILT_IN_APPLICATION, Account, Application, Owner
from .ledger import AuditEvent, Mail
from .sessions import OneTimeToken, Session, SigningKey
from .tenancy import Project, Team

__all__ = [
    "BUILT_IN_APPLICATION",
    "Account",
    "Application",
    "AuditEvent",
    "Mail",
    "OneTimeToken",
    "Owner",
    "Project",
    "Session",
    "SigningKey",
    "Team",
]
