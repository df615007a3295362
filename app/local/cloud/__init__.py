"""The local cloud: moto in a process of its own, with one adapter an AWS service."""
