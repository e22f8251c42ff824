"""The server of the loopback benchmark: prints its address, answers every call alike, ends when its stdin closes."""

import sys

from benchmarks import scenario
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.replies import json_reply


def main() -> None:
    """Serve until the parent process lets go."""
    reply = json_reply({name: value for name, value in scenario.ANSWER.items() if name != "ResponseMetadata"})
    with BedrockServer(lambda _: reply) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
