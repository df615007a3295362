-- What a database held at the moment %(cutoff)s: figures by name, as (subject, count, minor units).
-- Refunds after the cutoff are taken out of the payments that they changed, so that two databases
-- of which one is some moments behind give the same figures. Every table is read once.
WITH refund AS MATERIALIZED (
    SELECT currency, CASE WHEN created_at >= %(cutoff)s THEN payment_id END AS late_id,
           count(*) AS refunds, sum(amount_minor) AS minor
    FROM payments.refund GROUP BY 1, 2
), late AS (
    SELECT late_id AS payment_id, sum(minor) AS minor
    FROM refund WHERE late_id IS NOT NULL GROUP BY late_id
), payment AS MATERIALIZED (
    SELECT p.currency,
           CASE WHEN l.minor IS NULL THEN p.status
                WHEN p.refunded_minor = l.minor THEN 'captured'
                ELSE 'partially_refunded' END AS status,
           count(*) AS payments, sum(p.amount_minor) AS minor,
           count(*) FILTER (WHERE p.refunded_minor > coalesce(l.minor, 0)) AS refunded,
           sum(p.refunded_minor - coalesce(l.minor, 0)) AS refunded_minor
    FROM payments.payment p LEFT JOIN late l ON l.payment_id = p.id
    WHERE p.created_at < %(cutoff)s
    GROUP BY 1, 2
), ledger AS MATERIALIZED (
    SELECT currency, count(*) FILTER (WHERE amount_minor > 0) AS credits,
           coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0) AS credited,
           count(*) AS entries, sum(amount_minor) AS minor
    FROM payments.ledger_entry WHERE created_at < %(cutoff)s GROUP BY currency
)
SELECT 'payments ' || currency || ' ' || status, payments, minor::numeric FROM payment
UNION ALL
SELECT 'refunded ' || currency, sum(refunded)::bigint, sum(refunded_minor)::numeric
FROM payment GROUP BY currency
UNION ALL
SELECT 'refunds ' || currency, refunds, minor::numeric FROM refund WHERE late_id IS NULL
UNION ALL
SELECT 'ledger credits ' || currency, credits, credited::numeric FROM ledger
UNION ALL
SELECT 'ledger total ' || currency, entries, minor::numeric FROM ledger
ORDER BY 1
