SELECT amount_minor - refunded_minor FROM payments.payment WHERE id = %(payment_id)s FOR UPDATE
