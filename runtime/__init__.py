"""What turns a contract into a running server."""

import warnings

# Connexion imports Starlette's test client, which warns about the version of a library we do not use.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")


class BrokenContract(Exception):
    """A contract the server must not start with, and why."""
