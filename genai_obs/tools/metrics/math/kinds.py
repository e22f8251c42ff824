"""What an expression gives: a number, a series, several series, or a word for a function."""

from enum import Enum


class Kind(Enum):
    """The types of metric math (CloudWatch User Guide, using-metric-math): S, TS, TS[], and texts and words."""

    SCALAR = "a single number"
    SERIES = "a time series"
    ARRAY = "an array of time series"
    TEXT = "a quoted text"
    WORD = "a word"


NUMERIC = (Kind.SCALAR, Kind.SERIES, Kind.ARRAY)
MANY = (Kind.SERIES, Kind.ARRAY)
