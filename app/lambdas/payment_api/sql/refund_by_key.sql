SELECT id, payment_id, amount_minor, currency, created_at, request_hash
FROM payments.refund
WHERE idempotency_key = %(key)s
