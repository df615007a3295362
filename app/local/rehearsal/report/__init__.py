"""The report: one self-contained page, drawn here, that needs neither network nor script."""
