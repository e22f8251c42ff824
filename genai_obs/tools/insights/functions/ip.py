"""Functions of IP addresses, by arithmetic: DuckDB's own extension for them is not part of its wheel."""

import ipaddress
from collections.abc import Callable, Sequence

from genai_obs.tools.insights.functions.calls import Arguments, CompileProblem, Function, Writer, functions_of
from genai_obs.tools.insights.sql.let import bind, let, macro
from genai_obs.tools.insights.sql.values import Sql, boolean, number, quote_text

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


def _addressed(arguments: Arguments, versions: Sequence[int], body: Callable[..., str]) -> Sql:
    """
    Return a test of a text's address, read once as each of the versions; unknown for an absent text.

    ``body`` takes as many operands: of an IPv4 address its number, of an IPv6 address its 32 digits.
    """
    test = let(
        [arguments.text(0)],
        lambda it: bind(
            [it, *(f"q_ip{version}({it})" for version in versions)],
            lambda whole, *addresses: _known(whole, body(*addresses)),
        ),
    )
    return boolean(test)


def _known(whole: str, test: str) -> str:
    return f"CASE WHEN {whole} IS NOT NULL THEN COALESCE({test}, FALSE) END"


def _is_valid(*versions: int) -> Writer:
    return lambda arguments: _addressed(arguments, versions, _any_of)


def _any_of(*addresses: str) -> str:
    return " OR ".join(f"{address} IS NOT NULL" for address in addresses)


def _within(network: _Network, address: str) -> str:
    """Return whether an address of the network's version lies in it."""
    first, last = network.network_address, network.broadcast_address
    if isinstance(network, ipaddress.IPv4Network):
        return f"{address} BETWEEN {int(first)} AND {int(last)}"
    # 32 hexadecimal digits compare as texts as the addresses do as numbers.
    return f"{address} BETWEEN {quote_text(f'{int(first):032x}')} AND {quote_text(f'{int(last):032x}')}"


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
            return _addressed(arguments, (), lambda: "FALSE")
        return _addressed(arguments, (network.version,), lambda address: _within(network, address))

    return write


def _in_any(networks: tuple[str, ...], v4: str, v6: str) -> str:
    parsed = [ipaddress.ip_network(network) for network in networks]
    return " OR ".join(_within(network, v4 if network.version == 4 else v6) for network in parsed)


def _is_in(*networks: str) -> Writer:
    return lambda arguments: _addressed(arguments, (4, 6), lambda v4, v6: _in_any(networks, v4, v6))


def _is_public(arguments: Arguments) -> Sql:
    def public(v4: str, v6: str) -> str:
        return f"({_any_of(v4, v6)}) AND NOT COALESCE({_in_any(_PRIVATE + _RESERVED, v4, v6)}, FALSE)"

    return _addressed(arguments, (4, 6), public)


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
