"""The first and the last day of users and applications."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from doors import owners
from doors.owners import Owners, Tenant
from support.answers import whole
from support.database import sql
from support.server import Server, Serving

from portico.core import tenants

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.mark.parametrize(
    ("moment", "later"),
    [
        ("2024-02-29T23:59:59.999+00:00", "2025-02-28T23:59:59.999+00:00"),
        ("2096-02-29T00:00:00+00:00", "2097-02-28T00:00:00+00:00"),
        ("2023-02-28T12:00:00+00:00", "2024-02-28T12:00:00+00:00"),
        ("2024-03-01T00:00:00+00:00", "2025-03-01T00:00:00+00:00"),
        ("2023-12-31T23:59:59+00:00", "2024-12-31T23:59:59+00:00"),
        ("2020-02-05T11:38:56.218+00:00", "2021-02-05T11:38:56.218+00:00"),
    ],
)
def test_a_year_later_is_the_same_day_or_28_february(moment: str, later: str) -> None:
    assert tenants.a_year_after(datetime.fromisoformat(moment)) == datetime.fromisoformat(later)


def test_dates_are_utc_and_a_year_apart_wherever_the_server_stands(serving: Serving) -> None:
    """Upstream they were a day off, east of Greenwich."""
    where_it_is_another_day = "Etc/GMT-14" if datetime.now(UTC).hour >= 10 else "Etc/GMT+12"
    door = serving(TZ=where_it_is_another_day).at(Owners)

    before = datetime.now(UTC)
    tenant = Tenant(door)
    after = datetime.now(UTC)

    assert MOMENT.fullmatch(tenant.application["enddate"])
    ends = datetime.fromisoformat(tenant.application["enddate"])
    earliest = before.replace(microsecond=before.microsecond // 1000 * 1000)
    assert tenants.a_year_after(earliest) <= ends <= tenants.a_year_after(after)
    for shown in (tenant.application, tenant.user, tenant.data):
        assert f"{before:%Y-%m-%d}" <= shown["creationdate"] <= f"{after:%Y-%m-%d}"
        assert f"{tenants.a_year_after(before):%Y-%m-%d}" <= shown["enddate"][:10] <= f"{ends:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("column", "days", "is_open"),
    [("starts_on", 1, False), ("starts_on", 0, True), ("ends_on", 0, False), ("ends_on", 1, True)],
)
def test_nobody_signs_in_before_the_first_day_or_after_the_last(
    server: Server, tenant: Tenant, column: str, days: int, is_open: bool
) -> None:
    day = f"{datetime.now(UTC) + timedelta(days):%Y-%m-%d}"
    sql(server, f"UPDATE account SET {column} = '{day}' WHERE email_key = '{tenant.email}'")

    if is_open:
        assert tenant.sign_in().json()["auth"] is tenant.sign_in_with_email().json()["auth"] is True
    else:
        assert (whole(tenant.sign_in()), whole(tenant.sign_in_with_email())) == (owners.NO_USER, owners.WRONG)


def test_an_application_that_ended_lets_nobody_in(server: Server, door: Owners, tenant: Tenant, email: str) -> None:
    past = f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%d %H:%M:%S.%f+00:00}"
    sql(server, f"UPDATE application SET ends_at = '{past}' WHERE uuid = '{tenant.application['uuid']}'")

    assert whole(tenant.sign_up(email)) == owners.NO_APPLICATION
    assert tenant.sign_ins() == [owners.NO_USER] * 2
    assert whole(door.delete_application(tenant.key)) == owners.APPLICATION_GONE
