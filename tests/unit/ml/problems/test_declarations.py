"""What every declared problem must hold, so that everything can be derived from it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pytest

from api.dialects import Speaker
from ml import problems
from ml.data import quality
from ml.data.clean_store import KEYS
from ml.data.contract import check
from ml.data.delivery import ROW_NUMBER
from ml.features import Encoder, fit
from ml.features.codes import sort_key
from ml.problems.contract import Category, Code, Identifier, Number, Refused
from ml.problems.features import Coded, CodeGroup, Count, Quantity, Ratio, Total
from ml.problems.problem import Problem
from ml.problems.text import Text
from ml.training.evaluation.metrics import DECIDED, HIGHER_IS_BETTER, METRICS

ROWS, SEED = 2000, 7


@pytest.fixture(scope="module", params=problems.names())
def problem(request: pytest.FixtureRequest) -> Problem:
    return problems.find(request.param)


@pytest.fixture(scope="module")
def generated(problem: Problem) -> pa.Table:
    return problem.generate(ROWS, SEED)


def _texts(value: object) -> Iterator[Text]:
    """Every text anywhere in a declaration."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, msgspec.Struct):
        yield from _texts(list(msgspec.structs.asdict(value).values()))
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple | frozenset):
        yield from itertools.chain.from_iterable(map(_texts, value))


def _allowed(problem: Problem, column: str, values: frozenset[str]) -> None:
    """The column's contract accepts the values, and they do not mean "not known"."""
    found = next(input_ for input_ in problem.inputs if input_.name == column)
    assert all(found.read(value) is not None for value in values), (column, values)


def test_columns_are_named_once_and_the_keys_are_identifiers(problem: Problem) -> None:
    assert len(set(problem.names)) == len(problem.names)
    kinds = {column.name: type(column) for column in problem.columns}
    assert kinds[problem.record_key] is Identifier
    assert kinds[problem.group_key] is Identifier
    assert kinds[problem.target.column] is Category


def test_no_input_is_a_key_or_the_outcome(problem: Problem) -> None:
    hidden = {problem.record_key, problem.group_key, problem.target.column}
    assert hidden.isdisjoint(column.name for column in problem.inputs)
    assert not any(isinstance(column, Identifier) for column in problem.inputs)


def test_every_input_has_a_section_of_the_form(problem: Problem) -> None:
    assert {column.section for column in problem.inputs} == set(problem.sections)


def test_both_languages_say_something_everywhere(problem: Problem) -> None:
    found = list(_texts(problem))
    assert problem.title in found
    for text in found:
        assert text.en.strip() == text.en != "", text
        assert text.es.strip() == text.es != "", text
        assert text.to("en") == text.en
        assert text.to("es") == text.es


def test_numbers_have_bounds_and_codes_an_example_that_matches(problem: Problem) -> None:
    for column in problem.inputs:
        if isinstance(column, Number):
            assert column.minimum < column.maximum, column.name
        elif isinstance(column, Category):
            assert column.unknown < column.values.keys(), column.name
        else:
            assert column.read(column.example) == column.example
            with pytest.raises(Refused):
                column.read("\u0662\u0665")  # digits of another script


def test_each_value_of_the_outcome_belongs_to_one_class(problem: Problem) -> None:
    target = problem.target
    column = next(each for each in problem.columns if each.name == target.column)
    assert isinstance(column, Category)
    declared = sorted(itertools.chain.from_iterable(target.classes.values()))
    assert declared == sorted(column.values.keys() - column.unknown)
    assert list(target.labels) == list(target.classes)
    assert len(target.classes) > 1
    assert target.positive == list(target.classes)[-1]


def test_bands_rise_from_zero(problem: Problem) -> None:
    if problem.target.several and not problem.bands:
        return
    starts = [band.start for band in problem.bands]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert starts[-1] < 1
    assert len({band.name for band in problem.bands}) == len(starts)


def test_gates_speak_of_metrics_that_there_are(problem: Problem) -> None:
    gates = problem.gates
    decided = set(DECIDED) if problem.target.decides else set()
    assert gates.bounds.keys() <= {*METRICS, *decided}
    assert gates.margins.keys() <= HIGHER_IS_BETTER.keys()
    assert gates.margins
    assert all(margin > 0 for margin in gates.margins.values())
    assert 0.5 < gates.suspect_auroc <= 1
    assert 0 < gates.suspect_share <= 1
    assert gates.rate_change > 1
    for bound in gates.bounds.values():
        ends = [end for end in (bound.minimum, bound.maximum) if end is not None]
        assert ends == sorted(ends) != []


def test_subgroups_are_those_of_inputs_and_their_values(problem: Problem) -> None:
    columns = {column.name: column for column in problem.inputs}
    for by in problem.subgroups:
        column = columns[by.column]
        assert list(by.starts) == sorted(set(by.starts))
        assert bool(by.starts) == isinstance(column, Number)
        grouped = [value for group in by.groups for value in group.values]
        assert len(grouped) == len(set(grouped))
        _allowed(problem, by.column, frozenset(grouped))


def test_rows_are_dealt_out_by_class_only_where_each_is_a_group_of_its_own(
    problem: Problem,
) -> None:
    assert problem.split == "by_group" or problem.group_key == problem.record_key


def test_a_threshold_is_declared_only_of_two_classes(problem: Problem) -> None:
    threshold = problem.target.threshold
    assert threshold is None or (0 < threshold < 1 and not problem.target.several)


def test_a_dialect_says_nothing_under_a_name_of_the_house(problem: Problem) -> None:
    if problem.dialect is None:
        return
    spoken = Speaker(problem, problem.dialect)
    for struct in spoken.structs:
        (base,) = struct.__bases__
        added = len(msgspec.structs.fields(struct)) - len(msgspec.structs.fields(base))
        assert added == len(struct.__annotations__) > 0
    assert problem.dialect.values not in problem.names
    assert all(re.fullmatch(r"/[a-z-]+", path) for path in spoken.paths)


def test_the_example_has_all_that_a_request_needs(problem: Problem) -> None:
    needed = {column.name for column in problem.inputs if column.needed}
    assert needed <= problem.example.keys()
    assert all(column.required for column in problem.inputs if column.needed)


def test_a_source_is_one_of_a_file_a_library_and_the_generator(problem: Problem) -> None:
    source = problem.source
    assert not (source.url and source.shipped)
    assert source.url or source.shipped or source.synthetic


def test_limits_and_the_forest_make_sense(problem: Problem) -> None:
    assert 0 <= problem.limits.rejected_share < 1
    assert problem.forest.keys() == {
        "trees",
        "max_depth",
        "min_child_weight",
        "row_share",
        "column_share",
    }


def test_the_search_starts_inside_its_space(problem: Problem) -> None:
    kinds = [candidate.kind for candidate in problem.search.candidates]
    assert len(set(kinds)) == len(kinds) > 0
    assert problem.search.tolerance >= 0
    for candidate in problem.search.candidates:
        assert candidate.trials[0] > 0
        assert candidate.space.keys() <= candidate.start.keys()
        for name, spread in candidate.space.items():
            assert spread.low <= candidate.start[name] <= spread.high, name
            assert not spread.log or spread.low > 0, name


def test_features_are_made_of_existing_columns(problem: Problem) -> None:
    inputs = {column.name: column for column in problem.inputs}
    names = [feature.name for feature in problem.features]
    assert len(set(names)) == len(names)
    assert set(names).isdisjoint(KEYS), "the clean tables hold their keys under these names"
    for feature in problem.features:
        match feature:
            case Quantity(column=column, levels=None):
                assert isinstance(inputs[column], Number), column
            case Quantity(column=column, levels=levels):
                _allowed(problem, column, frozenset(levels or {}))
            case Coded(column=column):
                assert isinstance(inputs[column], Category | Code), column
            case Count(columns=columns, values=values, groups=groups):
                assert values or groups, feature.name
                for column in columns:
                    _allowed(problem, column, values)
            case Total(columns=columns):
                assert all(isinstance(inputs[column], Number) for column in columns), columns
            case Ratio(over=over, under=under):
                assert {over, under} <= set(names)


def test_code_groups_have_ranges_that_run_upwards(problem: Problem) -> None:
    groups: list[CodeGroup] = []
    for feature in problem.features:
        if isinstance(feature, Coded | Count):
            groups.extend(feature.groups)
    for group in groups:
        for first, last in group.ranges:
            low, high = sort_key(first), sort_key(last)
            assert low is not None, group
            assert high is not None, group
            assert low[0] == high[0], group
            assert low <= high, group


def test_scope_and_rules_name_values_of_the_contract(problem: Problem) -> None:
    for scope in problem.out_of_scope:
        _allowed(problem, scope.column, scope.values)
    for rule in problem.rules:
        _allowed(problem, rule.then_column, rule.then_values)
        for column in rule.columns:
            _allowed(problem, column, rule.values)


def test_the_example_is_valid(problem: Problem, generated: pa.Table) -> None:
    assert problem.example
    assert problem.example.keys() <= {column.name for column in problem.inputs}
    Encoder(fit(problem, generated)).records([problem.example])


def test_the_generator_keeps_the_contract(problem: Problem, generated: pa.Table) -> None:
    assert generated.num_rows == ROWS
    assert tuple(generated.column_names) == problem.names
    assert set(generated.schema.types) == {pa.string()}
    numbered = generated.append_column(ROW_NUMBER, pa.array(range(1, ROWS + 1), pa.int64()))
    assert check(problem, numbered).rejected["reason"].to_pylist() == []


def test_the_generator_keeps_the_rules_and_makes_every_class(
    problem: Problem, generated: pa.Table
) -> None:
    findings = quality.report(problem, {"all": generated}, ROWS, 0)
    assert findings["rule_violations"] == {rule.name: 0 for rule in problem.rules}
    outcomes = generated[problem.target.column].to_pylist()
    for name, texts in problem.target.classes.items():
        assert sum(outcome in texts for outcome in outcomes) > ROWS / 100, name


def test_the_generator_is_deterministic_and_its_seed_matters(
    problem: Problem, generated: pa.Table
) -> None:
    assert problem.generate(ROWS, SEED).equals(generated)
    assert not problem.generate(ROWS, SEED + 1).equals(generated)


def test_the_generator_gives_records_a_key_of_their_own_and_groups_as_declared(
    problem: Problem, generated: pa.Table
) -> None:
    assert len(set(generated[problem.record_key].to_pylist())) == ROWS
    groups = set(generated[problem.group_key].to_pylist())
    assert 0.2 * ROWS < len(groups) <= ROWS
    assert (len(groups) == ROWS) == (problem.group_key == problem.record_key)
