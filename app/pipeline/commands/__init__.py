"""One command a file. Each loads what it needs only when it runs, so that help is quick."""
