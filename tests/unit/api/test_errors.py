from __future__ import annotations

from api.errors import KINDS, kind_of
from api.problem_documents import of_error
from ml.errors import InvalidRecord, VigiaError, Violation


def descendants(cls: type[VigiaError]) -> set[type[VigiaError]]:
    return {cls}.union(*(descendants(child) for child in cls.__subclasses__()))


def test_every_error_of_the_tree_has_a_place_in_http() -> None:
    for cls in descendants(VigiaError):
        assert 400 <= kind_of(cls.__new__(cls)).status < 600


def test_no_two_errors_share_a_type() -> None:
    assert len({kind.slug for kind in KINDS.values()}) == len(KINDS)


def test_a_document_lists_every_violation() -> None:
    error = InvalidRecord([Violation(0, "age", "maximum", "a"), Violation(3, "day", "type", "b")])
    document = of_error(error, "request-1")
    assert [(e.record, e.field, e.rule, e.message) for e in document.errors] == [
        (0, "age", "maximum", "a"),
        (3, "day", "type", "b"),
    ]
    assert document.instance == "urn:vigia:request:request-1"
