"""The first start of DMS, on two databases between which tasks are played."""
