-- The money of each day as it was at %(cutoff)s, as (subject, count, minor units); days are UTC's.
-- Refunds after the cutoff are taken out of the payments that they changed.
WITH late AS (
    SELECT payment_id, sum(amount_minor) AS minor
    FROM payments.refund WHERE created_at >= %(cutoff)s GROUP BY payment_id
), payment AS (
    SELECT p.currency, to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, p.amount_minor,
           CASE WHEN l.minor IS NULL THEN p.status
                WHEN p.refunded_minor = l.minor THEN 'captured'
                ELSE 'partially_refunded' END AS status
    FROM payments.payment p LEFT JOIN late l ON l.payment_id = p.id
    WHERE p.created_at < %(cutoff)s
)
SELECT 'payments ' || currency || ' ' || status || ' ' || day, count(*), sum(amount_minor)::numeric
FROM payment GROUP BY currency, status, day
UNION ALL
SELECT 'refunds ' || currency || ' ' || to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
       count(*), sum(amount_minor)::numeric
FROM payments.refund WHERE created_at < %(cutoff)s
GROUP BY currency, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
UNION ALL
SELECT 'ledger total ' || currency || ' ' || to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
       count(*), sum(amount_minor)::numeric
FROM payments.ledger_entry WHERE created_at < %(cutoff)s
GROUP BY currency, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
ORDER BY 1
