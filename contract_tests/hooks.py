"""What Schemathesis cannot read in a contract: how to log in, and what a log-out means."""

from uuid import uuid4

import httpx
import schemathesis

PASSWORD = "a good passphrase"


def post(case: schemathesis.Case, path: str, **options: object) -> dict:
    return httpx.post(f"{case.operation.base_url.rstrip('/')}/api/users/{path}", timeout=20, **options).json()


@schemathesis.deserializer("text/html", "text/css", "text/javascript")
def text(context: schemathesis.DeserializationContext, response: schemathesis.Response) -> str:
    return response.text


# One session per operation: a log-out that succeeds must not spoil the others.
@schemathesis.auth(cache_by_key=lambda case, context: context.operation.label, retry_on=[401]).apply_to(
    schemathesis.openapi.require_security_scheme("AppseedToken")
)
class Session:
    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        account = {"email": f"{uuid4().hex}@appseed.us", "password": PASSWORD}
        post(case, "register", json=account | {"username": "test"})
        return post(case, "login", json=account)["token"]

    def set(self, case: schemathesis.Case, token: str, context: schemathesis.AuthContext) -> None:
        case.headers = case.headers or {}
        came_through_a_link = case.headers.get("Authorization", "").count(".") == 2
        if not came_through_a_link:
            case.headers["Authorization"] = token


@schemathesis.check
def logout_ends_the_session(context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """S01: the very next request is refused."""
    if case.operation.path == "/api/users/logout" and response.status_code == 200 and response.json()["success"]:
        token = response.request.headers.get("Authorization") or case.body["token"]
        assert post(case, "checkSession", headers={"Authorization": token}) == {"success": False, "msg": "User is not logged on"}


@schemathesis.check
def no_secret_is_answered(context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """P09, H02: no password, no hash, nothing of the machine."""
    answer = response.text
    password = case.body.get("password") if isinstance(case.body, dict) else None
    if isinstance(password, str) and len(password) > 5:
        assert password not in answer
    for trace in ("$2b$", "Traceback", "sqlite", "SELECT ", "/site-packages/", "hmac-sha256"):
        assert trace not in answer
