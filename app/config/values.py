"""Kinds of text that several settings share, each with an example for its error message."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,20}$", examples=["production"])]
AccountId = Annotated[str, Field(pattern=r"^[0-9]{12}$", examples=['"123456789012", in quotes'])]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", examples=["us-east-2"])]
Zone = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", examples=["us-east-2a"])]
DomainName = Annotated[
    str, Field(pattern=r"^([a-z0-9-]{1,63}\.)+[a-z]{2,63}$", examples=["payments.example.com"])
]
Host = Annotated[
    str,
    Field(
        pattern=r"^(([a-z0-9-]{1,63}\.)+[a-z]{2,63}|[0-9]{1,3}(\.[0-9]{1,3}){3})$",
        examples=["database.example.com, or an address"],
    ),
]
Label = Annotated[
    str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", examples=["payments-platform"])
]
