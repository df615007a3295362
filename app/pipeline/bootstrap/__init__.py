"""Makes what must be there before anything can be delivered, and moves its own state into it."""
