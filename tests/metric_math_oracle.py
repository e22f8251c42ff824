"""
Metric math once more, in plain Python: lists, None for "no datapoint", one evaluation at a time.

It shares the parser with the evaluator that it judges, and nothing else.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from genai_obs.tools.metrics.math.parser import parse_expression
from genai_obs.tools.metrics.math.syntax import Binary, Call, Listed, Name, Negative, Node, Number, Text

Points = list[float | None]


@dataclass
class Single:
    """A number, or None when it has no value."""

    number: float | None


@dataclass
class Line:
    """A series."""

    points: Points


@dataclass
class Lines:
    """An array of series."""

    members: list[Points]


Result = Single | Line | Lines | str


@dataclass
class World:
    """The metrics of a request by id, and the periods."""

    metrics: Mapping[str, Points]
    starts_s: Sequence[int]
    period_s: int


def evaluate(text: str, world: World) -> list[Points]:
    """Return the series of an expression that has no mistakes."""
    tree, problems, _ = parse_expression(text)
    assert problems == []
    result = _value(tree, world)
    assert isinstance(result, Line | Lines)
    return [result.points] if isinstance(result, Line) else result.members


def _value(node: Node, world: World) -> Result:
    match node:
        case Number():
            return Single(node.value)
        case Text():
            return node.value
        case Name():
            return Line(list(world.metrics[node.text])) if node.text in world.metrics else node.text
        case Listed():
            return Lines([_line(_value(item, world)) for item in node.items])
        case Negative():
            return _operate("-", Single(0.0), _value(node.operand, world), turned=True)
        case Binary():
            return _operate(node.operator, _value(node.left, world), _value(node.right, world))
        case Call():
            return _call(node, world)
    raise AssertionError(node)


def _line(result: Result) -> Points:
    assert isinstance(result, Line)
    return result.points


def _truth(condition: bool) -> float:
    return 1.0 if condition else 0.0


_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
    "==": lambda a, b: _truth(a == b),
    "!=": lambda a, b: _truth(a != b),
    "<": lambda a, b: _truth(a < b),
    "<=": lambda a, b: _truth(a <= b),
    ">": lambda a, b: _truth(a > b),
    ">=": lambda a, b: _truth(a >= b),
    "AND": lambda a, b: _truth(a != 0 and b != 0),
    "OR": lambda a, b: _truth(a != 0 or b != 0),
}


def _compute(operator: str, left: float, right: float) -> float | None:
    """Return a result, or None where there is no finite one."""
    try:
        found = _OPERATORS[operator](left, right)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return found if not isinstance(found, complex) and math.isfinite(found) else None


def _operate(operator: str, left: Result, right: Result, *, turned: bool = False) -> Result:
    assert not isinstance(left, str)
    assert not isinstance(right, str)
    if isinstance(left, Lines) or isinstance(right, Lines):
        count = len(left.members) if isinstance(left, Lines) else len(right.members) if isinstance(right, Lines) else 0
        pairs = [(_nth(left, place), _nth(right, place)) for place in range(count)]
        return Lines([_line(_operate(operator, one, other, turned=turned)) for one, other in pairs])
    if isinstance(left, Single) and isinstance(right, Single):
        if left.number is None or right.number is None:
            return Single(None)
        return Single(-right.number if turned else _compute(operator, left.number, right.number))
    length = len(left.points) if isinstance(left, Line) else len(right.points) if isinstance(right, Line) else 0
    return Line([_at(operator, left, right, place, turned=turned) for place in range(length)])


def _nth(result: Single | Line | Lines, place: int) -> Single | Line:
    return Line(result.members[place]) if isinstance(result, Lines) else result


def _at(operator: str, left: Single | Line, right: Single | Line, place: int, *, turned: bool) -> float | None:
    one = left.number if isinstance(left, Single) else left.points[place]
    other = right.number if isinstance(right, Single) else right.points[place]
    with_number = isinstance(left, Single) or isinstance(right, Single)
    if (one is None and other is None) or (with_number and (one is None or other is None)):
        return None
    if turned:
        return -(other or 0.0)
    return _compute(operator, 0.0 if one is None else one, 0.0 if other is None else other)


def _there(points: Sequence[float | None]) -> list[float]:
    return [point for point in points if point is not None]


def _reduced(name: str, points: Sequence[float | None]) -> float | None:
    there = _there(points)
    if name == "DATAPOINT_COUNT":
        return float(len(there))
    if not there:
        return None
    if name == "STDDEV":
        mean = sum(there) / len(there)
        return math.sqrt(sum((point - mean) ** 2 for point in there) / len(there))
    return {"SUM": sum(there), "AVG": sum(there) / len(points), "MIN": min(there), "MAX": max(there)}[name]


def _reducer(name: str) -> Callable[[World, list[Result]], Result]:
    def run(world: World, arguments: list[Result]) -> Result:
        (value,) = arguments
        if isinstance(value, Line):
            return Single(_reduced(name, value.points))
        assert isinstance(value, Lines)
        moments = [[member[place] for member in value.members] for place in range(len(world.starts_s))]
        return Line([_reduced(name, moment) if _there(moment) else None for moment in moments])

    return run


def _elementwise(change: Callable[[Points, World], Points]) -> Callable[[World, list[Result]], Result]:
    def run(world: World, arguments: list[Result]) -> Result:
        value = arguments[0]
        if isinstance(value, Lines):
            return Lines([change(member, world) for member in value.members])
        return Line(change(_line(value), world))

    return run


def _each(function: Callable[[float], float]) -> Callable[[Points, World], Points]:
    return lambda points, _: [None if point is None else float(function(point)) for point in points]


def _logarithm(function: Callable[[float], float]) -> Callable[[Points, World], Points]:
    return lambda points, _: [None if point is None or point <= 0 else function(point) for point in points]


def _running_sum(points: Points, _: World) -> Points:
    total, found = 0.0, Points()
    for point in points:
        total += point or 0.0
        found.append(None if point is None else total)
    return found


def _changes(by: Callable[[float, float], float]) -> Callable[[Points, World], Points]:
    """Return what compares each datapoint with the one before; ``by`` gets both differences."""

    def change(points: Points, world: World) -> Points:
        before: tuple[float, int] | None = None
        found = Points()
        for point, start in zip(points, world.starts_s, strict=True):
            if point is None:
                found.append(None)
                continue
            found.append(None if before is None else by(point - before[0], start - before[1]))
            before = (point, start)
        return found

    return change


def _filled(points: Points, filler: Result) -> Points:
    return [_filler_at(points, place, filler) if point is None else point for place, point in enumerate(points)]


def _filler_at(points: Points, place: int, filler: Result) -> float | None:
    if isinstance(filler, Single):
        return filler.number
    if isinstance(filler, Line):
        return filler.points[place]
    before = [(other, point) for other, point in enumerate(points[:place]) if point is not None]
    after = [(other, point) for other, point in enumerate(points) if other > place and point is not None]
    if filler == "REPEAT":
        return before[-1][1] if before else None
    if not before or not after:
        return None
    (start, first), (end, last) = before[-1], after[0]
    return first + (place - start) / (end - start) * (last - first)


def _fill(_: World, arguments: list[Result]) -> Result:
    value, filler = arguments
    if isinstance(value, Lines):
        return Lines([_filled(member, filler) for member in value.members])
    return Line(_filled(_line(value), filler))


def _if(world: World, arguments: list[Result]) -> Result:
    condition, then, *rest = arguments
    otherwise = rest[0] if rest else None
    if isinstance(condition, Single):
        return _chosen(world, condition, [branch for branch in (then, otherwise) if branch is not None])
    points = _line(condition)
    return Line([_if_at(point, place, then, otherwise) for place, point in enumerate(points)])


def _chosen(world: World, condition: Single, branches: list[Result]) -> Result:
    branch: Result = Single(None)
    if condition.number is not None and condition.number != 0:
        branch = branches[0]
    elif condition.number is not None and len(branches) > 1:
        branch = branches[1]
    if isinstance(branch, Single) and any(isinstance(other, Line) for other in branches):
        return Line([branch.number] * len(world.starts_s))
    return branch


def _if_at(point: float | None, place: int, then: Result, otherwise: Result | None) -> float | None:
    if point is None:
        return None
    branch = then if point != 0 else otherwise
    if isinstance(branch, Line):
        found = branch.points[place]
        fills = branch is then or isinstance(then, Line)
        return 0.0 if found is None and fills else found
    return branch.number if isinstance(branch, Single) else None


def _clock(read: Callable[[datetime], float]) -> Callable[[World, list[Result]], Result]:
    return lambda world, _: Line([float(read(datetime.fromtimestamp(start, UTC))) for start in world.starts_s])


def _metrics(world: World, arguments: list[Result]) -> Result:
    part = arguments[0] if arguments else ""
    assert isinstance(part, str)
    return Lines([list(points) for name, points in world.metrics.items() if part in name])


def _members(value: Result) -> list[Points]:
    assert isinstance(value, Lines)
    return value.members


def _whole(value: Result) -> int:
    assert isinstance(value, Single)
    return int(value.number or 0)


def _sort(_: World, arguments: list[Result]) -> Result:
    array, function, direction = arguments[:3]
    sign = -1 if direction == "DESC" else 1
    keys = [(_reduced(str(function), member), member) for member in _members(array)]
    full = sorted(((key, member) for key, member in keys if key is not None), key=lambda pair: sign * pair[0])
    ordered = [member for _, member in full] + [member for key, member in keys if key is None]
    return Lines(ordered[: _whole(arguments[3])] if len(arguments) > 3 else ordered)


def _slice(_: World, arguments: list[Result]) -> Result:
    end = _whole(arguments[2]) if len(arguments) > 2 else None
    return Lines(_members(arguments[0])[_whole(arguments[1]) : end])


def _end(place: int) -> Callable[[World, list[Result]], Result]:
    def run(world: World, arguments: list[Result]) -> Result:
        members = _members(arguments[0])
        return Line(members[place] if members else [None] * len(world.starts_s))

    return run


def _time_series(world: World, arguments: list[Result]) -> Result:
    (value,) = arguments
    assert isinstance(value, Single)
    return Line([value.number] * len(world.starts_s))


_FUNCTIONS: dict[str, Callable[[World, list[Result]], Result]] = {
    **{name: _reducer(name) for name in ("AVG", "SUM", "MIN", "MAX", "STDDEV", "DATAPOINT_COUNT")},
    "ABS": _elementwise(_each(abs)),
    "CEIL": _elementwise(_each(math.ceil)),
    "FLOOR": _elementwise(_each(math.floor)),
    "LOG": _elementwise(_logarithm(math.log)),
    "LOG10": _elementwise(_logarithm(math.log10)),
    "RUNNING_SUM": _elementwise(_running_sum),
    "DIFF": _elementwise(_changes(lambda value, _: value)),
    "DIFF_TIME": _elementwise(_changes(lambda _, seconds: seconds)),
    "RATE": _elementwise(_changes(lambda value, seconds: value / seconds)),
    "FILL": _fill,
    "IF": _if,
    "MINUTE": _clock(lambda moment: moment.minute),
    "HOUR": _clock(lambda moment: moment.hour),
    "DAY": _clock(lambda moment: moment.isoweekday()),
    "DATE": _clock(lambda moment: moment.day),
    "MONTH": _clock(lambda moment: moment.month),
    "YEAR": _clock(lambda moment: moment.year),
    "EPOCH": _clock(lambda moment: moment.timestamp()),
    "PERIOD": lambda world, _: Single(float(world.period_s)),
    "METRIC_COUNT": lambda _, arguments: Single(float(len(_members(arguments[0])))),
    "TIME_SERIES": _time_series,
    "METRICS": _metrics,
    "SORT": _sort,
    "SLICE": _slice,
    "FIRST": _end(0),
    "LAST": _end(-1),
    "REMOVE_EMPTY": lambda _, arguments: Lines([member for member in _members(arguments[0]) if _there(member)]),
}


def _call(node: Call, world: World) -> Result:
    return _FUNCTIONS[node.name](world, [_value(argument, world) for argument in node.arguments])
