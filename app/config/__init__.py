"""Typed, frozen settings read from YAML: environments and phases. Offline, light."""
