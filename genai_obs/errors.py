"""Errors of the tool side. The runtime raises none of these: in Lambda nothing of ours may reach the caller."""


class GenaiObsError(Exception):
    """
    A mistake of the user that the command line reports in one sentence and ends with exit code 2.

    Args:
        slug: Stable name of the mistake, explained in ``docs/messages.md``.

        message: One sentence that says what is wrong and what would be right.
    """

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug


class MissingExtraError(GenaiObsError):
    """A library of an optional extra is needed and not installed."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(
            "missing-extra",
            f'this needs {library}, which is not installed: pip install "genai-obs[{extra}]"',
        )
