"""The functions of the query language, one row each."""

from genai_obs.tools.insights.calls import Age, Mark, Signature

_ROWS: tuple[tuple[str, Age, Mark, tuple[tuple[str, int, int | None, str], ...]], ...] = (
    (
        "number",
        "core",
        "documented",
        (
            ("abs", 1, 1, "absolute value"),
            ("ceil", 1, 1, "next integer up; an integer is itself"),
            ("floor", 1, 1, "next integer down; an integer is itself"),
            ("greatest", 1, None, "largest of the numbers; absent ones are left out"),
            ("least", 1, None, "smallest of the numbers; absent ones are left out"),
            ("log", 1, 1, "natural logarithm; absent for 0 and below"),
            ("sqrt", 1, 1, "square root; absent below 0"),
        ),
    ),
    (
        "number",
        "new",
        "documented",
        (
            ("round", 1, 2, "nearest number with that many decimal places (0 by default); halves away from zero"),
            ("haversine", 4, 4, "kilometres between two points: latitude, longitude, latitude, longitude in degrees"),
            ("toNumber", 1, 1, "the text as a number; absent when it does not read as one"),
            ("toInt", 1, 1, "the same without its fraction; absent outside 32 bits"),
            ("toLong", 1, 1, "the same without its fraction; absent outside 64 bits"),
            ("toDouble", 1, 1, "the same as toNumber"),
        ),
    ),
    (
        "general",
        "core",
        "documented",
        (
            ("ispresent", 1, 1, "whether the field has a value"),
            ("coalesce", 1, None, "the first value that is present"),
        ),
    ),
    (
        "general",
        "new",
        "documented",
        (
            ("if", 3, 3, "the second argument where the first is true, else the third"),
            (
                "case",
                2,
                21,
                "pairs of condition and value, then an optional default: the value of the first true condition",
            ),
            ("isNumeric", 1, 1, "whether the value reads as a number"),
            ("messageSize", 1, 1, "bytes of the text in UTF-8"),
            ("queryStartTime", 0, 0, "start of the query's time range, epoch milliseconds"),
            ("queryEndTime", 0, 0, "end of the query's time range, epoch milliseconds"),
            ("queryTimeRange", 0, 0, "length of the query's time range in milliseconds"),
        ),
    ),
    (
        "time",
        "core",
        "documented",
        (
            ("bin", 1, 1, "`@timestamp` rounded down to the period"),
            ("datefloor", 2, 2, "the time rounded down to the period"),
            ("dateceil", 2, 2, "the time rounded up to the period; a boundary is itself"),
            ("fromMillis", 1, 1, "epoch milliseconds as a time"),
            ("toMillis", 1, 1, "a time as epoch milliseconds"),
            ("now", 0, 0, "when the query started, epoch seconds"),
        ),
    ),
    (
        "time",
        "new",
        "documented",
        (
            ("parseDate", 2, 3, "a text read by a Java date pattern (and time zone), as epoch milliseconds"),
            ("formatDate", 2, 3, "a time written by a strftime pattern (and time zone)"),
            ("strftime", 2, 3, "the same as formatDate"),
        ),
    ),
    (
        "text",
        "core",
        "documented",
        (
            ("isempty", 1, 1, "1 where the text is empty or absent, else 0"),
            ("isblank", 1, 1, "1 where the text has nothing but blanks or is absent, else 0"),
            ("concat", 1, None, "the texts joined; an absent one is empty"),
            ("ltrim", 1, 2, "the text without leading blanks, or without leading characters of that set"),
            ("rtrim", 1, 2, "the text without trailing blanks, or without trailing characters of that set"),
            ("trim", 1, 2, "both"),
            ("strlen", 1, 1, "length in code points"),
            ("toupper", 1, 1, "in upper case"),
            ("tolower", 1, 1, "in lower case"),
            ("substr", 2, 3, "from a position (the first is 0) to the end, or so many code points"),
            ("replace", 3, 3, "every occurrence of the second text replaced by the third"),
            (
                "strcontains",
                2,
                3,
                "1 where the first text contains the second, else 0; a true third argument ignores case",
            ),
        ),
    ),
    (
        "text",
        "new",
        "documented",
        (
            ("regexReplace", 3, 3, "every match of the RE2 pattern replaced"),
            ("startsWith", 2, 2, "1 where the text begins with the other, else 0"),
            ("endsWith", 2, 2, "1 where the text ends with the other, else 0"),
            ("urlencode", 1, 1, "percent-encoded"),
            ("urldecode", 1, 1, "percent-decoded"),
            ("base64encode", 1, 1, "base64 of the text's UTF-8 bytes"),
            ("base64decode", 1, 1, "the text behind base64; absent when it is none"),
            ("split", 2, 2, "the list of texts between the separators"),
            ("hexToAscii", 1, 1, "the text of hexadecimal byte pairs"),
            ("hexToDec", 1, 1, "the number of a hexadecimal text, with or without 0x"),
            ("decToHex", 1, 1, "the number in hexadecimal: 0xff, -0x1; fractions are cut"),
        ),
    ),
    (
        "json",
        "core",
        "documented",
        (
            ("jsonParse", 1, 1, "the map or list of a JSON text; absent for anything else"),
            ("jsonStringify", 1, 1, "a map or list as JSON text"),
        ),
    ),
    (
        "json",
        "new",
        "documented",
        (
            ("jsonArraySize", 1, 1, "elements of a JSON array text; absent for anything else"),
            ("jsonArrayContains", 2, 2, "1 where the JSON array text has that value, else 0"),
        ),
    ),
    (
        "ip",
        "core",
        "documented",
        (
            ("isValidIp", 1, 1, "whether the text is an IPv4 or IPv6 address"),
            ("isValidIpV4", 1, 1, "whether it is an IPv4 address"),
            ("isValidIpV6", 1, 1, "whether it is an IPv6 address"),
            ("isIpInSubnet", 2, 2, "whether the address lies in the subnet, such as `192.0.2.0/24`"),
            ("isIpv4InSubnet", 2, 2, "the same for IPv4 only"),
            ("isIpv6InSubnet", 2, 2, "the same for IPv6 only"),
        ),
    ),
    (
        "ip",
        "new",
        "documented",
        (
            ("ipv4ToNumber", 1, 1, "an IPv4 address as a number"),
            ("isPrivateIP", 1, 1, "whether the address is of a private network"),
            ("isPublicIP", 1, 1, "whether the address is reachable from everywhere"),
            ("isReservedIP", 1, 1, "whether the address is set aside by a standard"),
        ),
    ),
    (
        "hash",
        "new",
        "documented",
        (
            ("md5", 1, 1, "MD5 of the text, lower-case hexadecimal"),
            ("sha256", 1, 1, "SHA-256 of the text, lower-case hexadecimal"),
        ),
    ),
    ("mask", "core", "documented", (("unmask", 1, 1, "the text itself: logs on disk are not masked"),)),
)

FUNCTIONS: dict[str, Signature] = {
    signature.name: signature
    for group, age, mark, rows in _ROWS
    for signature in (Signature(*row, group=group, age=age, mark=mark) for row in rows)
}
