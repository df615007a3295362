"""The legacy edge: serves clients that keep coming to the data centre after the writer moved."""
