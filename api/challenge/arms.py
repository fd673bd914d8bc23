"""Which patients a challenger answers: a salted hash of the patient key, and nothing else.

    u = first 8 bytes of SHA-256(salt + ":" + key), big-endian, divided by 2**64
    the challenger where u < share

So a patient keeps the arm over restarts, workers and versions, and a share that grows only
adds patients. It is the scheme of the split (`ml/data/split.py`) with a salt of its own, so
that the arms are independent of the parts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from api.history.rows import patient_key


class Arms:
    """Chooses the records that are the challenger's.

    Args:
        group_key: the column that holds the patient key.
        share: of the patients, from 0 to 1.
        salt: another salt is another choice.
    """

    def __init__(self, group_key: str, share: float, salt: str) -> None:
        self._group_key = group_key
        self._ends = round(share * 2**64)
        self._salted = hashlib.sha256(f"{salt}:".encode())

    def chosen(self, records: Sequence[Mapping[str, object]]) -> list[int]:
        """Return the indices of the records whose patient is the challenger's.

        A record without a patient key is never among them.
        """
        keys = (patient_key(record.get(self._group_key)) for record in records)
        return [index for index, key in enumerate(keys) if key and self._is_chosen(key)]

    def _is_chosen(self, key: str) -> bool:
        digest = self._salted.copy()
        digest.update(key.strip().encode())  # the same patient, however it was padded
        return int.from_bytes(digest.digest()[:8]) < self._ends
