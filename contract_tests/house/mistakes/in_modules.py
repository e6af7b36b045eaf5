"""Mistakes in the module of a door, each with the one line that tells of it."""

from house.mistakes.porch import BE_SEEN, COME_IN, LEAVE, SIGN_UP, Edit, swap

IN_THE_MODULE: dict[str, tuple[Edit, str]] = {
    "a slip of the pen": (
        swap("async def leave", "asyn def leave"),
        "handlers/porch.py, line 31: SyntaxError: invalid syntax",
    ),
    "an import of nothing": (
        swap("from portico.core.sessions", "from portico.core.sesions"),
        "handlers/porch.py, line 7: ModuleNotFoundError: No module named 'portico.core.sesions'",
    ),
    "a name nobody has": (
        swap('DOOR = "porch"', "DOOR = porch"),
        "handlers/porch.py, line 11: NameError: name 'porch' is not defined",
    ),
    "no function": (
        swap("async def come_in", "async def enter"),
        f"{COME_IN}there is no function portico.handlers.porch.come_in",
    ),
    "not async": (
        swap("async def leave", "leave = print\nasync def left"),
        f"{LEAVE}its handler is not an async function",
    ),
    "an argument the operation does not have": (
        swap("be_seen(user: Caller,", "be_seen(user: Caller, word: str,"),
        (
            f"{BE_SEEN}its handler wants word, which the contract does not give; "
            "it may take client, times, token_info, user"
        ),
    ),
    "an argument without a name": (
        swap("come_in(body: Json)", "come_in(body: Json, /)"),
        f"{COME_IN}its handler takes body by position; arguments are given by name",
    ),
    "a security function of two arguments": (
        swap("session(token: str)", "session(token: str, scopes: list[str])"),
        (
            f"{BE_SEEN}x-bearerInfoFunc: portico.handlers.porch.session must be an async function of one argument, "
            "the credential"
        ),
    ),
    "the name of another door": (
        swap('DOOR = "porch"', 'DOOR = "notes"'),
        "handlers/porch.py: its DOOR is another one, whose tokens it would sign and take",
    ),
    "an exit": (swap('DOOR = "porch"', 'raise SystemExit("bye")'), "handlers/porch.py, line 11: SystemExit: bye"),
    "no refuse": (
        swap("def refuse(", "def refusal("),
        "handlers/porch.py: has no function refuse(refusal), the door's words for a refusal",
    ),
    "a refuse that is async": (
        swap("def refuse(", "async def refuse("),
        "handlers/porch.py: refuse must be a function of one argument, the refusal, and not async",
    ),
    "words for nothing": (
        swap(
            "def refuse(", "def refuse_enter(refusal: Refusal) -> Reply:\n    return refuse(refusal)\n\n\ndef refuse("
        ),
        "handlers/porch.py: refuse_enter words the refusals of enter, which is not there",
    ),
    "a refuse without a status": (
        swap('return Reply({"refused": _words(refusal)}, status, headers_of(refusal, status))', "return {}"),
        f"{SIGN_UP}refuse(Broken) fails: TypeError: it must return a Reply, or body, status and headers",
    ),
    "a refuse that fails": (
        swap("refusal.message", "refusal.massage"),
        f"{SIGN_UP}refuse(Broken) fails: AttributeError: 'Broken' object has no attribute 'massage'",
    ),
    "a refusal without its headers": (
        swap("headers_of(refusal, status))", "{})"),
        f"{BE_SEEN}the answer to TokenMissing is not in the contract: 401: header www-authenticate is missing",
    ),
}
