"""The engine and its databases, tested on real PostgreSQL servers."""
