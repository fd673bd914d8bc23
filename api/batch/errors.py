"""Why a batch is refused.

UserError
├── UnknownJob     no such job, or its time is over
├── TooManyJobs    as many are kept as there may be
└── JobNotDone     the result was asked for before it was there, or there will be none
VigiaError
├── BatchesBusy    as many uploads as this worker takes are under way
└── DiskFull       the upload or the result could not be written
"""

from __future__ import annotations

from ml.errors import UserError, VigiaError


class UnknownJob(UserError):
    """No job of that id is kept for this problem."""


class JobNotDone(UserError):
    """The job has no result: it is under way, or it failed."""


class TooManyJobs(UserError):
    """As many jobs are kept as there may be: whoever sent one can delete it."""


class BatchesBusy(VigiaError):
    """As many uploads as are taken at once are under way."""


class DiskFull(VigiaError):
    """The upload or the result could not be written to disk."""
