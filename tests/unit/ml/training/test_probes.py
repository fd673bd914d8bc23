from __future__ import annotations

from ml.problems import find, names
from ml.training.probes import records


def test_probes_are_made_up_for_every_problem() -> None:
    for name in names():
        problem = find(name)
        found = records(problem, 1)
        needed = {column.name for column in problem.inputs if column.needed}
        fewest = {name: value for name, value in problem.example.items() if name in needed}
        assert found[-2:] == [problem.example, fewest]
        assert len(found) == 52
        inputs = {column.name for column in problem.inputs}
        assert all(record.keys() <= inputs for record in found)
        assert records(problem, 1) == found
