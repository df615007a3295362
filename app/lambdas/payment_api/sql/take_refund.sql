WITH refund AS (
    INSERT INTO payments.refund
        (id, payment_id, idempotency_key, request_hash, amount_minor, currency, created_at)
    SELECT %(id)s, id, %(key)s, %(hash)s, %(amount_minor)s, currency, now()
    FROM payments.payment
    WHERE id = %(payment_id)s AND amount_minor - refunded_minor >= %(amount_minor)s
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING id, payment_id, amount_minor, currency, created_at
), changed AS (
    UPDATE payments.payment
    SET refunded_minor = payment.refunded_minor + refund.amount_minor,
        status = CASE
            WHEN payment.refunded_minor + refund.amount_minor = payment.amount_minor THEN 'refunded'
            ELSE 'partially_refunded'
        END
    FROM refund
    WHERE payment.id = refund.payment_id
    RETURNING payment.id, payment.merchant_id
), ledger AS (
    INSERT INTO payments.ledger_entry
        (payment_id, refund_id, account, amount_minor, currency, created_at)
    SELECT refund.payment_id, refund.id, 'merchant:' || changed.merchant_id,
           -refund.amount_minor, refund.currency, refund.created_at
    FROM refund JOIN changed ON changed.id = refund.payment_id
    UNION ALL
    SELECT payment_id, id, 'clearing', amount_minor, currency, created_at FROM refund
)
SELECT id, payment_id, amount_minor, currency, created_at FROM refund
