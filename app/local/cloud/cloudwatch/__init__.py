"""CloudWatch's metrics in compact columns, fed in bulk, with percentiles."""
