"""What the recording says: shares of traffic, latencies, handovers, rollbacks."""
