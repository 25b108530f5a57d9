"""Another server of a database that is spread has gone, which Citus calls an internal error."""

import pytest
from django.db import InternalError, OperationalError, connection
from django.test import Client

from tests.support import Shop

# As Citus 13.2 and PostgreSQL's library say it, where such a server was killed.
AWAY = [
    "failure on connection marked as essential: 10.0.0.2:5432",
    "could not commit transaction for shard 102148 on at least one active node",
    "postmaster was shut down, exiting",
    "execution cannot recover from multiple connection failures. Last node failed 10.0.0.2:5432",
    "SSL SYSCALL error: EOF detected",
    "SSL connection has been closed unexpectedly",
    "server closed the connection unexpectedly",
    "connection not open",
    "could not receive data from server: Connection reset by peer",
]


def fail_with(text: str) -> None:
    """Have each new purchase end in this error."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE internal_error USING MESSAGE = '{text}'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER fail BEFORE INSERT ON purchases_purchase FOR EACH ROW EXECUTE FUNCTION pg_temp.fail()"
        )


@pytest.mark.parametrize("text", AWAY)
def test_a_statement_fails_as_where_the_database_is_away(db: None, text: str) -> None:
    with pytest.raises(OperationalError, match=text), connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE internal_error USING MESSAGE = '{text}'; END $$")


def test_a_call_can_be_sent_again(shop: Shop, client: Client) -> None:
    fail_with(AWAY[0])
    url = f"/api/v1/contests/{shop.contest.pk}/purchases"
    answer = client.post(url, shop.order(), "application/json", headers={"x-api-key": shop.private_key})
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer["Retry-After"] == "5"


def test_another_internal_error_is_one(db: None) -> None:
    with pytest.raises(InternalError), connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE internal_error USING MESSAGE = 'cache lookup failed for type 7'; END $$")
