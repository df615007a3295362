"""Whether a real account, network and source are ready, before day one."""
