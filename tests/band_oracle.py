"""A second, plain implementation of our anomaly band: one period at a time, with Python's own medians."""

import math
from collections.abc import Mapping
from functools import cache
from statistics import fmean, median

HOUR_S, DAY_S = 3600, 86_400


def expected_band(
    values: Mapping[int, float], period_s: int, width: float, start_s: int, earliest_s: int
) -> tuple[float, float]:
    """
    Return lower and upper bound of the period that begins at ``start_s``, NaN where there is none.

    Args:
        values: The datapoint of each period by its start; NaN where it is missing.

        period_s: Seconds of each period.

        width: Of the band.

        start_s: What is judged.

        earliest_s: Where reading begins.
    """
    step_s = min(period_s, 900)
    first = -(-(earliest_s // DAY_S - 16) * DAY_S // step_s) * step_s
    known = {start: values[start] for start in range(first, start_s, step_s) if not math.isnan(values[start])}
    if not known:
        return math.nan, math.nan
    whole = min(known) if min(known) == first else min(known) + period_s - step_s
    midnight = start_s // DAY_S * DAY_S
    young = midnight - whole < 3 * DAY_S
    cut = start_s // HOUR_S * HOUR_S if young else midnight
    oldest = -math.inf if young else midnight - 14 * DAY_S
    train = {
        start + period_s // 2: found
        for start, found in known.items()
        if start >= whole and start + period_s <= cut and start + period_s // 2 >= oldest
    }
    level, spread = _usual(train, period_s, start_s + period_s // 2, young=young)
    if not spread > 0:
        return math.nan, math.nan
    return level - width * spread, level + width * spread


def _usual(train: dict[int, float], period_s: int, middle_s: int, *, young: bool) -> tuple[float, float]:
    @cache
    def season(weekend: bool, hour: int) -> tuple[float, float]:
        alike = [middle for middle in train if _hour(middle) == hour]
        for wanted in ([middle for middle in alike if _is_weekend(middle) == weekend], alike):
            days = {middle // DAY_S for middle in wanted}
            if not young and len(days) >= 3 * -(-period_s // DAY_S):
                return _middle([train[middle] for middle in wanted])
        return everything

    enough = len(train) >= 12 * -(-period_s // min(period_s, 900))
    everything = _middle(list(train.values())) if enough else (math.nan, math.nan)
    level, spread = season(_is_weekend(middle_s), _hour(middle_s))
    if math.isnan(level):
        return level, spread
    away = [abs(found - season(_is_weekend(middle), _hour(middle))[0]) for middle, found in train.items()]
    away = [distance for distance in away if not math.isnan(distance)]
    pooled = 1.4826 * median(away) or 1.2533 * fmean(away)
    return level, max(spread, 0.5 * pooled, 0.01 * abs(level))


def _middle(values: list[float]) -> tuple[float, float]:
    level = median(values)
    return level, 1.4826 * median([abs(value - level) for value in values])


def _hour(middle_s: int) -> int:
    return middle_s % DAY_S // HOUR_S


def _is_weekend(middle_s: int) -> bool:
    return (middle_s // DAY_S + 3) % 7 >= 5
