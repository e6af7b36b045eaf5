"""What a planted defect is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Defect:
    """`breaks`: what goes wrong, for the table. `tests`: a file or room of `contract_tests`, then options.

    `door`: whose document shows it to a fuzzer, where the name of the tests does not tell. `stops`: no server may start
    with it, so a test without a server is how it is caught.
    """

    name: str
    breaks: str
    requirement: str
    file: str
    old: str
    new: str
    tests: str
    door: str = ""
    stops: bool = False
