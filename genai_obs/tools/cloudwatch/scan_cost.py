"""What a query costs: CloudWatch bills the bytes that Logs Insights scans."""

# 0.005 USD per GB scanned, US East (N. Virginia). Not from AWS: no copy of its price list was at hand. Two third
# parties say so: factualminds.com (8 May 2026) and c3x.dev (June 2026). Other Regions cost more or less: no figure.
_USD_PER_GB = {"us-east-1": 0.005}
_BYTES_PER_GB = 1_000_000_000

PRICE_SOURCE = "0.005 USD per GB in us-east-1, as third parties say (June 2026); free tier not deducted"


def scan_usd(bytes_scanned: float, region: str | None) -> float | None:
    """Return the estimated price of a scan in USD; None for a Region of which no price is known."""
    rate = _USD_PER_GB.get(region or "")
    return None if rate is None else rate * bytes_scanned / _BYTES_PER_GB
