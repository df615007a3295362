WITH payment AS (
    INSERT INTO payments.payment
        (id, idempotency_key, request_hash, merchant_id, amount_minor, currency, status, refunded_minor, created_at)
    VALUES
        (%(id)s, %(key)s, %(hash)s, %(merchant_id)s, %(amount_minor)s, %(currency)s, 'captured', 0, now())
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING id, amount_minor, currency, merchant_id, status, refunded_minor, created_at
), ledger AS (
    INSERT INTO payments.ledger_entry (payment_id, account, amount_minor, currency, created_at)
    SELECT id, 'merchant:' || merchant_id, amount_minor, currency, created_at FROM payment
    UNION ALL
    SELECT id, 'clearing', -amount_minor, currency, created_at FROM payment
)
SELECT id, amount_minor, currency, merchant_id, status, refunded_minor, created_at FROM payment
