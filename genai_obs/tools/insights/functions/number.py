"""Functions of numbers."""

from genai_obs.tools.insights.functions.calls import Arguments, Function, Writer, functions_of
from genai_obs.tools.insights.sql.let import let
from genai_obs.tools.insights.sql.values import Kind, Sql, finite, number, present

# Mean radius of the Earth in kilometres (AWS does not say which it uses).
_EARTH_KM = "6371.0::DOUBLE"


def _over(template: str) -> Writer:
    """Return the writer of a function of one number that is never infinite for a finite one."""
    return lambda arguments: number(template.format(arguments.number(0)))


def _computed(template: str) -> Writer:
    """Return the writer of a function of one number that has no result everywhere."""
    return lambda arguments: number(finite(template.format(arguments.number(0))))


def _extreme(function: str) -> Writer:
    """Return the writer of a choice among numbers: absent ones are left out, one that is no number spoils it."""

    def write(arguments: Arguments) -> Sql:
        values = arguments.values()
        numbers = [arguments.number(index) for index in range(len(values))]
        spoilt = [
            f"({present(value)} AND {numeric} IS NULL)"
            for value, numeric in zip(values, numbers, strict=True)
            if value.kind in {Kind.TEXT, Kind.JSON}
        ]
        chosen = f"{function}({', '.join(numbers)})"
        return number(f"CASE WHEN {' OR '.join(spoilt)} THEN NULL ELSE {chosen} END" if spoilt else chosen)

    return write


def _round(arguments: Arguments) -> Sql:
    """
    Return the nearest number with some digits; halves go away from zero (unknown on CloudWatch, so ours).

    Beyond 15 digits a double has nothing to round; before 309 there is nothing left of it.
    """
    if len(arguments) == 1:
        return number(f"round({arguments.number(0)})")
    operands = [arguments.number(0), arguments.number(1)]
    return number(
        let(
            operands,
            lambda x, digits: (
                f"CASE WHEN {digits} > 15 OR abs({x}) >= 1e15 AND {digits} >= 0 THEN {x}"
                f" WHEN {digits} < -308 THEN {x} * 0"
                f" ELSE q_finite(round({x}, CAST(trunc({digits}) AS INTEGER))) END"
            ),
        )
    )


def _haversine(arguments: Arguments) -> Sql:
    def half_chord(lat1: str, lon1: str, lat2: str, lon2: str) -> str:
        return (
            f"pow(sin(radians({lat2} - {lat1}) / 2), 2)"
            f" + cos(radians({lat1})) * cos(radians({lat2})) * pow(sin(radians({lon2} - {lon1}) / 2), 2)"
        )

    square = let([arguments.number(index) for index in range(4)], half_chord)
    # Rounding may make it a little more than 1 for two points opposite each other.
    angle = let([square], lambda it: f"CASE WHEN {it} >= 1 THEN pi() / 2 ELSE asin(sqrt({it})) END")
    return number(finite(f"(2 * {_EARTH_KM} * {angle})"))


def _whole(bits: int) -> Writer:
    """Return the writer of a cut to a whole number that fits into so many bits."""
    bound = f"{2 ** (bits - 1)}::DOUBLE"
    return lambda arguments: number(
        let(
            [arguments.number(0)],
            lambda x: f"CASE WHEN trunc({x}) >= -{bound} AND trunc({x}) < {bound} THEN trunc({x}) END",
        )
    )


FUNCTIONS: dict[str, Function] = functions_of(
    "number",
    "core",
    (
        ("abs", 1, 1, "absolute value", _over("abs({})")),
        ("ceil", 1, 1, "next whole number up; a whole number is itself", _over("ceil({})")),
        ("floor", 1, 1, "next whole number down; a whole number is itself", _over("floor({})")),
        ("greatest", 1, None, "largest of the numbers; absent ones are left out", _extreme("greatest")),
        ("least", 1, None, "smallest of the numbers; absent ones are left out", _extreme("least")),
        ("log", 1, 1, "natural logarithm; absent for 0 and below", _computed("ln({})")),
        ("sqrt", 1, 1, "square root; absent below 0", _computed("sqrt({})")),
    ),
) | functions_of(
    "number",
    "new",
    (
        ("round", 1, 2, "nearest number with that many decimal places (0 by default); halves away from zero", _round),
        ("haversine", 4, 4, "kilometres between two points: latitude and longitude of each, in degrees", _haversine),
        ("toNumber", 1, 1, "the text as a number; absent when it does not read as one", _over("{}")),
        ("toInt", 1, 1, "the same without its fraction; absent outside 32 bits", _whole(32)),
        ("toLong", 1, 1, "the same without its fraction; absent outside 64 bits", _whole(64)),
        ("toDouble", 1, 1, "the same as toNumber", _over("{}")),
    ),
)
