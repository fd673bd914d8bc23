"""The authorization matrix: which role may call which operation.

The one place where that is decided. `docs/security.md` shows the same table, and a test
holds the two and the application's routes together. An operation that is not here is
refused to everybody.
"""

from __future__ import annotations

from collections.abc import Mapping

from api.security.callers import Role

_CLINICIAN, _OPERATOR, _AUDITOR, _MONITOR = Role
_ALL = frozenset(Role)
_CARE = frozenset({_CLINICIAN})

# Open to everybody: whether the service is there and well, which load balancers and
# orchestrators ask without a key, and where to go on. None of it is about a patient.
PUBLIC = frozenset(
    {"service", "health", "livez", "readyz", "v2_live", "v2_ready"}
    # The registry has no key: its deliveries are signed, and the route checks that itself.
    | {"registry_webhook"}
)

# By operation id; those of one problem's routes are the same for every problem.
MATRIX: Mapping[str, frozenset[Role]] = {
    # An operator proves a deployment with a prediction, but reads nobody's history.
    "predict": _CARE | {_OPERATOR},
    "predict_batch": _CARE,
    "batch_job": _CARE,
    "batch_result": _CARE,
    "batch_delete": _CARE,
    "explain": _CARE,
    "v2_server": _ALL,
    "v2_model": _ALL,
    "v2_model_version": _ALL,
    "v2_model_ready": _ALL,
    "v2_model_ready_version": _ALL,
    "v2_infer": _CARE | {_OPERATOR},
    "v2_infer_version": _CARE | {_OPERATOR},
    # Whose history it is: a ward's, and of those who look into what was answered.
    "predictions": _CARE | {_AUDITOR},
    "prediction": _CARE | {_AUDITOR},
    "outcomes": _CARE,
    "feedback": _CARE,
    # Counts and rates of many, nothing of one patient.
    "activity": _ALL,
    "monitoring": _ALL,
    "versions": _ALL,
    "whoami": _ALL,
    "model_info": _ALL,
    "reload_model": frozenset({_OPERATOR}),
    "models": _ALL,
    "metrics": frozenset({_OPERATOR, _MONITOR}),
    "openapi": _ALL,
    "docs": _ALL,
    "docs_file": _ALL,
}


def permitted(operation: str) -> frozenset[Role]:
    """Return the roles that may call an operation; all of them where it is public."""
    return _ALL if operation in PUBLIC else MATRIX.get(operation, frozenset())
