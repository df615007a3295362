"""Every fault at every step of a handover, in both directions, on real servers under write load."""
