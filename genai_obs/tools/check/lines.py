"""Check log lines: what CloudWatch would make no metric of, and what does not belong into a log."""

from collections.abc import Callable

from genai_obs.tools.check.finding import Finding
from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.metrics.drops import Dropped
from genai_obs.tools.metrics.extract import Extraction, extract
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.rules import LEFT_OUT_HERE

# What one loss is called, and several.
_LOSSES = {
    "line": ("line", "lines"),
    "directive": ("directive", "directives"),
    "set": ("dimension set", "dimension sets"),
    "metric": ("metric of a line", "metrics of lines"),
}


def check_lines(
    inputs: Inputs, *, on_bytes: Callable[[int], None] | None = None
) -> tuple[tuple[Finding, ...], tuple[MetricId, ...]]:
    """
    Return what is wrong with log lines, and the metrics that they publish.

    Raises:
        GenaiObsError: They cannot be read.
    """
    extraction = extract(inputs, on_bytes=on_bytes)
    return _findings(extraction), tuple(extraction.data.samples)


def _findings(extraction: Extraction) -> tuple[Finding, ...]:
    found = [_of_dropped(dropped) for dropped in extraction.dropped]
    if extraction.broken_lines:
        sentence = "lines begin like JSON and are none, or are no UTF-8: no query finds their fields"
        found.append(Finding("broken-lines", "warning", sentence, count=extraction.broken_lines))
    if extraction.lines and not extraction.emf_lines:
        sentence = "no line is an EMF document, so CloudWatch makes no metric: no graph and no metric alarm has data"
        hint = "in Lambda the library writes EMF by itself; elsewhere GENAI_OBS_EMF=1 or emf=True does"
        found.append(Finding("no-metrics", "warning", sentence, hint))
    return tuple(found)


def _of_dropped(dropped: Dropped) -> Finding:
    if dropped.slug in LEFT_OUT_HERE:
        return Finding(dropped.slug, "warning", f"{dropped.sentence}; CloudWatch publishes it", count=dropped.count)
    told = (
        f"CloudWatch counts it in {dropped.counted} of AWS/Logs"
        if dropped.counted is not None
        else "CloudWatch counts it nowhere"
    )
    example = dropped.example
    metric = "" if example.metric is None else f", metric {example.metric}"
    where = f"first: event {example.event:,} of {example.source}{metric}"
    lost = _LOSSES[dropped.lost][dropped.count != 1]
    sentence = f"{dropped.sentence} ({dropped.count:,} {lost} lost); {told}"
    return Finding(dropped.slug, "error", sentence, where, count=dropped.count)
