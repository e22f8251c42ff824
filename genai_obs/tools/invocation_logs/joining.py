"""Which calls are on record already, so that nothing counts twice."""

import re
from collections.abc import Callable
from hashlib import blake2b

from genai_obs.tools.logs import reader
from genai_obs.tools.logs.inputs import Inputs

# As our lines hold it; inside a text of a line the quotes would be escaped.
_ID = re.compile(r'"bedrock_request_id"\s*:\s*"([^"\\]{1,128})"')


class RequestIds:
    """
    Request ids seen so far, each kept as 16 bytes.

    A million take about 0.1 GB. Two ids of the same digest would need 10**18 of them to become likely.
    """

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._seen)

    def __contains__(self, request_id: str) -> bool:
        return _digest(request_id) in self._seen

    def add(self, request_id: str) -> bool:
        """Take note of an id; return False if it was there."""
        before = len(self._seen)
        self._seen.add(_digest(request_id))
        return len(self._seen) > before


def recorded_ids(inputs: Inputs, on_bytes: Callable[[int], None] | None = None) -> RequestIds:
    """
    Return the Bedrock request ids in logs of ours, those of earlier imports included.

    Raises:
        GenaiObsError: A file cannot be read or unpacked.
    """
    found = RequestIds()
    for event in reader.read_events(inputs, on_bytes, reader.Counts()):
        for request_id in _ID.findall(event.message):
            found.add(request_id)
    return found


def _digest(request_id: str) -> bytes:
    return blake2b(request_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()
