"""The bill of a month: sums, bounds, what is free and what nobody knows."""

from dataclasses import replace
from fractions import Fraction

import pytest
from bill_lines import HOUR_MS, NOON_MS, as_inputs, emf_line
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.bill.alarm_costs import cost_of_alarm
from genai_obs.tools.bill.estimate import Bill, Item, count_metric_hours, count_metrics, estimate_bill
from genai_obs.tools.bill.free import free_shares
from genai_obs.tools.bill.month import Span
from genai_obs.tools.bill.price_file import load_prices
from genai_obs.tools.bill.survey import survey_lines
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Definitions, Settings
from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.metrics.extract import Extraction, extract
from genai_obs.tools.metrics.families import Cardinality
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.samples import MetricData

BOOK = load_prices()
REGION = "us-east-1"


def bill_of(inputs: Inputs, *alarms: Alarm, region: str = REGION, dashboards: tuple[int | None, ...] = ()) -> Bill:
    """Return the bill of lines and alarms."""
    definitions = Definitions(Settings(), alarms, ())
    return estimate_bill(
        extract(inputs), definitions, book=BOOK, region=region, survey=survey_lines(inputs), dashboards=dashboards
    )


def item(bill: Bill, driver: str) -> Item:
    """Return one line of a bill."""
    (found,) = (each for each in bill.items if each.driver == driver)
    return found


def hourly(hours: int, *sets: list[str]) -> Inputs:
    """Return one document at the start of each hour, and a line at the end of the last."""
    starts = [NOON_MS + hour * HOUR_MS for hour in range(hours)]
    lines = [(at, emf_line(at, *(sets or (["A"],)), metrics=("M", "N"), A="x", M=1, N=2)) for at in starts]
    return as_inputs(*lines, (starts[-1] + HOUR_MS - 1000, "END"))


def alarm(*names: str, band: bool = False) -> MetricAlarm:
    """Return an alarm on metrics."""
    rows = tuple(MetricQuery(name, stat=MetricStat(MetricId("Space", name), "Sum", 60)) for name in names)
    return MetricAlarm("a", "", rows, "GreaterThanThreshold", 1.0, 1, 1, "missing", band_id="b" if band else None)


LOG_ALARM = LogAlarm("l", "", "filter 1", "count(*)", "GreaterThanThreshold", 1.0, 3600, 86_400)


def test_a_metric_of_every_hour_is_one_metric_of_the_month() -> None:
    """Two metrics in each of five hours: two, at 30 cents."""
    bill = bill_of(hourly(5))

    metrics = item(bill, "custom-metric")
    assert metrics.quantity == Span.exactly(2)
    assert metrics.usd == Span.exactly(Fraction("0.60"))
    assert metrics.because == "10 metric-hours of 2 metrics in 5 h"
    assert metrics.price is not None
    assert metrics.price.source


def test_a_metric_that_rests_is_billed_for_its_hours() -> None:
    """One hour of four is a quarter of a metric."""
    line = emf_line(NOON_MS, ["A"], A="x", M=1)
    bill = bill_of(as_inputs((NOON_MS, line), (NOON_MS + 4 * HOUR_MS - 1000, "END")))

    assert item(bill, "custom-metric").quantity == Span.exactly(Fraction(1, 4))


def test_lines_are_billed_by_their_bytes() -> None:
    """A thousand bytes in an hour are 730,000 in a month."""
    bill = bill_of(as_inputs((NOON_MS, "x" * 400), (NOON_MS + HOUR_MS, "y" * 600)))

    assert item(bill, "log-ingestion").quantity == Span.exactly(Fraction(730_000, 10**9))
    assert item(bill, "log-ingestion").usd == Span.exactly(Fraction(730_000, 10**9) / 2)
    assert bill.query_usd == Fraction(24_000, 10**9) * Fraction("0.005")


def test_storage_is_not_known_and_says_why() -> None:
    """Its price is, but lines tell neither their compressed bytes nor how long they are kept."""
    storage = item(bill_of(hourly(2)), "log-storage")

    assert storage.usd is None
    assert storage.price is not None
    assert "compressed" in str(storage.reason)


def test_alarms_add_up_by_what_they_are_billed_for() -> None:
    """Three metrics, a band, a composite; what a log alarm costs is not known, what it scans is."""
    bill = bill_of(hourly(2), alarm("m", "n"), alarm("m", band=True), CompositeAlarm("c", "", "TRUE"), LOG_ALARM)

    assert item(bill, "standard-alarm").usd == Span.exactly(Fraction("0.50"))
    assert item(bill, "composite-alarm").usd == Span.exactly(Fraction("0.50"))
    assert item(bill, "log-alarm").usd is None
    assert "no source for the price" in str(item(bill, "log-alarm").reason)
    ingested = item(bill, "log-ingestion").quantity
    # A day looked at every hour scans each line twenty-four times.
    assert ingested is not None
    assert item(bill, "log-scan").quantity == Span.exactly(ingested.least * 24)
    assert [each.usd for each in bill.alarms] == [Fraction("0.20"), Fraction("0.30"), Fraction("0.50"), None]


def test_the_sum_is_that_of_what_is_known() -> None:
    """What is not is listed beside it."""
    bill = bill_of(hourly(2), alarm("m"), LOG_ALARM, dashboards=(60, None))

    known = [each.usd.least for each in bill.items if each.usd is not None]
    assert bill.usd == Span.exactly(sum(known, Fraction(0)))
    assert [each.driver for each in bill.unknown] == ["log-storage", "log-alarm"]
    assert item(bill, "dashboard").usd == Span.exactly(6)


def test_less_than_an_hour_gives_bounds() -> None:
    """At least what was seen; the metrics at most all month; the bytes without a bound, so scans are not known."""
    at = NOON_MS
    lines = [(at + second, emf_line(at + second, ["A"], A="x", M=1)) for second in (0, 60_000)]

    bill = bill_of(as_inputs(*lines), LOG_ALARM)

    assert bill.basis is not None
    assert not bill.basis.is_enough
    assert item(bill, "custom-metric").quantity == Span(Fraction(1, 730), Fraction(1))
    ingested = item(bill, "log-ingestion").quantity
    assert ingested is not None
    assert ingested.most is None
    assert item(bill, "log-scan").usd is None
    assert bill.query_usd is None
    assert bill.usd is not None
    assert bill.usd.most is None


def test_without_lines_nothing_is_known_of_data() -> None:
    """Alarms and dashboards cost what they cost."""
    bill = bill_of(as_inputs(), alarm("m"), dashboards=(None,))

    assert bill.basis is None
    assert bill.usd == Span.exactly(Fraction("3.10"))
    assert {each.driver for each in bill.unknown} == {"custom-metric", "log-ingestion", "log-storage"}


def test_in_another_region_everything_is_unknown() -> None:
    """With the reason; the quantities are still told."""
    bill = bill_of(hourly(2), alarm("m"), region="eu-west-1")

    assert bill.usd is None
    assert item(bill, "custom-metric").quantity == Span.exactly(2)
    assert all("--prices FILE" in str(each.reason) for each in bill.items)
    assert {share.usd for share in bill.free} == {None}


def test_without_a_survey_the_volume_is_not_known() -> None:
    """The bytes of the lines cannot be guessed from their metrics."""
    bill = estimate_bill(extract(hourly(2)), None, book=BOOK, region=REGION)

    assert item(bill, "log-ingestion").usd is None
    assert item(bill, "custom-metric").quantity == Span.exactly(2)
    assert bill.alarms == ()


def test_combinations_that_were_not_kept_are_billed() -> None:
    """Of a set that exploded there are only counts."""
    kept = Cardinality("Space", ("A",), ("M", "N"), 1000, 5000, {"A": 1000}, kept=0)
    extraction = Extraction(MetricData(first_s=0, last_s=10 * 3600), cardinality=(kept,))

    bill = estimate_bill(extraction, None, book=BOOK, region=REGION)

    assert count_metrics(extraction) == 2000
    assert count_metric_hours(extraction) == 5000
    assert item(bill, "custom-metric").quantity == Span.exactly(Fraction(5000, 11))
    guessed = replace(extraction, cardinality=(replace(kept, is_exact=False),))
    assert item(estimate_bill(guessed, None, book=BOOK, region=REGION), "custom-metric").quantity == Span(
        Fraction(5000, 11), None
    )


@pytest.mark.parametrize(
    ("used", "usd"),
    [
        ({"custom-metric": 4}, "1.20"),
        ({"custom-metric": 400}, "3.00"),
        ({"standard-alarm": 12}, "1.00"),
        ({"dashboard": 2}, "6"),
        ({"dashboard": 5}, "9"),
        ({"log-ingestion": 2, "log-scan": 100}, "1.015"),  # 2 GB at 0.50, then 3 GB at 0.005
        ({"log-ingestion": 20, "log-scan": 100}, "2.50"),
        ({"high-resolution-alarm": 5}, None),
        ({"composite-alarm": 5}, None),
    ],
)
def test_the_free_tier_takes_off_the_dearest_first(used: dict[str, int], usd: str | None) -> None:
    """An upper bound, of what the allowance is for and of nothing else."""
    shares = free_shares(BOOK, REGION, {driver: Span.exactly(count) for driver, count in used.items()})

    assert [share.usd for share in shares] == ([] if usd is None else [Fraction(usd)])


def test_the_default_alarms_are_priced_one_by_one() -> None:
    """Every alarm of the default set is billed for something, and the bill has the sum of their charges."""
    definitions = default_definitions(Settings())
    bill = estimate_bill(extract(hourly(2)), definitions, book=BOOK, region=REGION, survey=survey_lines(hourly(2)))

    charges = [charge for each in definitions.alarms for charge in cost_of_alarm(each)]
    metrics = sum(charge.quantity or 0 for charge in charges if charge.driver == "standard-alarm")

    assert len(bill.alarms) == len(definitions.alarms)
    assert all(each.charges for each in bill.alarms)
    assert item(bill, "standard-alarm").quantity == Span.exactly(metrics)


@given(st.integers(2, 6), st.integers(1, 4))
def test_more_lines_never_cost_less(hours: int, copies: int) -> None:
    """Repeating a day's lines changes no metric, and multiplies the bytes."""
    once, times = hourly(hours), Inputs(events=hourly(hours).events * copies)

    one, many = bill_of(once), bill_of(times)

    assert item(one, "custom-metric").usd == item(many, "custom-metric").usd
    ingested, multiplied = item(one, "log-ingestion").quantity, item(many, "log-ingestion").quantity
    assert ingested is not None
    assert multiplied == Span.exactly(ingested.least * copies)
