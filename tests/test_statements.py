"""What counts as naming the contest in a statement."""

import pytest

from tests.statements import tables_without_contest, unspreadable

NAMED = [
    'SELECT "purchases_purchase"."id" FROM "purchases_purchase" WHERE "purchases_purchase"."contest_id" = %s',
    "SELECT 1 FROM contests_entry WHERE id = %s AND contest_id = %s FOR NO KEY UPDATE",
    "SELECT 1 FROM contests_entry WHERE contest_id IN (SELECT id FROM contests_contest WHERE team_id = %s)",
    "SELECT 1 FROM contests_entry JOIN contests_contest c ON contests_entry.contest_id = c.id WHERE c.team_id = %s",
    """SELECT 1 FROM purchases_purchase p JOIN contests_entry e ON p.entry_id = e.id AND p.contest_id = e.contest_id
    WHERE e.contest_id = %(contest)s FOR UPDATE OF p""",
    """UPDATE contests_entry SET points = moved.points FROM unnest(%s::text[], %s::int[]) AS moved (id, points)
    WHERE contests_entry.contest_id = %s AND contests_entry.id = moved.id""",
    """SELECT 1 FROM contests_entry e JOIN unnest(%s::text[]) sent (contest_id) ON e.contest_id = sent.contest_id""",
    """DELETE FROM purchases_purchase p WHERE p.contest_id = %s
    AND NOT EXISTS (SELECT 1 FROM purchases_refund r WHERE r.contest_id = p.contest_id AND r.purchase_id = p.id)""",
    """SELECT EXISTS (SELECT 1 FROM purchases_refund r WHERE r.contest_id = p.contest_id AND r.purchase_id = p.id)
    FROM purchases_purchase p WHERE (p.contest_id, p.id) IN (SELECT a, b FROM unnest(%s::text[], %s::text[]) c (a, b))
    """,
    "INSERT INTO purchases_refund AS r (id, contest_id) VALUES (%s, %s) ON CONFLICT (contest_id) DO NOTHING",
    "DELETE FROM purchases_rejectedpurchase WHERE contest_sent = %s AND id = ANY(%s)",
    "SELECT 1 FROM purchases_rejectedpurchase r WHERE r.team_id IN (%s) AND r.order_key = %s",
    "SELECT 1 FROM purchases_rejectedpurchase WHERE contest_id = %s AND state = %s",
    "SELECT 1 FROM contests_contest WHERE id = %s",
    "UPDATE jobs_job SET state = %s WHERE id = %s",
]
UNNAMED = [
    ('SELECT "purchases_purchase"."id" FROM "purchases_purchase" WHERE "purchases_purchase"."id" = %s', 1),
    ("SELECT contest_id FROM contests_entry WHERE id = %s FOR NO KEY UPDATE", 1),
    ("UPDATE purchases_purchase SET contest_id = %s WHERE id = %s", 1),
    ("DELETE FROM contests_nameword WHERE entry_id IN (%s, %s)", 1),
    ("SELECT 1 FROM contests_entry e JOIN contests_contest c ON e.contest_id = c.id WHERE e.id = %s", 1),
    ("SELECT 1 FROM purchases_purchase p JOIN contests_entry e ON p.entry_id = e.id WHERE p.contest_id = %s", 1),
    ("SELECT 1 FROM purchases_purchase p JOIN contests_entry e ON p.contest_id = e.contest_id WHERE e.id = %s", 2),
    (
        """SELECT 1 FROM purchases_purchase p WHERE p.contest_id = %s
        AND EXISTS (SELECT 1 FROM purchases_refund r WHERE r.purchase_id = p.id)""",
        1,
    ),
    ("SELECT 1 FROM contests_entry WHERE contest_id = %s UNION ALL SELECT 1 FROM contests_entry WHERE id = %s", 1),
    ("UPDATE purchases_rejectedpurchase SET state = %s WHERE purchases_rejectedpurchase.team_id = %s", 1),
    ("SELECT 1 FROM purchases_rejectedpurchase r WHERE r.team_id = %s AND r.id = %s FOR UPDATE", 1),
    ("UPDATE purchases_rejectedpurchase SET state = %s WHERE contest_id = %s AND id = %s", 1),
    ("SELECT 1 FROM purchases_rejectedpurchase WHERE contest_id = %s FOR KEY SHARE", 1),
    ("INSERT INTO purchases_refund (id, purchase_id) VALUES (%s, %s)", 1),
    ("SELECT 1 FROM contests_entry WHERE id = %s -- AND contest_id = %s", 1),
    ("SELECT 1 FROM contests_entry WHERE note = 'contest_id = 1'", 1),
    (
        """UPDATE contests_entry SET points = moved.points FROM unnest(%s::text[], %s::text[]) AS moved (contest_id, id)
        WHERE contests_entry.contest_id = moved.contest_id AND contests_entry.id = moved.id""",
        1,
    ),
    (
        """WITH late AS MATERIALIZED (
            SELECT contest_id, id FROM purchases_purchase WHERE contest_id = %s FOR NO KEY UPDATE
        )
        UPDATE purchases_purchase p SET points_now = 0 FROM late WHERE p.contest_id = late.contest_id AND p.id = late.id
        """,
        1,
    ),
    ("DELETE FROM contests_nameword WHERE contest_id = ANY(%s)", 1),
    ("DELETE FROM contests_nameword WHERE contest_id IN (%s, %s)", 1),
    ("DELETE FROM contests_nameword WHERE contest_id IN (SELECT id FROM contests_contest WHERE team_id = %s)", 1),
    (
        """SELECT 1 FROM contests_entry e JOIN contests_contest c ON e.contest_id = c.id WHERE c.team_id = %s
        FOR UPDATE OF e""",
        1,
    ),
    ("WITH gone AS (DELETE FROM purchases_refund WHERE id = %s RETURNING id) SELECT 1 FROM gone", 1),
]

SPREADABLE = [
    *NAMED,
    """SELECT 1 FROM purchases_storeconnection s JOIN contests_contest ON s.contest_id = contests_contest.id
    LEFT OUTER JOIN contests_ruleset r ON contests_contest.rule_set_id = r.id AND (r.contest_id = (contests_contest.id))
    WHERE s.id = %s AND s.contest_id = %s""",
    "SELECT 1 FROM contests_entry WHERE contest_id = %s AND id IN (%s, %s) FOR NO KEY UPDATE",
    """SELECT 1 FROM purchases_pendingrefund f WHERE f.contest_id = %s AND NOT EXISTS (
        SELECT 1 FROM purchases_rejectedpurchase u0 WHERE u0.contest_sent = (f.contest_id))""",
    "SELECT contest_id, count(*) FROM contests_entry WHERE contest_id = ANY(%s) GROUP BY contest_id",
    "SELECT id FROM contests_contest WHERE id = ANY(%s) FOR UPDATE",
    """WITH locked AS (SELECT id FROM contests_entry WHERE contest_id = %s AND id = ANY(%s) FOR UPDATE)
    INSERT INTO contests_nameword (contest_id, entry_id) SELECT %s, id FROM locked""",
    """WITH locked AS (
        SELECT e.id FROM unnest(%s) s (id) JOIN contests_entry e ON e.contest_id = %s AND e.id = s.id FOR UPDATE OF e
    ) UPDATE contests_entry e SET points = 0 FROM locked WHERE e.contest_id = %s AND e.id = locked.id""",
    "SELECT contest_id::text, email::text FROM contests_entry WHERE contest_id = %s",
    "SELECT email::text FROM purchases_rejectedpurchase WHERE team_id = %s AND upper(contest_sent::text) LIKE %s",
    "SELECT coalesce(max(contest_id::text) || '', email_key) FROM contests_entry",
    "INSERT INTO purchases_refund (id, contest_id) SELECT id, %s FROM unnest(%s) WHERE EXISTS (SELECT 1) RETURNING id",
    """INSERT INTO accounts_signinfailures AS f (address, times) VALUES (%s, ARRAY[now()])
    ON CONFLICT (address) DO UPDATE SET times = ARRAY(SELECT t FROM unnest(f.times) AS t) || excluded.last_at""",
]
UNSPREADABLE = [
    """SELECT 1 FROM purchases_storeconnection s JOIN contests_contest ON s.contest_id = contests_contest.id
    LEFT OUTER JOIN contests_ruleset r ON contests_contest.rule_set_id = r.id AND (r.contest_id = (contests_contest.id))
    WHERE s.id = %s""",
    "SELECT (SELECT count(*) FROM contests_entry e WHERE e.contest_id = contest.id) FROM contests_contest contest",
    """SELECT ARRAY(SELECT u0."id" FROM "contests_entry" u0 WHERE u0."contest_id" = ("contests_contest"."id"))
    FROM "contests_contest" """,
    "SELECT e.id FROM unnest(%s) c (id) CROSS JOIN LATERAL (SELECT id FROM contests_entry WHERE contest_id = c.id) e",
    "SELECT 1 FROM contests_entry WHERE contest_id IN (%s, %s) FOR NO KEY UPDATE",
    "SELECT 1 FROM contests_entry e WHERE e.contest_id = ANY(%s) FOR SHARE",
    """SELECT 1 FROM unnest(%s, %s) sent (contest_id, id) JOIN contests_entry e ON e.contest_id = sent.contest_id
    AND e.id = sent.id FOR UPDATE OF e""",
    """INSERT INTO purchases_refund (id, contest_id) VALUES (%s, %s)
    RETURNING id, EXISTS (SELECT 1 FROM contests_entry e WHERE e.contest_id = purchases_refund.contest_id)""",
    """INSERT INTO purchases_refund (id, contest_id) VALUES (%s, %s)
    ON CONFLICT (contest_id) DO UPDATE SET created_at = now()""",
    "INSERT INTO purchases_refund (id, contest_id) VALUES (%s, (SELECT id FROM contests_contest WHERE slug = %s))",
    """INSERT INTO apikeys_callwindow AS f (key_id, calls) VALUES (%s, %s)
    ON CONFLICT (key_id) DO UPDATE SET calls = (SELECT count(*) FROM unnest(f.times))""",
    "UPDATE jobs_job SET state = %s WHERE id = %s RETURNING now()",
    """WITH locked AS (
        SELECT e.id FROM unnest(%s) s (id) JOIN contests_entry e ON e.contest_id = %s AND e.id = s.id FOR UPDATE OF e
    ) INSERT INTO contests_nameword (contest_id, entry_id) SELECT %s, id FROM locked""",
    'SELECT r.id, ("r"."contest_sent")::text AS "sent" FROM "purchases_rejectedpurchase" r WHERE r.team_id = %s',
    "SELECT count(*) FROM (SELECT contest_id::text FROM contests_entry OFFSET 0) each",
    "SELECT array_agg(contest_id::text) FROM contests_entry WHERE contest_id = ANY(%s)",
]


@pytest.mark.parametrize("sql", NAMED)
def test_a_statement_that_names_the_contest_is_right(sql: str) -> None:
    assert tables_without_contest(sql) == ()


@pytest.mark.parametrize(("sql", "count"), UNNAMED)
def test_a_statement_that_does_not_is_wrong(sql: str, count: int) -> None:
    assert len(tables_without_contest(sql)) == count


@pytest.mark.parametrize("sql", SPREADABLE)
def test_a_statement_on_one_contest_can_be_spread(sql: str) -> None:
    assert unspreadable(sql) == ()


@pytest.mark.parametrize("sql", UNSPREADABLE)
def test_a_statement_that_cannot_be_spread_is_found(sql: str) -> None:
    assert unspreadable(sql) != ()
