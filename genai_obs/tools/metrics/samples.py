"""What was published for metrics, put together by minute (or second, for metrics of high resolution)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from genai_obs.tools.metrics.identity import MetricId

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MINUTE_S = 60


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """
    The values published for one metric in one unit. Only buckets of time in which something was published are there.

    Args:
        metric: The metric.

        unit: CloudWatch's unit, ``None`` when it has none.

        bucket_s: Seconds that each bucket covers: 60, or 1 where the metric is stored with high resolution.

        starts_s: Start of each bucket in seconds since 1970 (UTC), a multiple of ``bucket_s``; ascending, each once.

        counts: How many values were published in each bucket; at least 1.

        sums: Their sum.

        minima: The smallest of them.

        maxima: The largest of them.

        values: All of them, bucket after bucket, ascending within each; None when they were not kept.

        offsets: Where each bucket begins in ``values``, and at last their number; None like ``values``.
    """

    metric: MetricId
    unit: str
    bucket_s: int
    starts_s: Integers
    counts: Floats
    sums: Floats
    minima: Floats
    maxima: Floats
    values: Floats | None = None
    offsets: Integers | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MetricData:
    """
    All metrics that were read.

    Args:
        samples: Each metric's samples, one for every unit it was published with.

        first_s: Start of the first bucket of all; None when there is none.

        last_s: Start of the last bucket of all; None when there is none.
    """

    samples: Mapping[MetricId, tuple[Samples, ...]] = field(default_factory=dict)
    first_s: int | None = None
    last_s: int | None = None
