"""Custom::WriterHandover: makes a site the one that accepts writes, and tells who that is."""
