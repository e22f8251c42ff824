"""The SQL macros that compiled queries use: create them once on a connection."""

# What reads as a number, besides being finite.
NUMBER_PATTERN = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"

# Times that have a text of the usual form: the years 1 to 9999.
FIRST_TIME_MS = -62_135_596_800_000
LAST_TIME_MS = 253_402_300_799_999

# TRY_CAST also takes 1_000, blanks around, +-1 and nan, so the pattern has the last word; texts that are no numbers
# at all, most of those that are asked, never reach it.
_NUMBER = f"""CASE WHEN isfinite(TRY_CAST(t AS DOUBLE)) AND regexp_full_match(t, '{NUMBER_PATTERN}')
    THEN TRY_CAST(t AS DOUBLE) END"""

_NUMBER_TEXT = """CASE
    WHEN x = trunc(x) THEN CASE WHEN abs(x) < 1e15 THEN CAST(CAST(x AS BIGINT) AS VARCHAR)
        ELSE regexp_replace(CAST(x AS VARCHAR), '[.]0$', '') END
    WHEN abs(x) >= 1e-4 THEN CAST(x AS VARCHAR)
    ELSE CASE WHEN x < 0 THEN '-0.' ELSE '0.' END
        || repeat('0', CAST(split_part(CAST(x AS VARCHAR), 'e-', 2) AS INTEGER) - 1)
        || replace(split_part(CAST(abs(x) AS VARCHAR), 'e-', 1), '.', '') END"""

_TIME_TEXT = f"""CASE WHEN t BETWEEN {FIRST_TIME_MS} AND {LAST_TIME_MS}
    THEN strftime(make_timestamp_ms(t), '%Y-%m-%d %H:%M:%S.%g') END"""

# By the first character, without parsing: JSON that was taken out of JSON begins with its value. A decimal of at
# most 15 digits that does not end in 0 is the shortest text of its number already. Without an exponent, 300
# characters are never infinite. NULL comes first because most lines lack most keys, and would try every branch.
_JSON_TEXT = """CASE WHEN s IS NULL THEN NULL WHEN starts_with(s, '"') THEN json_extract_string(j, '$')
    ELSE CASE left(s, 1)
    WHEN 't' THEN '1' WHEN 'f' THEN '0' WHEN 'n' THEN NULL WHEN '{' THEN NULL WHEN '[' THEN NULL
    ELSE CASE
        WHEN contains(s, 'e') OR contains(s, 'E')
            THEN COALESCE(q_number_text(q_finite(TRY_CAST(s AS DOUBLE))), s)
        WHEN NOT contains(s, '.') THEN CASE WHEN s = '-0' THEN '0' ELSE s END
        WHEN strlen(s) <= 16 AND NOT ends_with(s, '0') THEN s
        WHEN strlen(s) <= 300 THEN q_number_text(TRY_CAST(s AS DOUBLE))
        ELSE COALESCE(q_number_text(q_finite(TRY_CAST(s AS DOUBLE))), s) END END END"""

# A text that begins with no digit, sign or point is not even tried as a number.
_JSON_NUMBER = """CASE WHEN s IS NULL THEN NULL
    WHEN left(s, 1) BETWEEN '-' AND '9' THEN q_finite(TRY_CAST(s AS DOUBLE))
    WHEN left(s, 1) = '"' THEN CASE WHEN substr(s, 2, 1) BETWEEN '+' AND '9' OR contains(s, '\\')
        THEN q_number(json_extract_string(j, '$')) END
    WHEN s = 'true' THEN 1 WHEN s = 'false' THEN 0 END"""

# Runs of digits by length and then by value, which for equal lengths is by code point. Ten digits of length
# keep them in order; the leading 0 keeps a run of digits between other characters, where its first digit stands.
_RUNS = r"""list_transform(regexp_extract_all(t, '[0-9]+|[^0-9]+'),
    lambda r: CASE WHEN r[1] BETWEEN '0' AND '9'
        THEN '0' || lpad(CAST(length(r) AS VARCHAR), 10, '0') || r ELSE r END)"""

# Four numbers without leading zeros; what is larger than a byte is told by the numbers themselves.
_IP4 = """CASE WHEN regexp_full_match(t, '(0|[1-9][0-9]{0,2})([.](0|[1-9][0-9]{0,2})){3}') THEN
    list_reduce(list_transform(string_split(t, '.'), lambda part: CASE WHEN length(part) < 3 OR part <= '255'
        THEN CAST(part AS BIGINT) END), lambda high, low: high * 256 + low) END"""

# The groups of one side of an IPv6 address's "::", four digits each; NULL where they are none.
_IP6_GROUPS = """CASE WHEN t = '' THEN '' WHEN regexp_full_match(t, '[0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,7}')
    THEN array_to_string(list_transform(string_split(t, ':'), lambda g: lpad(g, 4, '0')), '') END"""

_IP6_TAIL = """CASE WHEN contains(t, '.') THEN regexp_extract(t, '^.*:') || list_transform(
    [list_transform([regexp_extract(t, '[^:]*$')], lambda tail: q_ip4(tail))[1]], lambda n: q_ip4_groups(n))[1]
    ELSE t END"""

_IP6_HALVES = """CASE len(h)
    WHEN 1 THEN CASE WHEN length(h[1]) = 32 THEN h[1] END
    WHEN 2 THEN CASE WHEN length(h[1]) + length(h[2]) <= 28
        THEN h[1] || repeat('0', 32 - length(h[1]) - length(h[2])) || h[2] END END"""

# An IPv6 address as its 32 hexadecimal digits.
_IP6 = """CASE WHEN regexp_full_match(t, '[0-9a-fA-F:.]{2,45}') THEN
    list_transform([list_transform(string_split(q_ip6_tail(lower(t)), '::'), lambda side: q_ip6_groups(side))],
        lambda halves: q_ip6_halves(halves))[1] END"""

# Digit by digit as doubles, so that any length has a number.
_HEX_NUMBER = """CASE WHEN regexp_full_match(t, '-?(0[xX])?[0-9a-fA-F]{1,64}') THEN
    CASE WHEN starts_with(t, '-') THEN -1 ELSE 1 END * list_reduce(list_transform(
        regexp_extract_all(regexp_replace(lower(t), '^-?(0x)?', ''), '.'),
        lambda digit: CAST(strpos('0123456789abcdef', digit) - 1 AS DOUBLE)), lambda high, low: high * 16 + low) END"""

_HEX = """CASE WHEN abs(x) < 9223372036854775807
    THEN CASE WHEN x <= -1 THEN '-0x' ELSE '0x' END || lower(to_hex(CAST(trunc(abs(x)) AS BIGINT))) END"""

MACROS: tuple[str, ...] = tuple(
    f"CREATE OR REPLACE TEMP MACRO {head} AS {body}"
    for head, body in (
        ("q_finite(x)", "CASE WHEN isfinite(x) THEN x END"),
        ("q_number(t)", _NUMBER),
        ("q_number_text(x)", _NUMBER_TEXT),
        ("q_power(x, y)", "CASE WHEN isfinite(x) AND isfinite(y) THEN q_finite(pow(x, y)) END"),
        ("q_time(x)", f"CASE WHEN x BETWEEN {FIRST_TIME_MS} AND {LAST_TIME_MS} THEN CAST(trunc(x) AS BIGINT) END"),
        ("q_time_text(t)", _TIME_TEXT),
        ("q_json_text_of(j, s)", _JSON_TEXT),
        ("q_json_text(j)", "q_json_text_of(j, CAST(j AS VARCHAR))"),
        ("q_json_number_of(j, s)", _JSON_NUMBER),
        ("q_json_number(j)", "q_json_number_of(j, CAST(j AS VARCHAR))"),
        (
            "q_json_shown(j)",
            "CASE WHEN json_type(j) IN ('OBJECT', 'ARRAY') THEN CAST(json(j) AS VARCHAR) ELSE q_json_text(j) END",
        ),
        ("q_if_present(j)", "CASE WHEN json_type(j) <> 'NULL' THEN FALSE END"),
        ("q_is_open(j)", "json_type(j) IN ('OBJECT', 'ARRAY')"),
        ("q_json_opened(j)", "CASE WHEN json_type(j) IN ('OBJECT', 'ARRAY') THEN j END"),
        ("q_json_parse(t)", "q_json_opened(CAST(json(TRY_CAST(t AS JSON)) AS JSON))"),
        ("q_runs(t)", _RUNS),
        ("q_position(x)", "CAST(CASE WHEN x < 0 THEN 0 WHEN x > 1e9 THEN 1e9 ELSE trunc(x) END AS BIGINT)"),
        ("q_ip4(t)", _IP4),
        ("q_ip4_groups(n)", "lower(to_hex(n // 65536)) || ':' || lower(to_hex(n % 65536))"),
        ("q_ip6_groups(t)", _IP6_GROUPS),
        ("q_ip6_tail(t)", _IP6_TAIL),
        ("q_ip6_halves(h)", _IP6_HALVES),
        ("q_ip6(t)", _IP6),
        ("q_hex_number(t)", _HEX_NUMBER),
        ("q_hex(x)", _HEX),
    )
)
