"""The reads on the path of every request, written by hand: one SELECT, no model built."""

from tortoise.connection import get_connection

_ACCOUNT_OF_SESSION = {
    "sqlite": "SELECT account_id FROM session WHERE id = ? AND revoked_at IS NULL",
    "postgres": "SELECT account_id FROM session WHERE id = $1 AND revoked_at IS NULL",
}


async def account_of_session(session: str) -> int | None:
    """The account of a session that has not been ended."""
    connection = get_connection("default")
    rows = await connection.execute_query_dict(_ACCOUNT_OF_SESSION[connection.capabilities.dialect], [session])
    return rows[0]["account_id"] if rows else None
