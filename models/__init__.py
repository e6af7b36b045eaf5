"""The tables of the database, one class per table.

Owner → Application → Account → Session → Token; Account → Team → Project; Account → OneTimeToken, Mail.
AuditEvent, SigningKey and SpentChallenge refer to nothing.

Deleting a row deletes every row below it. Opaque tokens and API keys are stored as SHA-256 digests only. A class is
explained by a comment above it: Tortoise would copy a docstring into the database as the comment of the table.
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
