"""Functions of IP addresses, by arithmetic: DuckDB's own extension for them is not part of its wheel."""

import ipaddress

from genai_obs.tools.insights.calls import Arguments, CompileProblem, Function, Writer, functions_of
from genai_obs.tools.insights.sql_values import Sql, boolean, let, macro, number, quote_text

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Which networks AWS means is unknown. Private: RFC 1918 and RFC 4193.
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")

# Ours: what IANA's special-purpose registries do not make globally reachable, and multicast.
_RESERVED = (
    "0.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/127",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
    "fe80::/10",
    "ff00::/8",
)


def _known(test: str, operand: str) -> str:
    """Return a test of an address that is false for what is none, and unknown for an absent text."""
    return f"COALESCE({test}, CASE WHEN {operand} IS NOT NULL THEN FALSE END)"


def _is_valid(*versions: int) -> Writer:
    def write(arguments: Arguments) -> Sql:
        return boolean(let([arguments.text(0)], lambda it: _known(_any_valid(it, versions), it)))

    return write


def _any_valid(operand: str, versions: tuple[int, ...]) -> str:
    tests = " OR ".join(f"q_ip{version}({operand}) IS NOT NULL" for version in versions)
    return f"CASE WHEN {operand} IS NOT NULL THEN {tests} END"


def _within(operand: str, network: _Network) -> str:
    """Return whether an address lies in a network; NULL when it is none of that version."""
    first, last = network.network_address, network.broadcast_address
    if isinstance(network, ipaddress.IPv4Network):
        return f"q_ip4({operand}) BETWEEN {int(first)} AND {int(last)}"
    # 32 hexadecimal digits compare as texts as the addresses do as numbers.
    return f"q_ip6({operand}) BETWEEN {quote_text(f'{int(first):032x}')} AND {quote_text(f'{int(last):032x}')}"


def _in_subnet(*versions: int) -> Writer:
    def write(arguments: Arguments) -> Sql:
        written = arguments.constant_text(1, "the subnet")
        try:
            network = ipaddress.ip_network(written, strict=False)
        except ValueError as bad:
            raise CompileProblem(
                "invalid-subnet", f'"{written}" is no subnet', arguments.span(1), "such as 192.0.2.0/24"
            ) from bad
        if network.version not in versions:
            return boolean(let([arguments.text(0)], lambda it: f"CASE WHEN {it} IS NOT NULL THEN FALSE END"))
        return boolean(let([arguments.text(0)], lambda it: _known(_within(it, network), it)))

    return write


def _in_any(operand: str, networks: tuple[str, ...]) -> str:
    return " OR ".join(f"COALESCE({_within(operand, ipaddress.ip_network(network))}, FALSE)" for network in networks)


def _is_in(*networks: str) -> Writer:
    def write(arguments: Arguments) -> Sql:
        return boolean(
            let([arguments.text(0)], lambda it: f"CASE WHEN {it} IS NOT NULL THEN {_in_any(it, networks)} END")
        )

    return write


def _is_public(arguments: Arguments) -> Sql:
    def public(operand: str) -> str:
        return f"({_any_valid(operand, (4, 6))}) AND NOT ({_in_any(operand, _PRIVATE + _RESERVED)})"

    return boolean(let([arguments.text(0)], lambda it: f"CASE WHEN {it} IS NOT NULL THEN {public(it)} END"))


def _to_number(arguments: Arguments) -> Sql:
    return number(f"CAST({macro('q_ip4', arguments.text(0))} AS DOUBLE)")


FUNCTIONS: dict[str, Function] = functions_of(
    "ip",
    "core",
    (
        ("isValidIp", 1, 1, "whether the text is an IPv4 or IPv6 address", _is_valid(4, 6)),
        ("isValidIpV4", 1, 1, "whether it is an IPv4 address", _is_valid(4)),
        ("isValidIpV6", 1, 1, "whether it is an IPv6 address", _is_valid(6)),
        ("isIpInSubnet", 2, 2, "whether the address lies in the subnet, such as `192.0.2.0/24`", _in_subnet(4, 6)),
        ("isIpv4InSubnet", 2, 2, "the same for IPv4 only", _in_subnet(4)),
        ("isIpv6InSubnet", 2, 2, "the same for IPv6 only", _in_subnet(6)),
    ),
) | functions_of(
    "ip",
    "new",
    (
        ("ipv4ToNumber", 1, 1, "an IPv4 address as a number", _to_number),
        ("isPrivateIP", 1, 1, "whether the address is of a private network (RFC 1918, RFC 4193)", _is_in(*_PRIVATE)),
        ("isPublicIP", 1, 1, "whether the address is neither private nor reserved", _is_public),
        ("isReservedIP", 1, 1, "whether a registry sets the address aside: loopback, multicast…", _is_in(*_RESERVED)),
    ),
)
