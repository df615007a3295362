"""The rehearsal: a whole migration under load, observed from outside, proven and reported."""
