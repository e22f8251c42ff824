"""The rule of ``parse_time_ms`` in DuckDB's SQL, for logs that no Python reads line by line."""

from genai_obs.tools.logs.times import MAX_MS

# The two forms that nearly all lines have: ours, and that of Powertools' logger. `try_strptime` with constant formats
# takes a third of the time of a cast, and is as strict as the rule; the length refuses the decimals that it would take.
_FAST = """nullif(greatest(CASE WHEN strlen({json}) IN (26, 30) THEN epoch_ms(try_strptime({json}::VARCHAR,
['"%Y-%m-%dT%H:%M:%S.%gZ"', '"%Y-%m-%d %H:%M:%S,%g+0000"'])) END, -1), -1)"""

_RFC3339 = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?"
)
_OFFSET = "[+-]([0-9]{2}):?([0-9]{2})$"

_TEXT = """CASE
WHEN regexp_full_match(text, '{rfc3339}') THEN
  epoch_ms(try_strptime(text[1:10] || ' ' || text[12:19], '%Y-%m-%d %H:%M:%S'))
  + CAST(rpad(regexp_extract(text[20:], '^[.,]([0-9]{{1,3}})', 1), 3, '0') AS BIGINT)
  - CASE WHEN regexp_matches(text[20:], '{offset}') THEN
      (CASE WHEN contains(text[20:], '-') THEN -60000 ELSE 60000 END)
      * (60 * CAST(regexp_extract(text[20:], '{offset}', 1) AS BIGINT)
         + CAST(regexp_extract(text[20:], '{offset}', 2) AS BIGINT))
    ELSE 0 END
WHEN regexp_full_match(text, '[0-9]+([.][0-9]+)?') THEN {number_of_text}
END"""

# Magnitudes and rounding as in `times.py`.
_NUMBER = """CAST(CASE
WHEN {number} < 0 THEN NULL
WHEN {number} < 1e11 THEN floor({number} / 1e-3 + 0.001)
WHEN {number} < 1e14 THEN floor({number})
WHEN {number} < 1e17 THEN floor({number} / 1e3)
WHEN {number} < 1e20 THEN floor({number} / 1e6)
END AS BIGINT)"""


def time_sql(json_expression: str) -> str:
    """
    Return SQL that gives the milliseconds (BIGINT) of a JSON value, or NULL, by the rule of ``parse_time_ms``.

    Args:
        json_expression: SQL of type JSON: one value such as ``"2026-11-20T23:43:53.523Z"`` (with its quotes) or
            ``1795218233523``, or NULL. It is repeated, so it should be a column.
    """
    json = f"({json_expression})"
    of_text = _TEXT.format(rfc3339=_RFC3339, offset=_OFFSET, number_of_text=_number("TRY_CAST(text AS DOUBLE)"))
    of_number = _number("TRY_CAST(text AS DOUBLE)")
    # The lambdas keep the optimizer from computing what the slow way repeats for lines that the fast way has read.
    slow = (
        f"CASE WHEN starts_with({json}::VARCHAR, '\"') THEN list_transform([{json}->>'$'], lambda text: {of_text})[1] "
        f"ELSE list_transform([{json}::VARCHAR], lambda text: CASE WHEN regexp_matches(text, '^-?[0-9]') "
        f"THEN {of_number} END)[1] END"
    )
    in_range = f"list_filter([{slow}], lambda ms: ms BETWEEN 0 AND {MAX_MS})[1]"
    return f"coalesce({_FAST.format(json=json)}, {in_range})"


def _number(number: str) -> str:
    return _NUMBER.format(number=number)
