"""A version of a problem's model, and the aliases that say which one is meant."""

from __future__ import annotations

import msgspec

PRODUCTION, STAGING, PREVIOUS = "production", "staging", "previous"
STAGES = {PRODUCTION: "Production", STAGING: "Staging"}


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A registered version.

    Args:
        name: the registered model, called after its problem.
        number: the version's number, as the registry tells it.
        digest: the bundle's digest as registered; empty where nobody recorded one.
        run_id: the MLflow run that made it; empty where none did.
        stage: None, Staging, Production or Archived, as mirrored in its tag.
        data: real or synthetic.
    """

    name: str
    number: str
    digest: str
    run_id: str
    stage: str
    data: str
