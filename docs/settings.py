"""Writes the table of `docs/settings.md` from the settings themselves: `python docs/settings.py`."""

from pathlib import Path

from pydantic.fields import FieldInfo

from portico.core.settings import PREFIX, Settings

PAGE = Path(__file__).with_suffix(".md")
BEGIN, END = "<!-- Made by `python docs/settings.py`. -->\n", "<!-- The end of the table. -->\n"


def page() -> str:
    """The page as it stands, with the table as it should be."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def table() -> str:
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows, ""])


def _default(field: FieldInfo) -> str:
    match field.default:
        case None:
            return "not given"
        case ():
            return "none"
        case tuple(names):
            return f"`{', '.join(names)}`"
        case value:
            return f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(page())
