"""The runtime: turns the contract into a running server. Start reading at `app`."""

import warnings

# Connexion imports Starlette's test client, which warns about the version of a library we do not use.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")


class BrokenContract(Exception):
    """The contract has a mistake that the server must not start with."""
