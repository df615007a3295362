"""The payment API: payments and refunds behind the load balancer, on either side of the move."""
