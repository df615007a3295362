"""The legacy edge on this machine: HAProxy with the rendered configuration, and its agent."""
