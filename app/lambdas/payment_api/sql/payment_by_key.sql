SELECT id, amount_minor, currency, merchant_id, status, refunded_minor, created_at, request_hash
FROM payments.payment
WHERE idempotency_key = %(key)s
