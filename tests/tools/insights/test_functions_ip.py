"""Functions of IP addresses against Python's own reading of them."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insights_sql import run_sql, shown

from genai_obs.tools.insights.functions.calls import CompileProblem

ADDRESSES = [
    "::",
    "::1",
    "1::",
    "2001:db8::5",
    "2001:DB8:0:0:0:0:0:5",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7::",
    "::2:3:4:5:6:7:8",
    "::ffff:192.0.2.1",
    "64:ff9b::1.2.3.4",
    "1:2:3:4:5:6:1.2.3.4",
    "fe80::1",
    "255.255.255.255",
    "0.0.0.0",
    "10.0.0.1",
]

NO_ADDRESSES = [
    "",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    "1:",
    ":1",
    "::1.2.3",
    "::1.2.3.256",
    "1.2.3.4::",
    "1:2:3:4:5:6:7:1.2.3.4",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4 ",
    "1.2.3.4.",
    "1.2.3.4\n",
    "fe80::1%eth0 x",
    "word",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_are_valid_in_their_version_only(address: str) -> None:
    """Short forms, embedded IPv4, capitals."""
    version = ipaddress.ip_address(address).version

    assert shown("isValidIp(a)", a=address) == "1"
    assert shown("isValidIpV4(a)", a=address) == str(int(version == 4))
    assert shown("isValidIpV6(a)", a=address) == str(int(version == 6))


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_nearly_an_address_is_none(address: str) -> None:
    """It is invalid, in no subnet, neither private nor public."""
    tests = ["isValidIp(a)", 'isIpInSubnet(a, "::/0")', "isPrivateIP(a)", "isPublicIP(a)", "isReservedIP(a)"]

    assert [shown(test, a=address) for test in tests] == ["0"] * 5
    assert shown("ipv4ToNumber(a)", a=address) is None


@settings(max_examples=60, deadline=None)
@given(
    st.ip_addresses(v=6).map(str)
    | st.ip_addresses(v=6).map(lambda address: address.exploded.upper())
    | st.text("0123456789abcdefF:.", max_size=20)
)
def test_ipv6_is_read_as_python_reads_it(text: str) -> None:
    """Every text is either the same 128 bits, or no address, in both."""
    try:
        expected: str | None = f"{int(ipaddress.IPv6Address(text)):032x}"
    except ValueError:
        expected = None

    assert run_sql("SELECT q_ip6('" + text + "')") == [(expected,)]


@settings(max_examples=20, deadline=None)
@given(st.ip_addresses(), st.integers(0, 128), st.ip_addresses())
def test_subnets_hold_what_python_says(
    network: ipaddress.IPv4Address, bits: int, address: ipaddress.IPv4Address
) -> None:
    """Any network of either version, any address."""
    subnet = ipaddress.ip_network(f"{network}/{min(bits, network.max_prefixlen)}", strict=False)

    assert shown(f'isIpInSubnet(a, "{subnet}")', a=str(address)) == str(int(address in subnet))
    assert shown(f'isIpInSubnet(a, "{subnet}")', a=str(network)) == "1"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ('isIpv4InSubnet(a, "192.0.2.0/24")', "1"),
        ('isIpv4InSubnet(a, "192.0.2.9/24")', "1"),
        ('isIpv4InSubnet(a, "192.0.3.0/24")', "0"),
        ('isIpv4InSubnet(a, "::/0")', "0"),
        ('isIpv6InSubnet(a, "192.0.2.0/24")', "0"),
        ('isIpv6InSubnet("2001:db8::1", "2001:db8::/32")', "1"),
        ('isIpInSubnet(a, "192.0.2.7")', "1"),
        ('isIpInSubnet(missing, "192.0.2.0/24")', None),
        ("isValidIp(missing)", None),
        ("isPublicIP(missing)", None),
        ("ipv4ToNumber(a)", "3221225991"),
        ('ipv4ToNumber("::1")', None),
    ],
)
def test_subnets_and_numbers(text: str, result: str | None) -> None:
    """Versions do not mix; host bits in a subnet do not matter; an absent address is unknown."""
    assert shown(text, a="192.0.2.7") == result


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("172.32.0.1", "public"),
        ("192.168.255.255", "private"),
        ("fd00::1", "private"),
        ("8.8.8.8", "public"),
        ("2606:4700::1111", "public"),
        ("127.0.0.1", "reserved"),
        ("169.254.169.254", "reserved"),
        ("100.64.0.1", "reserved"),
        ("224.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::1", "reserved"),
        ("fe80::1", "reserved"),
        ("2001:db8::1", "reserved"),
    ],
)
def test_an_address_is_private_reserved_or_public(address: str, kind: str) -> None:
    """Exactly one of the three; the networks are our choice, for AWS names none."""
    tests = {"private": "isPrivateIP(a)", "reserved": "isReservedIP(a)", "public": "isPublicIP(a)"}

    assert {name for name, test in tests.items() if shown(test, a=address) == "1"} == {kind}


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ('isIpInSubnet(a, "10.0.0.0/33")', "invalid-subnet"),
        ('isIpInSubnet(a, "nope")', "invalid-subnet"),
        ("isIpInSubnet(a, b)", "constant-expected"),
    ],
)
def test_a_subnet_must_be_one(text: str, slug: str) -> None:
    """A wrong one is the user's mistake, not a quiet false."""
    with pytest.raises(CompileProblem) as problem:
        shown(text, a="10.0.0.1", b="10.0.0.0/8")

    assert problem.value.slug == slug
