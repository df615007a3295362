"""Whether production is what Git says it is: what plans show, and what they do not."""
