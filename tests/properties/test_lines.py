"""Whatever the user says, a record is one valid line of at most 200 kB, and our own fields survive."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runtime.lambda_side.emf_lines import read_emf, read_line

from genai_obs import annotate, log_metric, observe_inference, schema
from genai_obs._runtime import emf, guard, output, own_metric
from genai_obs._runtime import fields as user_fields
from genai_obs._runtime import settings as configuration


class Hostile:
    """An object that raises however it is looked at."""

    def __str__(self) -> str:
        raise RuntimeError

    def __repr__(self) -> str:
        return "Hostile()"


class HostileList(list[Any]):
    """A list that cannot be read."""

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError


class HostileDict(dict[str, Any]):
    """A dict that cannot be read."""

    def items(self) -> Any:
        """Raise."""
        raise RuntimeError


def cyclic() -> list[Any]:
    """Return a list that holds itself."""
    one: list[Any] = []
    one.extend(([one], {"self": one}))
    return one


ANY_TEXT = st.text(st.characters(codec=None), max_size=30)  # surrogates and control characters included
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**60, max_value=2**600),
    st.floats(),
    st.decimals(),
    ANY_TEXT,
    st.binary(max_size=20),
    st.datetimes(),
    st.uuids(),
    st.builds(lambda n: "é" * n, st.integers(0, 300_000)),
    st.sampled_from([Hostile(), object(), int, len, cyclic(), HostileList([1]), HostileDict(a=1), Decimal("NaN")]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.one_of(ANY_TEXT, st.integers(), st.none()), inner, max_size=5),
        st.frozensets(st.integers(), max_size=3),
        st.tuples(inner, inner),
        st.builds(lambda one: [one] * 100, inner),
    ),
    max_leaves=10,
)
NAMES = st.one_of(
    ANY_TEXT,
    st.sampled_from([*(field.name for field in schema.FIELDS), *(metric.name for metric in schema.METRICS)]),
    st.sampled_from(["_aws", "Environment", "ModelId", "dimension_values"]),
)
FIELDS = st.dictionaries(NAMES, VALUES, max_size=8)

several = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "40")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@contextmanager
def written() -> Iterator[list[bytes]]:
    """Collect lines as bytes, with EMF on, as strictly as in a test."""
    lines: list[bytes] = []
    before = (output.write, guard.strict)
    emf.forget()
    own_metric.forget()
    output.write, guard.strict = lines.append, True
    configuration.change({"emf": True, "service": "ours"})
    try:
        with redirect_stderr(io.StringIO()):
            yield lines
    finally:
        output.write, guard.strict = before
        configuration.reset()


def check_inference(record: dict[str, Any]) -> None:
    """Assert that what is ours is ours."""
    assert (record["metric"], record["unit"], record["status"]) == ("AICost", "USD", "ok")
    assert (record["input_tokens"], record["output_tokens"], record["total_tokens"]) == (3, 4, 7)
    assert (record["model_id"], record["ModelId"]) == ("amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0")
    assert (record["Environment"], record["environment"], record["service"]) == ("default", "default", "ours")
    assert record["InputTokens"] == 3


@several
@given(FIELDS, FIELDS)
def test_annotations_of_any_kind(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Annotated twice with anything at all, a record stays whole."""
    with written() as lines, observe_inference() as block:
        annotate(**first)
        annotate(**second)
        block.record_usage(model_id="amazon.nova-lite-v1:0", input_tokens=3, output_tokens=4)

    (line,) = lines
    check_inference(read_emf(line))


@several
@given(st.dictionaries(ANY_TEXT.filter(lambda name: name and name not in schema.RESERVED_FIELDS), VALUES, max_size=8))
def test_fields_of_any_kind(fields: dict[str, Any]) -> None:
    """The same for ``fields=`` of a decorator."""
    with written() as lines, observe_inference(fields=fields) as block:
        block.record_usage(model_id="amazon.nova-lite-v1:0", input_tokens=3, output_tokens=4)

    (line,) = lines
    check_inference(read_emf(line))


@several
@given(
    name=st.one_of(NAMES, SCALARS),
    value=st.one_of(SCALARS, st.floats(), st.integers()),
    unit=st.one_of(ANY_TEXT, st.sampled_from(["Count", "USD", "Milliseconds"]), SCALARS),
    properties=st.one_of(st.none(), FIELDS),
    dimensions=st.one_of(st.none(), st.dictionaries(NAMES, st.one_of(ANY_TEXT, SCALARS), max_size=40)),
)
def test_own_metrics_of_any_kind(name: Any, value: Any, unit: Any, properties: Any, dimensions: Any) -> None:
    """log_metric takes whatever it is given; a line that carries a metric is one that CloudWatch takes."""
    with written() as lines:
        log_metric(name, value, unit, properties, dimensions=dimensions)

    (line,) = lines
    record = read_line(line)
    if "_aws" in record:
        read_emf(line)
    assert record["service"] == "ours"
    assert record["metric"] == user_fields.any_text(name, 255)


@several
@given(st.one_of(ANY_TEXT, st.text(min_size=1000, max_size=3000)).filter(bool))
def test_model_ids_of_any_kind(model_id: str) -> None:
    """Any id is a dimension value that CloudWatch takes, and the field says what it was."""
    with written() as lines, observe_inference() as block:
        block.record_usage(model_id=model_id, input_tokens=1)

    record = read_emf(lines[0])
    assert record["model_id"][:100] == model_id[:100].encode("utf-8", "replace").decode()


@several
@given(st.dictionaries(ANY_TEXT, VALUES, max_size=5))
def test_any_record_becomes_a_line(members: dict[str, Any]) -> None:
    """The last step before the write takes anything, whatever the steps before let through."""
    record = {**members, "metric": "M", "timestamp": "2026-01-02T03:04:05.678Z"}

    assert read_line(output.encode(record))["metric"] == "M"
