"""How every function reads its settings: environment variables, parsed and refused at start-up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FilePath, StringConstraints, ValidationError

from app.errors import InputError

PREFIX = "PAYSHIFT_"

EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
SecretName = Annotated[str, StringConstraints(min_length=1, max_length=512)]
# Where the container image puts Amazon's bundle; pydantic checks that the file is there.
DEFAULT_TRUST_BUNDLE = Path("/var/task/trust/global-bundle.pem")


class FunctionSettings(BaseModel):
    """Settings of any function; the field `trust_bundle` is the variable PAYSHIFT_TRUST_BUNDLE."""

    # Other functions' variables may stand in the same environment: they are none of our business.
    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    environment: EnvironmentName
    trust_bundle: FilePath = Field(default=DEFAULT_TRUST_BUNDLE)


SettingsT = TypeVar("SettingsT", bound=FunctionSettings)


def read_settings(model: type[SettingsT], environ: Mapping[str, str]) -> SettingsT:
    """Return the settings, or raise an InputError that names every variable that is wrong.

    A variable that is set but empty counts as not set.
    """
    values = {
        name: environ[PREFIX + name.upper()]
        for name in model.model_fields
        if environ.get(PREFIX + name.upper())
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        mistakes = "; ".join(
            f"{_variable(mistake['loc'])}: {mistake['msg']}" for mistake in error.errors()
        )
        message = f"the environment of this function is not usable: {mistakes}"
        raise InputError(message, remedy="set these variables on the Lambda function") from error


def _variable(location: tuple[int | str, ...]) -> str:
    return PREFIX + str(location[0]).upper() if location else "the variables together"
