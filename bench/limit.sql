-- The limit: what recording writes, in one statement on the lean tables.
\set entry random(0, :last_entry)
\set cents random(1000, 19999)
WITH recorded AS (
    INSERT INTO purchase (contest_id, entry_id, order_id, amount, currency, points)
    SELECT entry.contest_id, entry.id, :prefix || :client_id || '-' || :number, order_sent.amount, 'USD',
        round(order_sent.amount + 5 + CASE WHEN order_sent.amount >= 100 THEN order_sent.amount / 2 ELSE 0 END)
    FROM entry CROSS JOIN (VALUES (:cents::numeric / 100)) AS order_sent (amount)
    WHERE entry.contest_id = :contest AND entry.email = 'entry-' || lpad(:entry::text, 4, '0') || '@example.com'
    ON CONFLICT (contest_id, order_id) DO NOTHING
    RETURNING id, contest_id, entry_id, points
), line AS (
    INSERT INTO ledger_line (contest_id, entry_id, purchase_id, points)
    SELECT contest_id, entry_id, id, points FROM recorded
)
UPDATE entry SET points = entry.points + recorded.points
FROM recorded WHERE entry.contest_id = recorded.contest_id AND entry.id = recorded.entry_id;
