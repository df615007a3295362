-- What a database held at the moment %(cutoff)s: figures by name, as (subject, count, minor units).
-- Refunds after the cutoff are taken out of the payments that they changed, so that two databases
-- of which one is some moments behind give the same figures.
WITH late AS (
    SELECT payment_id, sum(amount_minor) AS minor
    FROM payments.refund WHERE created_at >= %(cutoff)s GROUP BY payment_id
), payment AS (
    SELECT p.currency, p.amount_minor, p.refunded_minor - coalesce(l.minor, 0) AS refunded_minor,
           CASE WHEN l.minor IS NULL THEN p.status
                WHEN p.refunded_minor = l.minor THEN 'captured'
                ELSE 'partially_refunded' END AS status
    FROM payments.payment p LEFT JOIN late l ON l.payment_id = p.id
    WHERE p.created_at < %(cutoff)s
)
SELECT 'payments ' || currency || ' ' || status, count(*), sum(amount_minor)::numeric
FROM payment GROUP BY currency, status
UNION ALL
SELECT 'refunded ' || currency, count(*) FILTER (WHERE refunded_minor > 0), sum(refunded_minor)::numeric
FROM payment GROUP BY currency
UNION ALL
SELECT 'refunds ' || currency, count(*), sum(amount_minor)::numeric
FROM payments.refund WHERE created_at < %(cutoff)s GROUP BY currency
UNION ALL
SELECT 'ledger credits ' || currency, count(*) FILTER (WHERE amount_minor > 0),
       coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::numeric
FROM payments.ledger_entry WHERE created_at < %(cutoff)s GROUP BY currency
UNION ALL
SELECT 'ledger total ' || currency, count(*), sum(amount_minor)::numeric
FROM payments.ledger_entry WHERE created_at < %(cutoff)s GROUP BY currency
ORDER BY 1
