"""Metrics of many lines: by minute, by metric, and the same whichever way they are read."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emf_oracle import Key, read_lines
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from genai_obs.tools.logs import columns
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import events_input, find_inputs
from genai_obs.tools.metrics import families
from genai_obs.tools.metrics.bulk import reading, source
from genai_obs.tools.metrics.extract import Extraction, extract
from genai_obs.tools.metrics.identity import MetricId

T = 1_795_219_200_000
MINUTE = 60_000
WAYS = ("one by one", "lines in bulk", "packed in bulk")


def document(values: dict[str, Any], *, at_ms: int = T, sets: object = ((),), **more: object) -> str:
    """Return a line that publishes values."""
    metrics = [{"Name": name} for name in values]
    directive = {"Namespace": "Shop", "Dimensions": sets, "Metrics": metrics}
    return json.dumps({"_aws": {"Timestamp": at_ms, "CloudWatchMetrics": [directive]}, **values, **more})


def read_way(way: str, lines: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Extraction:
    """Read lines in one of the ways, however few they are."""
    text = "".join(line + "\n" for line in lines).encode()
    path = folder / ("lines.log.gz" if way == "packed in bulk" else "lines.log")
    path.write_bytes(gzip.compress(text, 1, mtime=0) if path.suffix == ".gz" else text)
    monkeypatch.setattr(source, "LEAST_BYTES", 0)
    monkeypatch.setattr(columns, "LEAST_BYTES", 0)
    # However rare its directives, DuckDB reads what is regular: else so few lines would all be read one by one.
    monkeypatch.setattr(reading, "_FREQUENT", 1)
    return extract(find_inputs([str(path)]), exact=way == "one by one", **options)


def values_of(found: Extraction) -> dict[Key, list[tuple[int, float]]]:
    """Return every value with the start of its bucket."""
    return {
        (metric.namespace, metric.name, metric.dimensions, samples.unit): sorted(
            zip(np.repeat(samples.starts_s, samples.counts.astype(int)).tolist(), samples.values.tolist(), strict=True)
        )
        for metric, listed in found.data.samples.items()
        for samples in listed
        if samples.values is not None
    }


@pytest.mark.parametrize("way", WAYS)
def test_values_are_summed_by_minute(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two values of a minute are one bucket; the minute is that of the document, not of the event."""
    lines = [
        document({"A": value}, at_ms=T + at, timestamp="2020-01-01T00:00:00Z")
        for value, at in ((3, 0), (1, 59_999), (7, MINUTE))
    ]

    found = read_way(way, lines, tmp_path, monkeypatch)

    (samples,) = found.data.samples[MetricId("Shop", "A")]
    assert samples.starts_s.tolist() == [T // 1000, T // 1000 + 60]
    assert (samples.counts.tolist(), samples.sums.tolist()) == ([2, 1], [4, 7])
    assert (samples.minima.tolist(), samples.maxima.tolist(), samples.values) == ([1, 7], [3, 7], None)
    assert (found.data.first_s, found.data.last_s) == (T // 1000, T // 1000 + 60)
    assert (found.emf_lines, found.values, found.dropped) == (3, 3, ())


@pytest.mark.parametrize("way", WAYS)
def test_a_range_chooses_by_the_time_of_documents(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ends belong to it; what is outside is neither read nor counted as left out."""
    lines = [document({"A": minute}, at_ms=T + minute * MINUTE) for minute in range(5)]
    lines.append(document({"A": "text"}, at_ms=T + 9 * MINUTE))

    found = read_way(way, lines, tmp_path, monkeypatch, start_ms=T + MINUTE, end_ms=T + 3 * MINUTE)

    (samples,) = found.data.samples[MetricId("Shop", "A")]
    assert (samples.sums.tolist(), found.emf_lines, found.dropped) == ([1, 2, 3], 3, ())


@pytest.mark.parametrize("way", WAYS)
def test_single_values_are_kept_where_wanted(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ascending in each bucket, of the metrics that were asked for only."""
    lines = [document({"A": value, "B": value}, at_ms=T + at * MINUTE) for value, at in ((3, 0), (1, 0), (2, 1))]

    found = read_way(way, lines, tmp_path, monkeypatch, keep_values=lambda metric: metric.name == "A")

    (samples,) = found.data.samples[MetricId("Shop", "A")]
    assert samples.values is not None
    assert samples.offsets is not None
    assert (samples.values.tolist(), samples.offsets.tolist()) == ([1, 3, 2], [0, 2, 3])
    assert found.data.samples[MetricId("Shop", "B")][0].values is None


@pytest.mark.parametrize("way", WAYS)
def test_what_is_left_out_has_an_example(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line that lost something, and the metric, never what the line says."""
    lines = [document({"A": 1}), document({"A": 1, "B": "secret"}), document({"A": 1, "B": "secret"})]

    (dropped,) = read_way(way, lines, tmp_path, monkeypatch).dropped

    assert (dropped.slug, dropped.count, dropped.lost) == ("emf-bad-value", 2, "metric")
    assert (dropped.example.event, dropped.example.metric) == (2, "B")
    assert str(dropped.example.source).startswith(str(tmp_path))
    assert "secret" not in str(dropped)


@pytest.mark.parametrize("way", WAYS)
def test_text_between_documents_publishes_nothing(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda's own lines, tracebacks with carriage returns and blank lines are no EMF."""
    lines = [
        "START RequestId: 1",
        document({"A": 1}),
        "[ERROR] KeyError\rTraceback\r  File",
        "",
        "{not json",
        '{"a":1}',
    ]

    found = read_way(way, lines, tmp_path, monkeypatch)

    assert (found.emf_lines, found.values, found.dropped) == (1, 1, ())


@pytest.mark.parametrize("way", WAYS)
def test_a_dimension_with_too_many_values_is_counted_only(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request id as a dimension makes a metric of every line: the bill says how many, memory stays small."""
    monkeypatch.setattr(families, "MOST_COMBINATIONS", 3)
    lines = [
        document({"A": 1, "B": 2}, sets=[["Env"], ["Env", "Id"]], Env="p", Id=f"{number:02}") for number in range(8)
    ]

    found = read_way(way, lines, tmp_path, monkeypatch)

    few, many = found.cardinality
    assert (few.dimensions, few.combinations, few.kept, few.metric_hours) == (("Env",), 1, 1, 2)
    assert (many.dimensions, many.combinations, many.kept, many.metric_hours) == (("Env", "Id"), 8, 3, 16)
    assert many.distinct == {"Env": 1, "Id": 8}
    assert [(each.slug, each.count) for each in found.dropped] == [("too-many-metrics", 10)]
    assert len(found.data.samples) == 8


@pytest.mark.parametrize("way", WAYS)
def test_too_many_metrics_are_not_kept(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name of its own on every line would fill the memory; what is left out is said."""
    monkeypatch.setattr(families, "MOST_METRICS", 5)
    lines = [document({f"M{number}": 1}) for number in range(8)] + [document({"M0": 1})]

    found = read_way(way, lines, tmp_path, monkeypatch)

    assert (len(found.data.samples), found.values) == (5, 6)
    assert [(each.slug, each.count) for each in found.dropped] == [("too-many-metrics", 3)]
    assert [each.is_exact for each in found.cardinality] == [False]


def test_shapes_that_come_later_are_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log whose first lines publish one thing and later ones another is read in rounds."""
    monkeypatch.setattr(reading, "_SAMPLE", 20)
    monkeypatch.setattr(reading, "_WORTH_A_ROUND", 10)
    lines = [document({name: 1}) for name in "ABCD" for _ in range(30)] + [document({"E": 1})]

    found = read_way("lines in bulk", lines, tmp_path, monkeypatch)

    assert {metric.name: samples.sums.tolist() for metric, (samples,) in found.data.samples.items()} == {
        **{name: [30.0] for name in "ABCD"},
        "E": [1.0],
    }
    assert not found.is_exact


def test_a_shape_on_every_line_is_read_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No statement is made for shapes that nobody repeats."""
    monkeypatch.setattr(reading, "_WORTH_A_ROUND", 10)
    lines = [document({f"M{number}": 1}) for number in range(300)]

    found = read_way("lines in bulk", lines, tmp_path, monkeypatch)

    assert (len(found.data.samples), found.values) == (300, 300)


def test_a_document_without_any_time_takes_that_of_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only reading event after event tells it, so that is what happens, in bulk too."""
    bare = json.loads(document({"A": 1}))
    del bare["_aws"]["Timestamp"]
    lines = [json.dumps({"timestamp": "2026-11-21T00:00:00Z"}), json.dumps(bare)]

    found = read_way("lines in bulk", lines, tmp_path, monkeypatch)

    assert (found.is_exact, found.data.first_s) == (True, T // 1000)


def test_a_document_with_an_empty_time_takes_that_of_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A null is no time; in bulk it is not mistaken for a time that is wrong."""
    empty = document({"A": 1}).replace(f'"Timestamp": {T}', '"Timestamp": null')
    lines = [json.dumps({"timestamp": "2026-11-21T00:00:00Z"}), empty]

    found = read_way("lines in bulk", lines, tmp_path, monkeypatch)

    assert (found.values, found.data.first_s, found.dropped) == (1, T // 1000, ())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("flaw", ["inf", "-Inf", "[nan]", "[1, -NAN]", "[1,]", '{"y":1 , }', "Infinity", "NaN"])
def test_what_only_lenient_readers_take_for_json_publishes_nothing(
    flaw: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB reads words for numbers and commas before a closing bracket; CloudWatch would read no document."""
    good = document({"A": 1}, note="from:inf to [nan, ,] by")
    lines = [good, document({"A": 1}, note=7).replace("7}", f"{flaw}}}"), good]

    found = read_way(way, lines, tmp_path, monkeypatch)

    assert (found.values, [each.count for each in found.dropped]) == (2, [1])


@pytest.mark.parametrize("seen", [True, False], ids=["a sample sees it", "no sample sees it"])
def test_a_line_that_is_no_utf8_is_read_too(seen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB passes over such lines without a word; then the reader of logs reads them."""
    path = tmp_path / "lines.log"
    path.write_bytes(document({"A": 1}, note="caf@").encode().replace(b"@", b"\xe9") + b"\n")
    monkeypatch.setattr(source, "LEAST_BYTES", 0)
    if not seen:
        monkeypatch.setattr(source, "fit_for_columns", lambda _: None)

    found = extract(find_inputs([str(path)]))

    assert (found.values, found.broken_lines, found.lines) == (1, 1, 1)


@pytest.mark.parametrize("packed", [True, False])
def test_a_line_that_is_too_long_is_told(packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudWatch takes no event of over 1 MB, however it is read here."""
    text = "".join(line + "\n" for line in (document({"A": 1}), document({"A": 1}, pad="x" * 1_100_000))).encode()
    path = tmp_path / ("lines.log.gz" if packed else "lines.log")
    path.write_bytes(gzip.compress(text, 1, mtime=0) if packed else text)
    monkeypatch.setattr(source, "LEAST_BYTES", 0)
    monkeypatch.setattr(columns, "LEAST_BYTES", 0)

    found = extract(find_inputs([str(path)]))

    assert (found.values, [(each.slug, each.count) for each in found.dropped]) == (1, [("emf-too-long", 1)])


def test_events_in_memory_are_read() -> None:
    """What was fetched from CloudWatch is read like a file."""
    found = extract(events_input([LogEvent(document({"A": 2}), T)]))

    assert (found.lines, found.emf_lines, found.is_exact) == (1, 1, True)


def test_bytes_are_told_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress adds up to the files; the bytes of messages are what a log group would be billed for."""
    told: list[int] = []
    line = document({"A": 1}, note="é")

    found = read_way("lines in bulk", [line] * 3, tmp_path, monkeypatch, on_bytes=told.append)

    assert (sum(told), found.message_bytes) == (3 * (len(line.encode()) + 1), 3 * len(line.encode()))


NUMBERS = st.one_of(st.integers(-5, 5), st.integers(10**18, 10**30), st.floats(allow_nan=False, allow_infinity=False))
ODD = st.sampled_from([True, None, "1", {"x": 1}, [], [1, "2"], [[1]], 2.0**361, -(2**361)])
TARGETS = st.one_of(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.lists(NUMBERS, max_size=3), ODD)
DIMENSIONS = st.one_of(
    *[st.sampled_from(["p", "s", "a b", '"', "\\", "/~"])] * 4, st.sampled_from(["", " ", "é", 1, None, ["p"], "\t"])
)
STAMPS = st.one_of(*[st.integers(T, T + 3 * MINUTE)] * 6, st.sampled_from(["x", 1.5, float(T), -1, 10**18, True]))
DEFINITIONS = st.fixed_dictionaries(
    {"Name": st.sampled_from(["A", "B", "a", "A.b", "C D"])},
    optional={
        "Unit": st.sampled_from(["Count", "Bits/Second", "None", "USD"]),
        "StorageResolution": st.sampled_from([1, 60, 60, 5]),
    },
)
DIRECTIVES = st.fixed_dictionaries(
    {
        "Namespace": st.sampled_from(["Shop", "Shop", "Shop", "AWS/x", "", "a*"]),
        "Dimensions": st.lists(st.lists(st.sampled_from(["D", "E", "D", ":x"]), max_size=2), max_size=3),
        "Metrics": st.lists(DEFINITIONS, max_size=3),
    }
)
SHAPES = st.one_of(
    *[st.lists(DIRECTIVES, min_size=1, max_size=2)] * 6, st.sampled_from([[], [{"Namespace": "x"}], [1], "x"])
)
ROOTS = st.fixed_dictionaries(
    {}, optional={"A": TARGETS, "B": TARGETS, "C D": TARGETS, "D": DIMENSIONS, "E": DIMENSIONS}
)


@st.composite
def logs(draw: st.DrawFn) -> list[str]:
    """Return lines of a few shapes, mostly right, with text and mistakes between them."""
    shapes = draw(st.lists(SHAPES, min_size=1, max_size=4))
    lines = []
    for _ in range(draw(st.integers(1, 40))):
        root = draw(ROOTS)
        root["_aws"] = {"Timestamp": draw(STAMPS), "CloudWatchMetrics": draw(st.sampled_from(shapes))}
        text = json.dumps(root, ensure_ascii=draw(st.booleans()))
        lines.append(
            draw(
                st.sampled_from(
                    [text] * 12
                    + [
                        "INFO " + text,
                        text[:-1],
                        json.dumps({"message": text}),
                        json.dumps({"m": root}),
                        text.replace(": 1", ": NaN"),
                        "END",
                    ]
                )
            )
        )
    return lines


# Shrinking costs minutes, and lines of four shapes read well as they are.
@settings(max_examples=12, derandomize=True, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(lines=logs())
def test_all_ways_agree(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """One by one, in bulk, out of a packed file, and by a second implementation: the same metrics, the same losses."""
    expected = read_lines(lines)
    for way in WAYS:
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr(reading, "_FREQUENT", 1)
            found = read_way(way, lines, tmp_path_factory.mktemp("way"), monkeypatch, keep_values=lambda _: True)
        assert values_of(found) == {key: sorted(values) for key, values in expected.values.items()}, way
        assert Counter({each.slug: each.count for each in found.dropped}) == expected.dropped, way
        assert found.emf_lines == expected.documents, way
