"""What a run against a target found, for a reader who knows neither server: a matrix, each fault with its exchange."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

SECRET = ("password", "token", "key", "uuid", "authorization", "capcha", "captcha")
TELLING = (
    "content-type",
    "allow",
    "www-authenticate",
    "retry-after",
    "cache-control",
    "x-content-type-options",
    "location",
)
LONGEST = 600  # characters of a body
MOST = 5  # faults of one check
PASSED, FAILED, SKIPPED, ABSENT = "✓", "✗", "–", " "


@dataclass
class Problem:
    """What is wrong, what the contract says, and the answer that shows it, where there is one."""

    text: str
    contract: str
    answer: httpx.Response | None = None


class Broken(Exception):
    """A check found problems."""

    def __init__(self, problems: list[Problem]) -> None:
        more = [f"… and {len(problems) - MOST} more"] if len(problems) > MOST else []
        super().__init__("\n\n".join([*map(shown, problems[:MOST]), *more]))


# ---------------------------------------------------------------- one exchange
def shown(problem: Problem) -> str:
    lines = [f"{problem.text}", f"contract:  {problem.contract}"]
    return "\n".join(lines + (exchange(problem.answer) if problem.answer is not None else []))


def exchange(answer: httpx.Response) -> list[str]:
    request = answer.request
    sent = [f"sent:      {request.method} {request.extensions.get('path') or request.url.path}"]
    sent += [f"           {name}: {masked(value)}" for name, value in sent_headers(request)]
    if (body := request.extensions.get("body")) is not None:
        sent.append(f"           {shortened(as_text(masked_body(body)))}")
    came = [f"came back: {answer.status_code} {answer.reason_phrase}"]
    came += [f"           {name}: {value}" for name, value in answer.headers.items() if name.lower() in TELLING]
    if answer.content:
        came.append(f"           {shortened(without_secrets(answer, body))}")
    return sent + came


def sent_headers(request: httpx.Request) -> Iterator[tuple[str, str]]:
    for name in ("Authorization", "token", "Content-Type"):
        if name in request.headers:
            yield name, request.headers[name]


def masked(value: str) -> str:
    """A header that may hold a token, without it."""
    if "/" in value.partition(";")[0]:
        return value.partition(";")[0]  # a media type
    return "Bearer ***" if value.startswith("Bearer ") else "***"


def is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET)


def masked_body(body: object) -> object:
    """The same with *** for every text that a name calls a secret."""
    if isinstance(body, dict):
        hidden = {name: "***" for name, value in body.items() if is_secret(name) and isinstance(value, str)}
        return {name: masked_body(value) for name, value in body.items()} | hidden
    return [masked_body(each) for each in body] if isinstance(body, list) else body


def without_secrets(answer: httpx.Response, body: object) -> str:
    """The body of an answer without its secrets and without those that were sent."""
    try:
        text = as_text(masked_body(answer.json()))
    except ValueError:
        text = answer.text
    sent = body.items() if isinstance(body, dict) else ()
    for secret in (value for name, value in sent if is_secret(name) and isinstance(value, str) and len(value) > 3):
        text = text.replace(secret, "***")
    return text


IN_JSON = re.compile(rf'("[^"]*(?:{"|".join(SECRET)})[^"]*"\s*:\s*)"[^"]*"', re.IGNORECASE)
IN_FORM = re.compile(rf'(name="[^"]*(?:{"|".join(SECRET)})[^"]*"(?:\\r\\n)+).*?(?=\\r\\n--)', re.IGNORECASE)


def masked_text(text: str) -> str:
    """What another tool printed of requests and answers, without the secrets that stand in them by name."""
    return IN_FORM.sub(r"\1***", IN_JSON.sub(r'\1"***"', text))


def as_text(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)


def shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


# ---------------------------------------------------------------- the whole run
class Report:
    """Listens to pytest; prints the report at the end and writes it to a file."""

    def __init__(self, target: str, meanings: dict[str, str], file: Path | None) -> None:
        self.target, self.meanings, self.file = target, meanings, file
        self.cells: dict[tuple[str, str], dict[str, str]] = {}
        self.faults: list[tuple[str, str]] = []
        self.reasons: dict[str, list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        at = {name: str(value) for name, value in report.user_properties}
        if (report.when == "setup" and report.passed) or report.when == "teardown" or "check" not in at:
            return
        row = self.cells.setdefault((at["door"], at["operation"]), {})
        row[at["check"]] = {"passed": PASSED, "failed": FAILED, "skipped": SKIPPED}[report.outcome]
        title = f"{at['operation']} × {at['check']}"
        if report.failed:
            self.faults.append((title, report.longreprtext))
        elif report.skipped:
            assert isinstance(report.longrepr, tuple)
            reason = report.longrepr[2].removeprefix("Skipped: ").removeprefix("out of reach: ")
            self.reasons.setdefault(reason, []).append(title)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("the contract")
        terminalreporter.write(self.for_terminal())
        if self.file:
            self.file.write_text(self.as_markdown())
            terminalreporter.write_line(f"The report is in {self.file}")

    @property
    def columns(self) -> list[str]:
        """The checks that were made, in their order."""
        return [name for name in self.meanings if any(name in row for row in self.cells.values())]

    @property
    def doors(self) -> list[str]:
        return list(dict.fromkeys(door for door, _ in self.cells))

    @property
    def verdict(self) -> str:
        made = [cell for row in self.cells.values() for cell in row.values()]
        return (
            f"{self.target}: {made.count(PASSED)} checks passed, {made.count(FAILED)} failed, "
            f"{made.count(SKIPPED)} could not be made. Door: {', '.join(self.doors)}."
        )

    def rows(self, door: str) -> dict[str, list[str]]:
        """The cells of each operation, a blank where there is nothing to check."""
        return {
            operation: [row.get(name, ABSENT) for name in self.columns]
            for (of, operation), row in self.cells.items()
            if of == door
        }

    def for_terminal(self) -> str:
        numbered = {name: f"{number:>3}" for number, name in enumerate(self.columns, 1)}
        lines = [f"{number}  {name}: {self.meanings[name]}" for name, number in numbered.items()]
        for door in self.doors:
            rows = self.rows(door)
            width = max(map(len, rows))
            lines += ["", f"{door:<{width}} {''.join(numbered.values())}"]
            lines += [
                f"{operation:<{width}} {''.join(f'{cell:>3}' for cell in cells)}" for operation, cells in rows.items()
            ]
        lines += ["", f"{PASSED} kept   {FAILED} broken   {SKIPPED} out of reach   blank: nothing to check"]
        lines += [f"{SKIPPED} {reason}: {len(titles)} checks" for reason, titles in self.reasons.items()]
        return "\n".join([*lines, "", self.verdict, ""])

    def as_markdown(self) -> str:
        lines = ["# Does the server keep its contract?", "", self.verdict, ""]
        for door in self.doors:
            lines += [
                f"## {door}",
                "",
                f"| operation | {' | '.join(self.columns)} |",
                "|---" * (1 + len(self.columns)) + "|",
            ]
            lines += [f"| `{operation}` | {' | '.join(cells)} |" for operation, cells in self.rows(door).items()]
            lines.append("")
        lines += [
            f"{PASSED} kept, {FAILED} broken, {SKIPPED} out of reach, blank: nothing to check.",
            "",
            "## The checks",
            "",
        ]
        lines += [f"- **{name}**: {self.meanings[name]}" for name in self.columns]
        if self.faults:
            lines += ["", "## What is broken"]
        for title, text in self.faults:
            lines += ["", f"### {title}", "", "````text", text, "````"]
        if self.reasons:
            lines += ["", "## What is out of reach", ""]
            lines += [
                f"- {reason}: {', '.join(f'`{title}`' for title in titles)}" for reason, titles in self.reasons.items()
            ]
        return "\n".join([*lines, ""])
