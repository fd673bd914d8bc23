"""From tensors to records, and from a prediction to tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from api import body, strict_json
from api.errors import InvalidRequest, MalformedBody
from api.inference.messages import InferenceRequest, Tensor, TensorMetadata
from ml.bundle import Prediction, Schema
from ml.problems.contract import Number

_OUTPUTS = RISK, PROBABILITIES, PREDICTED = "risk", "probabilities", "predicted"

_INTEGERS = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")
_FLOATS = ("FP16", "FP32", "FP64", "BF16")
_ELEMENTS: dict[str, tuple[type, ...]] = {
    "BYTES": (str,),
    "BOOL": (bool,),
    **dict.fromkeys(_INTEGERS, (int,)),
    **dict.fromkeys(_FLOATS, (int, float)),
}


def request_of(content: bytes) -> InferenceRequest:
    """Return the request that a body is.

    Raises:
        MalformedBody: it is no JSON object, not one of the protocol, or names a field twice.
    """
    found = body.object_of(content)
    strict_json.refuse_repeated_names(content, strict_json.names_in(found))
    try:
        return msgspec.convert(found, InferenceRequest)
    except msgspec.ValidationError as error:  # names types and places, never a value
        raise MalformedBody(f"the body is no inference request: {error}") from None


def records_of(request: InferenceRequest, most: int) -> body.Records:
    """Return the records that the input tensors hold, one column each.

    Raises:
        InvalidRequest: tensors of different lengths, of another shape than `[n]` or
            `[n, 1]`, with values of another type than they say, or one column twice.
    """
    if not request.inputs:
        raise InvalidRequest("no_inputs", "send at least one input tensor", field="inputs")
    columns: dict[str, list[Any]] = {}
    for tensor in request.inputs:
        if tensor.name in columns:
            raise _wrong(tensor, "duplicate_column", "comes twice")
        columns[tensor.name] = _values(tensor, most)
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        message = f"all input tensors must hold as many records; these hold {sorted(lengths)}"
        raise InvalidRequest("shape", message, field="inputs")
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def wanted_of(request: InferenceRequest) -> list[str]:
    """Return the names of the outputs that a request asks for; all where it names none.

    Raises:
        InvalidRequest: it asks for one that there is not.
    """
    wanted = [each.name for each in request.outputs or ()] or list(_OUTPUTS)
    unknown = next((name for name in wanted if name not in _OUTPUTS), None)
    if unknown is not None:
        message = f"there is no such output; there are {', '.join(_OUTPUTS)}"
        raise InvalidRequest("unknown_output", message, field=unknown[:80])
    return wanted


def outputs_of(wanted: Sequence[str], prediction: Prediction) -> list[Tensor]:
    """Return the outputs of those names."""
    records, classes = prediction.probabilities.shape
    made: Mapping[str, Callable[[], Tensor]] = {
        RISK: lambda: _doubles(RISK, [records], prediction.risk.tolist()),
        PROBABILITIES: lambda: _doubles(
            PROBABILITIES, [records, classes], prediction.probabilities.ravel().tolist()
        ),
        PREDICTED: lambda: Tensor(
            name=PREDICTED,
            shape=[records],
            datatype="BYTES",
            data=[each.name for each in prediction.predicted],
        ),
    }
    return [made[name]() for name in wanted]


def input_metadata(schema: Schema) -> list[TensorMetadata]:
    """Return how a model's inputs look; any of them may be left out."""
    return [TensorMetadata(column.name, _datatype(column), [-1]) for column in schema.inputs]


def output_metadata(schema: Schema) -> list[TensorMetadata]:
    """Return how a model's outputs look: the classes are in their declared order."""
    classes = len(schema.target.classes)
    return [
        TensorMetadata(RISK, "FP64", [-1]),
        TensorMetadata(PROBABILITIES, "FP64", [-1, classes]),
        TensorMetadata(PREDICTED, "BYTES", [-1]),
    ]


def input_of(name: str, value: str | float) -> Tensor:
    """Return the tensor of one record's value."""
    datatype = "BYTES" if isinstance(value, str) else "INT64" if type(value) is int else "FP64"
    return Tensor(name=name, shape=[1], datatype=datatype, data=[value])


def _datatype(column: object) -> str:
    if isinstance(column, Number):
        return "INT64" if column.integer else "FP64"
    return "BYTES"


def _doubles(name: str, shape: list[int], data: list[float]) -> Tensor:
    return Tensor(name=name, shape=shape, datatype="FP64", data=data)


def _values(tensor: Tensor, most: int) -> list[Any]:
    """Return a column's values, `None` where not known."""
    parameters = tensor.parameters or {}
    if "binary_data_size" in parameters:
        raise _wrong(tensor, "binary", "is sent as binary data: send JSON")
    if parameters.get("content_type") == "base64":
        raise _wrong(tensor, "base64", "is sent in base64: send plain texts")
    rows = tensor.shape[0] if tensor.shape else 0
    if tensor.shape not in ([rows], [rows, 1]):
        raise _wrong(tensor, "shape", "must have the shape [n] or [n, 1]")
    if not 1 <= rows <= most:
        raise _wrong(tensor, "max_records", f"must hold between 1 and {most} records")
    values = [_element(tensor, value) for value in tensor.data]
    if len(values) != rows:
        raise _wrong(tensor, "shape", f"holds {len(values)} values, its shape says {rows}")
    return values


def _element(tensor: Tensor, value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1:  # [[a], [b]] for the shape [2, 1]
        value = value[0]
    types = _ELEMENTS.get(tensor.datatype)
    if types is None:
        raise _wrong(tensor, "datatype", f"must be of one of {', '.join(_ELEMENTS)}")
    if value is not None and type(value) not in types:
        raise _wrong(tensor, "datatype", f"holds a value that is no {tensor.datatype}")
    return value


def _wrong(tensor: Tensor, rule: str, message: str) -> InvalidRequest:
    return InvalidRequest(
        rule, f"the tensor {tensor.name[:80]!r} {message}", field=tensor.name[:80]
    )
