SELECT writer.accepting, payment.id, payment.amount_minor, payment.currency, payment.merchant_id,
       payment.status, payment.refunded_minor, payment.created_at
FROM payshift.writer
LEFT JOIN payments.payment ON payment.id = %(id)s
