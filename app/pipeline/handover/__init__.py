"""The command `payshift handover`: moving the writer by hand, and looking at how it stands."""
