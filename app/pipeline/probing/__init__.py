"""Questions about the world, one a file, each answered by lines: passed, failed or unknown."""
