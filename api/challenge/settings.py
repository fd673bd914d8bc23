"""Settings of the challenger traffic, from the environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ml.errors import InvalidSettings

Mode: TypeAlias = Literal["shadow", "ab"]


class Challenge(BaseModel):
    """How one problem's staging model is tried.

    Args:
        mode: `shadow` scores what production answered; `ab` answers some patients.
        share: of the requests (shadow) or of the patients (ab), from 0 to 1.
        salt: of the choice of patients; another salt chooses others. Where it is empty, the
            problem's name makes one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Mode
    share: float = Field(ge=0, le=1)
    salt: str = ""


_CHALLENGES = TypeAdapter(dict[str, Challenge])


class ChallengerSettings(BaseSettings):
    """Which problems have a challenger.

    Args:
        challengers: a JSON object of problems and their challenges; none by default.
        challenger_queue_records: most records that wait for a shadow in each worker; what
            is more is not scored, and counted.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIA_", extra="ignore", frozen=True)

    challengers: Annotated[dict[str, Challenge], NoDecode] = Field(default_factory=dict)
    challenger_queue_records: int = Field(default=10_000, ge=1)

    @field_validator("challengers", mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        try:
            if isinstance(value, str):
                return _CHALLENGES.validate_json(value or "{}")
            return _CHALLENGES.validate_python(value)
        except ValidationError as invalid:
            faults = "; ".join(
                ": ".join(filter(None, (".".join(map(str, fault["loc"])), fault["msg"])))
                for fault in invalid.errors(include_url=False, include_input=False)
            )
            message = (
                f"VIGIA_CHALLENGERS is wrong: {faults}; it must be an object of problems "
                f'such as {{"problem": {{"mode": "ab", "share": 0.1}}}}'
            )
            raise InvalidSettings(message) from None

    def check_challengers(self, problems: Sequence[str]) -> None:
        """Raise `InvalidSettings` for a challenger of a problem that is not served."""
        unknown = [name for name in self.challengers if name not in problems]
        if unknown:
            message = (
                f"VIGIA_CHALLENGERS names {', '.join(unknown)}, which is not among the "
                f"problems served ({', '.join(problems)})"
            )
            raise InvalidSettings(message)
