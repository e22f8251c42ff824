"""Following a stream in a test: what was told, and how it ended."""

from genai_obs._runtime.answers import watch_answer


class Told:
    """Collects what a watched stream tells; ``ends`` has one entry when all is well."""

    def __init__(self) -> None:
        self.facts: dict[str, object] = {}
        self.ends: list[tuple[BaseException | None, bool]] = []
        self.firsts = 0

    def on_facts(self, found: dict[str, object], first_content: bool) -> None:
        """Merge facts as a record does."""
        self.facts.update(found)
        self.firsts += first_content

    def on_end(self, error: BaseException | None, complete: bool) -> None:
        """Note an end."""
        self.ends.append((error, complete))

    def counts(self) -> tuple[object, ...]:
        """Return input, output, cache read and cache write, None for what is unknown."""
        names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
        return tuple(self.facts.get(name) for name in names)


def follow(answer: object) -> Told:
    """Watch an answer that must be watchable."""
    told = Told()
    assert watch_answer(answer, told.on_facts, told.on_end)
    return told


def fields(facts: dict[str, object] | None, *names: str) -> tuple[object, ...]:
    """Return some facts, None for what is unknown."""
    assert facts is not None
    return tuple(facts.get(name) for name in names)
