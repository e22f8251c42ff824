"""
What happens when this library fails: it is counted, said once on stderr, and never reaches the caller.

The wrappers around the user's code catch ``Exception`` and call ``failed``; the count travels with the next record.
"""

import sys

# Under genai_obs.testing a failure of ours is raised, so that our own tests cannot hide behind the guard.
strict = False

_MAX_KINDS = 32
# Since the last record.
failures = 0
_kinds_said: set[str] = set()


def failed(error: Exception) -> None:
    """
    Count a failure of ours and say it once per kind on stderr.

    The text names the exception's class and the line it was raised at, never its message, which may quote a prompt.
    """
    global failures
    if strict:
        raise error
    failures += 1
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    place = "" if traceback is None else f" at {traceback.tb_frame.f_globals.get('__name__')}:{traceback.tb_lineno}"
    say_once(f"{type(error).__name__}{place}; the observed call is not affected")


def say_once(message: str) -> None:
    """Write one line to stderr, the first time this message comes up in this process."""
    if message in _kinds_said or len(_kinds_said) >= _MAX_KINDS:
        return
    _kinds_said.add(message)
    try:
        stream = sys.stderr
        if stream is not None:
            stream.write(f"genai_obs: {message}\n")
    except Exception:  # noqa: S110 - a closed stderr: there is nobody left to tell
        pass


def take_failures() -> int:
    """Return how many failures there were since the last call, and start again at 0."""
    global failures
    taken = failures
    failures = 0
    return taken
