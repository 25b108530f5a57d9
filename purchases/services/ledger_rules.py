"""What has to hold between entries, purchases, refunds and the ledger: a query for the rows that break each rule."""

LEDGER = "contests_pointtransaction"


def _differs_from_sum(total: str, of: str, words: str, *, only: str = "TRUE") -> str:
    """A query for the rows whose column ``total`` is not the sum of a column of their rows in another table.

    ``total`` is “table.column”, ``of`` “table.key.column”; ``words`` name the two values in what the query says.
    """
    table, column = total.split(".")
    part_table, key, amount = of.split(".")
    total_word, sum_word = words.split(", ")
    return f"""
        SELECT total.id, '{total_word} ' || total.{column} || ', {sum_word} ' || coalesce(sum(part.{amount}), 0)
        FROM {table} total LEFT JOIN {part_table} part
        ON part.contest_id = total.contest_id AND part.{key} = total.id AND {only}
        WHERE total.contest_id = %(contest)s
        GROUP BY total.id, total.{column} HAVING total.{column} <> coalesce(sum(part.{amount}), 0)
    """


# By rule: the ids of one contest's rows that break it, and how. Each reads all of its tables as of one moment.
OF_A_CONTEST = {
    "An entry's points are the sum of its ledger lines": _differs_from_sum(
        "contests_entry.points", f"{LEDGER}.entry_id.points", "points, ledger"
    ),
    "Each line's balance is the sum of the lines up to it": """
        SELECT id, 'balance ' || balance || ', sum ' || running FROM (
            SELECT id, balance, sum(points) OVER (PARTITION BY entry_id ORDER BY number) AS running
            FROM contests_pointtransaction WHERE contest_id = %(contest)s
        ) lines WHERE balance <> running
    """,
    "An entry's lines are numbered without a gap": """
        SELECT e.id, 'says ' || e.line_count || ' lines, has ' || count(t.id) || ', last ' || coalesce(max(t.number), 0)
        FROM contests_entry e LEFT JOIN contests_pointtransaction t
        ON t.contest_id = e.contest_id AND t.entry_id = e.id
        WHERE e.contest_id = %(contest)s
        GROUP BY e.id, e.line_count HAVING e.line_count <> count(t.id) OR e.line_count <> coalesce(max(t.number), 0)
    """,
    "An entry whose last line is said to be of an order has that order": """
        SELECT e.id, 'line ' || e.line_count FROM contests_entry e
        WHERE e.contest_id = %(contest)s AND e.line_count > 0 AND e.last_earned_number = e.line_count AND NOT EXISTS (
            SELECT FROM contests_pointtransaction t
            JOIN purchases_purchase p ON p.contest_id = t.contest_id AND p.id = t.purchase_id
            WHERE t.contest_id = e.contest_id AND t.entry_id = e.id AND t.number = e.line_count AND t.kind = 'earned'
            AND p.entry_id = e.id AND p.status <> 'voided'
        )
    """,
    "A purchase has one earned line with the points it was awarded": _differs_from_sum(
        "purchases_purchase.points_awarded",
        f"{LEDGER}.purchase_id.points",
        "awarded, earned",
        only="""part.undoes_id IS NULL
            AND (part.kind = 'earned' OR (part.kind = 'recalculated' AND total.rule_set_id IS NULL))""",
    ),
    "A purchase's points now are the sum of its ledger lines": _differs_from_sum(
        "purchases_purchase.points_now", f"{LEDGER}.purchase_id.points", "points now, ledger"
    ),
    "A recalculated award that changed points has its ledger line": """
        SELECT j.purchase_id, 'changed by ' || (j.points_after - j.points_before) FROM purchases_recalculatedaward j
        WHERE j.contest_id = %(contest)s AND j.points_after <> j.points_before AND NOT EXISTS (
            SELECT FROM contests_pointtransaction t WHERE t.contest_id = j.contest_id
            AND t.purchase_id = j.purchase_id AND t.kind = 'recalculated'
            AND t.undoes_id IS NULL AND t.points = j.points_after - j.points_before
        )
    """,
    "An imported balance includes the points of an order until its import is undone": r"""
        WITH opening AS (
            SELECT contest_id, id, adjustment_id, points FROM contests_pointtransaction
            WHERE contest_id = %(contest)s AND kind = 'adjusted' AND adjustment_id LIKE 'import\_%%/purchase\_%%'
        ), undone AS (
            SELECT t.contest_id, t.id, adjustment_id, t.points FROM opening
            JOIN (SELECT contest_id, id, undoes_id, points FROM contests_pointtransaction
                WHERE contest_id = %(contest)s AND undoes_id IS NOT NULL) t
                ON t.contest_id = opening.contest_id AND t.undoes_id = opening.id
        ), restored AS (
            SELECT t.contest_id, t.id, adjustment_id, t.points FROM undone
            JOIN (SELECT contest_id, id, undoes_id, points FROM contests_pointtransaction
                WHERE contest_id = %(contest)s AND undoes_id IS NOT NULL) t
                ON t.contest_id = undone.contest_id AND t.undoes_id = undone.id
        ), lines AS (
            SELECT contest_id, adjustment_id, sum(points) AS points FROM (
                TABLE opening UNION ALL TABLE undone UNION ALL TABLE restored
            ) every GROUP BY 1, 2
        )
        SELECT p.id, 'points ' || p.points_awarded || ', opening lines ' || coalesce(lines.points, 0)
        FROM purchases_purchase p
        JOIN purchases_purchaseimport i ON i.contest_id = p.contest_id AND i.id = p.source_import_id
        LEFT JOIN lines ON lines.contest_id = p.contest_id AND lines.adjustment_id = i.id || '/' || p.id
        WHERE p.contest_id = %(contest)s AND coalesce(lines.points, 0)
            <> CASE WHEN i.adds_points OR p.import_undone_at IS NOT NULL THEN 0 ELSE -p.points_awarded END
    """,
    "Points for a referral are those of an entry and of the one that it referred": """
        SELECT t.id, 'entry ' || t.entry_id || ', ' || t.adjustment_id FROM contests_pointtransaction t
        JOIN contests_entry e ON e.contest_id = t.contest_id AND e.id = t.entry_id
        LEFT JOIN contests_entry other ON other.contest_id = t.contest_id
            AND other.id = substr(t.adjustment_id, length('referral/') + 1)
        WHERE t.contest_id = %(contest)s AND t.kind = 'referral' AND t.undoes_id IS NULL
        AND NOT coalesce(other.referred_by_id = e.id OR e.referred_by_id = other.id, false)
    """,
    "Only the entry of a purchase has points of it": """
        SELECT purchase_id, 'entry ' || t.entry_id || ' holds ' || sum(t.points) FROM contests_pointtransaction t
        JOIN purchases_purchase p ON p.contest_id = t.contest_id AND p.id = t.purchase_id
        WHERE t.contest_id = %(contest)s AND p.entry_id <> t.entry_id
        GROUP BY purchase_id, t.entry_id HAVING sum(t.points) <> 0
    """,
    "A purchase's refunded amount is the sum of its refunds": _differs_from_sum(
        "purchases_purchase.refunded_amount", "purchases_refund.purchase_id.amount", "refunded, refunds"
    ),
    "A refund is of the order of its purchase": """
        SELECT r.id, 'order ' || r.order_id FROM purchases_refund r
        JOIN purchases_purchase p ON p.contest_id = r.contest_id AND p.id = r.purchase_id
        WHERE r.contest_id = %(contest)s AND p.order_id <> r.order_id
    """,
    "A refund is pending only while its order is not recorded": """
        SELECT w.id, 'order ' || w.order_id FROM purchases_pendingrefund w
        JOIN purchases_purchase p ON p.contest_id = w.contest_id AND p.order_id = w.order_id
        WHERE w.contest_id = %(contest)s AND w.state = 'pending'
    """,
    "A pending or refused refund is not made": """
        SELECT w.id, w.state || ', refund ' || r.id FROM purchases_pendingrefund w
        JOIN purchases_refund r ON r.contest_id = w.contest_id AND r.order_id = w.order_id AND r.refund_id = w.refund_id
        WHERE w.contest_id = %(contest)s AND w.state <> 'applied'
    """,
    "A ledger line is of the contest of its entry and purchase": """
        SELECT t.id, 'contest ' || t.contest_id FROM contests_pointtransaction t
        LEFT JOIN contests_entry e ON e.contest_id = t.contest_id AND e.id = t.entry_id
        LEFT JOIN purchases_purchase p ON p.contest_id = t.contest_id AND p.id = t.purchase_id
        WHERE t.contest_id = %(contest)s AND (e.id IS NULL OR (p.id IS NULL AND t.purchase_id IS NOT NULL))
    """,
    "A contest's live rules are its own": """
        SELECT c.id, 'rules ' || c.rule_set_id FROM contests_contest c
        LEFT JOIN contests_ruleset r ON r.contest_id = c.id AND r.id = c.rule_set_id
        WHERE c.id = %(contest)s AND c.rule_set_id IS NOT NULL AND r.id IS NULL
    """,
    "A purchase is of the contest of its entry": """
        SELECT p.id, 'contest ' || p.contest_id FROM purchases_purchase p
        LEFT JOIN contests_entry e ON e.contest_id = p.contest_id AND e.id = p.entry_id
        WHERE p.contest_id = %(contest)s AND e.id IS NULL
    """,
    "A purchase's rules are of its contest, and its API key is of its team": """
        SELECT p.id, concat_ws(', ', 'rules ' || p.rule_set_id, 'key ' || p.api_key_id) FROM purchases_purchase p
        JOIN contests_contest c ON c.id = p.contest_id
        LEFT JOIN contests_ruleset r ON r.contest_id = p.contest_id AND r.id = p.rule_set_id
        LEFT JOIN apikeys_apikey k ON k.id = p.api_key_id AND k.team_id = c.team_id
        WHERE p.contest_id = %(contest)s
        AND ((r.id IS NULL AND p.rule_set_id IS NOT NULL) OR (k.id IS NULL AND p.api_key_id IS NOT NULL))
    """,
}

# The same over all contests: an order is rejected for a contest as sent, and recorded in another of its team.
OF_ALL_CONTESTS = {
    "A rejected order's purchase is of its team": """
        WITH r AS MATERIALIZED (  -- where contests are spread, it is sent to the server of each purchase
            SELECT id, team_id, purchase_id FROM purchases_rejectedpurchase WHERE purchase_id IS NOT NULL
        )
        SELECT r.id, 'purchase ' || r.purchase_id FROM r
        JOIN purchases_purchase p ON p.id = r.purchase_id JOIN contests_contest c ON c.id = p.contest_id
        WHERE c.team_id <> r.team_id
    """,
}
