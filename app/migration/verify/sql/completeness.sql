-- Payments and refunds that lack rows of theirs, as (subject, how many, 0); none of them may be.
-- What was begun after %(cutoff)s is not looked at: a later refund changes a payment in place.
WITH entry AS (
    SELECT payment_id, refund_id, currency, count(*) AS entries, sum(amount_minor) AS total,
           max(amount_minor) AS credit
    FROM payments.ledger_entry WHERE created_at < %(cutoff)s
    GROUP BY payment_id, refund_id, currency
), given_back AS (
    SELECT payment_id, sum(amount_minor) AS minor FROM payments.refund GROUP BY payment_id
)
SELECT 'payments without their two ledger rows', count(*), 0::numeric
FROM payments.payment p
LEFT JOIN entry e ON e.payment_id = p.id AND e.refund_id IS NULL AND e.currency = p.currency
WHERE p.created_at < %(cutoff)s
  AND (e.entries, e.total, e.credit) IS DISTINCT FROM (2::int8, 0::numeric, p.amount_minor)
UNION ALL
SELECT 'refunds without their two ledger rows', count(*), 0
FROM payments.refund r
LEFT JOIN entry e ON e.refund_id = r.id AND e.payment_id = r.payment_id AND e.currency = r.currency
WHERE r.created_at < %(cutoff)s
  AND (e.entries, e.total, e.credit) IS DISTINCT FROM (2::int8, 0::numeric, r.amount_minor)
UNION ALL
SELECT 'ledger rows without their payment', count(*), 0
FROM entry e LEFT JOIN payments.payment p ON p.id = e.payment_id
WHERE p.id IS NULL
UNION ALL
SELECT 'payments whose refunds do not sum up', count(*), 0
FROM payments.payment p LEFT JOIN given_back g ON g.payment_id = p.id
WHERE p.created_at < %(cutoff)s AND p.refunded_minor <> coalesce(g.minor, 0)
