"""The door of docs/adding-a-door.md, and how it is spoilt."""

import re
from collections.abc import Callable

from support.places import HOUSE

GUIDE = (HOUSE / "docs" / "adding-a-door.md").read_text()
SPEC, HANDLERS = (re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)[0] for language in ("yaml", "python"))

Edit = Callable[[str], str]


def swap(old: str, new: str) -> Edit:
    """Replaces the first `old` by `new`."""

    def edit(text: str) -> str:
        assert old in text, f"{old!r} is not in the guide's door"
        return text.replace(old, new, 1)

    return edit


def cut(start: str, end: str) -> Edit:
    """Leaves out what begins with `start` and ends before `end`."""

    def edit(text: str) -> str:
        before, begin, rest = text.partition(start)
        assert begin
        assert end in rest
        return before + (end + rest.partition(end)[2] if end else "")

    return edit


def whole(text: str) -> Edit:
    return lambda _: text


SIGN_UP = "spec/porch.yaml: POST /porch/accounts (porch.sign_up): "
COME_IN = "spec/porch.yaml: POST /porch/session (porch.come_in): "
BE_SEEN = "spec/porch.yaml: GET /porch/session (porch.be_seen): "
LEAVE = "spec/porch.yaml: DELETE /porch/session (porch.leave): "
