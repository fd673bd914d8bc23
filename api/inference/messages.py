"""The protocol's messages; their fields are those of its specification."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

# Where all addresses of the protocol begin.
PREFIX = "/v2"


class Tensor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tensor: one column of a record, or one of the outputs.

    Args:
        name: of the column or the output.
        shape: `[n]` or `[n, 1]` for an input of n records.
        datatype: `BYTES` for texts, else a type of numbers.
        data: the values, row by row, flat or nested; null where a value is not known.
        parameters: of this tensor.
    """

    name: str
    shape: list[int]
    datatype: str
    data: list[Any]
    parameters: dict[str, Any] | None = None


class RequestedOutput(msgspec.Struct, frozen=True, omit_defaults=True):
    """An output that the client wants."""

    name: str
    parameters: dict[str, Any] | None = None


class InferenceRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Records as one tensor for each input column, in any order."""

    inputs: Annotated[list[Tensor], msgspec.Meta(extra_json_schema={"minItems": 1})]
    id: str | None = None
    parameters: dict[str, Any] | None = None
    outputs: list[RequestedOutput] | None = None


class InferenceResponse(msgspec.Struct, frozen=True):
    """The model's outputs."""

    model_name: str
    model_version: str
    id: str
    parameters: dict[str, Any]
    outputs: list[Tensor]


class InferenceError(msgspec.Struct, frozen=True):
    """Why a request was not answered."""

    error: str


class TensorMetadata(msgspec.Struct, frozen=True):
    """What a tensor looks like; -1 stands for any number of records."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(msgspec.Struct, frozen=True):
    """A model as the protocol describes it."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class ServerMetadata(msgspec.Struct, frozen=True):
    """The server as the protocol describes it."""

    name: str
    version: str
    extensions: list[str]


class ServerHealth(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether the server lives, and is ready."""

    live: bool
    ready: bool | None = None


class ModelReady(msgspec.Struct, frozen=True):
    """Whether a model is ready."""

    name: str
    ready: bool


MESSAGES = (
    InferenceRequest,
    InferenceResponse,
    InferenceError,
    ModelMetadata,
    ServerMetadata,
    ServerHealth,
    ModelReady,
)
