"""A newer snapshot on the user's machine: the installed lists, and an AWS Price List where one can be read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from genai_obs.errors import GenaiObsError, MissingExtraError
from genai_obs.tools.prices import price_list, sources
from genai_obs.tools.prices.claims import Claim
from genai_obs.tools.prices.overlay import Overlay

Say = Callable[[str], None]

# Read from a URL when the user names none: one Region of each price level.
_DEFAULT_REGIONS = ("us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-northeast-1")


def refreshed_extracts(committed: Sequence[Mapping[str, Any]], say: Say) -> list[Mapping[str, Any]]:
    """Return what the installed packages say today; the shipped extract stands in for one that is not installed."""
    today = datetime.now(UTC).date().isoformat()
    readers = {"genai-prices": sources.extract_genai_prices, "litellm": sources.extract_litellm}
    extracts: list[Mapping[str, Any]] = []
    for extract in committed:
        name = extract["source"]
        try:
            found = readers[name](today)
        except MissingExtraError:
            say(f"{name} is not installed: its extract of {extract['as_of']} is used")
            found = dict(extract)
        extracts.append(found)
    return extracts


def refreshed_claims(place: str | None, regions: Sequence[str], overlay: Overlay, say: Say) -> list[Claim]:
    """
    Return the rows of a Price List.

    Args:
        place: A folder of offer files, a URL of the service, or None for no Price List.

        regions: Regions to read from a URL.

        overlay: Which models we know.

        say: Called with one sentence on what was not understood.

    Raises:
        GenaiObsError: Nothing can be read there.
    """
    if place is None:
        return []
    if place.startswith(("https://", "http://")):
        offers = price_list.download_offers(place, regions or _DEFAULT_REGIONS)
    elif Path(place).is_dir():
        offers = price_list.find_offers(Path(place))
    else:
        raise GenaiObsError("price-list", f"{place} is neither a folder nor a URL")
    rejected: list[str] = []
    claims = [claim for offer in offers for claim in price_list.read_offer(offer, overlay, rejected.append)]
    say(f"Price List: {len(claims)} rows read, {len(rejected)} not understood and left out")
    return claims
