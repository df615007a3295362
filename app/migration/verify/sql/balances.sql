-- Whose money a database held at the moment %(cutoff)s, as (subject, count, minor units): the
-- balance of every account, and what the ledger owes merchants beyond what was paid and not given
-- back, which must be nothing.
WITH entry AS (
    SELECT account, currency, count(*) AS entries, sum(amount_minor) AS minor
    FROM payments.ledger_entry WHERE created_at < %(cutoff)s GROUP BY account, currency
), owed AS (
    SELECT currency, 0 AS payments, sum(minor) AS minor
    FROM entry WHERE account LIKE 'merchant:%%' GROUP BY currency
    UNION ALL
    SELECT currency, count(*), -sum(amount_minor)
    FROM payments.payment WHERE created_at < %(cutoff)s GROUP BY currency
    UNION ALL
    SELECT currency, 0, sum(amount_minor)
    FROM payments.refund WHERE created_at < %(cutoff)s GROUP BY currency
)
SELECT 'balance of ' || account || ' in ' || currency, entries, minor::numeric FROM entry
UNION ALL
SELECT 'ledger total against payments in ' || currency, sum(payments)::bigint, sum(minor)::numeric
FROM owed GROUP BY currency
ORDER BY 1
