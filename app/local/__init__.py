"""The local environment: everything that payshift runs against, on one machine."""
