"""Recording a purchase in one statement, and its answer; shared by the peers that differ in framework and driver."""

import hashlib
from collections.abc import Sequence
from typing import Any

# Key, contest, rules, entry, purchase, ledger line and balance. The outer query also finds a purchase that was there
# before; one that another call commits meanwhile is found when the statement is run again.
RECORD = """
WITH key AS (
    SELECT team_id FROM api_key WHERE digest = $1 AND revoked_at IS NULL
), known_contest AS (
    SELECT contest.id FROM contest JOIN key USING (team_id) WHERE contest.id = $2
), scored AS (
    SELECT coalesce(round(sum(rule.points_per_unit * $5::numeric + rule.fixed_points)), 0)::bigint AS points
    FROM rule WHERE rule.contest_id = $2 AND rule.currency IN ('', $6::text) AND rule.amount_from <= $5::numeric
), participant AS (
    SELECT entry.id FROM entry JOIN known_contest ON entry.contest_id = known_contest.id
    WHERE entry.contest_id = $2 AND entry.email = $3
), recorded AS (
    INSERT INTO purchase (contest_id, entry_id, order_id, amount, currency, points)
    SELECT $2, participant.id, $4, $5::numeric, $6::text, scored.points FROM participant CROSS JOIN scored
    ON CONFLICT (contest_id, order_id) DO NOTHING
    RETURNING id, entry_id, points
), line AS (
    INSERT INTO ledger_line (contest_id, entry_id, purchase_id, points)
    SELECT $2, recorded.entry_id, recorded.id, recorded.points FROM recorded
), balance AS (
    UPDATE entry SET points = entry.points + recorded.points
    FROM recorded WHERE entry.contest_id = $2 AND entry.id = recorded.entry_id
)
SELECT
    EXISTS (SELECT FROM key), EXISTS (SELECT FROM known_contest), EXISTS (SELECT FROM participant),
    coalesce(recorded.id, existing.id), coalesce(recorded.entry_id, existing.entry_id), recorded.points
FROM (VALUES (1)) AS one (row)
LEFT JOIN recorded ON true
LEFT JOIN purchase existing ON existing.contest_id = $2 AND existing.order_id = $4
    AND EXISTS (SELECT FROM known_contest)
"""

Answer = tuple[int, dict[str, Any]]


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def is_to_be_repeated(row: Sequence[Any]) -> bool:
    """Whether another call has recorded the order after this statement's snapshot."""
    _, _, has_entry, purchase_id, _, _ = row
    return bool(has_entry) and purchase_id is None


def answer_of(row: Sequence[Any]) -> Answer:
    """Status and body of the answer."""
    has_key, has_contest, _, purchase_id, entry_id, points = row
    if not has_key:
        return 401, failure("Missing or invalid API key", "invalid_api_key", "The API key does not exist.")
    if not has_contest:
        return 404, failure("Contest not found", "contest_not_found", "No contest exists with the given ID")
    if purchase_id is None:
        return 404, failure("Entry not found", "entry_not_found", "No entry in this contest has that email address")
    is_new = points is not None
    data = {
        "purchaseId": f"purchase_{purchase_id}",
        "entryId": f"entry_{entry_id}",
        "pointsAwarded": points if is_new else 0,
        "alreadyExists": not is_new,
        "message": "Purchase recorded successfully" if is_new else "Purchase already recorded",
    }
    return 201 if is_new else 200, {"success": True, "data": data}


def failure(error: str, code: str, message: str) -> dict[str, Any]:
    return {"success": False, "error": error, "code": code, "message": message}
