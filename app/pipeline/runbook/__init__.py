"""The runbook: generated, so that it cannot disagree with what it speaks of."""
