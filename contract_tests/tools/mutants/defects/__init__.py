"""The defects: what a tired developer, or a clever one, might do to the house.

Each is one replacement in one file of the package, and names the tests of its area, never a single test: the whole room
of the door or of the part of the house, or the laws of every door that bear its letter.
"""

from .accounts import ACCOUNTS
from .contract import CONTRACT
from .defect import Defect
from .doors import DOORS
from .ground import GROUND
from .limits import LIMITS
from .mails import MAILS
from .operation import OPERATION
from .passwords import PASSWORDS
from .sessions import SESSIONS
from .tokens import TOKENS

__all__ = ["DEFECTS", "Defect"]

DEFECTS = (*SESSIONS, *TOKENS, *PASSWORDS, *ACCOUNTS, *MAILS, *LIMITS, *CONTRACT, *OPERATION, *GROUND, *DOORS)
