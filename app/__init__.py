"""payshift: move a payment system to AWS by merging pull requests."""
