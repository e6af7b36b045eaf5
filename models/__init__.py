"""The tables of the house.

Owner → Application → Account → Session → Token; Account → Team → Project; Account → OneTimeToken, Mail.
AuditEvent, SigningKey and SpentChallenge stand alone.
Deleting a row deletes everything below it. Opaque tokens and API keys stand here as SHA-256 digests only.
"""

from .identity import BUILT_IN_APPLICATION, Account, Application, Owner
from .ledger import AuditEvent, Mail
from .sessions import OneTimeToken, Session, SigningKey, SpentChallenge, Token
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
    "SpentChallenge",
    "Team",
    "Token",
]
