"""One identity server, five doors: the contract in `spec` is what the server does."""

__version__ = "0.1.0"
