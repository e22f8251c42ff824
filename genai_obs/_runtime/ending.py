"""The end of an observation: at its return, its exception, or shortly before the Lambda deadline."""

import weakref

from genai_obs._runtime import guard
from genai_obs._runtime.inference import Inference, describe_error
from genai_obs._runtime.observation import Observation

_PLAIN = (str, bytes, int, float, bool, type(None))


def finish(observation: Observation, result: object, error: BaseException | None) -> None:
    """
    End an observation: write what is still owed and let go of the invocation.

    Every model call in it has left its own record by now, or will when its stream ends. If there was none, the
    observation itself leaves one: from what the user said, from the return value, or with latency and status only.
    """
    observation.is_over = True
    try:
        observation.leave()
    except Exception as own:
        guard.failed(own)
    if observation.parent is None:
        if observation.lambda_context is not None:
            try:
                from genai_obs._runtime import deadline

                deadline.disarm(observation)
            except Exception as own:
                guard.failed(own)
        if observation.in_flight and (observation.lambda_context is not None or observation.settings.in_lambda):
            _end_streams(observation, result)
    if observation.explicit:
        _record_explicit(observation)
    if not observation.seen and observation.takes_own_record():
        _record_itself(observation, result, error)


def _record_explicit(observation: Observation) -> None:
    """Write what the user said; an answer that was handed over only if no client of ours saw a call."""
    explicit = observation.explicit
    answers_count = not observation.seen
    while explicit:
        try:
            is_numbers, facts = explicit.pop(0)
        except IndexError:  # the deadline's thread took it
            return
        if is_numbers:
            # What was said of this very call precedes what the decorator says of all of them.
            _own_inference(observation, observation.options.facts | facts).finish("ok")
        elif answers_count:
            _own_inference(observation, _facts_of_answer(observation, facts)).finish("ok")


def _end_streams(observation: Observation, result: object) -> None:
    """End the streams that nobody will read after the invocation, except those that are handed to its caller."""
    for inference in list(observation.in_flight):
        abandon = inference.abandon
        if abandon is not None and not _hands_over(result, inference):
            try:
                abandon()
            except Exception as own:
                guard.failed(own)


def _hands_over(result: object, inference: Inference) -> bool:
    """Tell whether the caller of the handler may still read this stream."""
    if isinstance(result, _PLAIN):
        return False
    if isinstance(result, dict | list | tuple):
        members = result.values() if isinstance(result, dict) else result
        return any(inference.watches(member) for member in members)
    return True


def _own_inference(observation: Observation, facts: dict[str, object]) -> Inference:
    """Open the inference that the observation itself stands for; it began when the observation did."""
    inference = Inference(observation, facts)
    inference.started_ns = observation.started_ns
    return inference


def _facts_of_answer(observation: Observation, facts: dict[str, object]) -> dict[str, object]:
    """
    Return an answer's facts with what the decorator says of the call.

    The user's word precedes the answer's: Claude on Bedrock answers with a name that has no scope and no price.
    """
    return facts | observation.options.facts


def _record_itself(observation: Observation, result: object, error: BaseException | None) -> None:
    if error is not None:
        inference = _own_inference(observation, dict(observation.options.facts))
        if type(error).__name__ == "CancelledError":
            # The task was given up; nothing failed.
            describe_error(error, inference.facts)
            inference.finish("abandoned")
        else:
            inference.fail(error)
        return
    if isinstance(result, _PLAIN):
        _own_inference(observation, dict(observation.options.facts)).finish("ok")
        return
    try:
        from genai_obs._runtime import answers

        facts = answers.read_answer(result) or {}
    except Exception as own:
        guard.failed(own)
        facts = {}
    inference = _own_inference(observation, _facts_of_answer(observation, facts))
    if facts or not _watch(inference, result):
        inference.finish("ok")


def _watch(inference: Inference, answer: object) -> bool:
    """Follow another SDK's live stream to its end; return False when the answer is none."""
    facts = inference.facts
    said_by_user = inference.observation.options.facts

    def on_facts(found: dict[str, object], first_content: bool) -> None:
        for name, fact in found.items():
            if name in said_by_user:
                continue
            if fact is None:  # said earlier, and withdrawn
                facts.pop(name, None)
            else:
                facts[name] = fact
        if first_content:
            facts["time_to_first_token_ms"] = inference.elapsed_ms()

    def on_end(error: BaseException | None, complete: bool) -> None:
        facts["stream"] = "complete" if complete else "abandoned"
        if error is not None:
            inference.fail(error)
        else:
            inference.finish("ok" if complete else "abandoned")

    try:
        from genai_obs._runtime import answers

        if not answers.watch_answer(answer, on_facts, on_end):
            return False
        inference.abandon = lambda: on_end(None, False)
        inference.watched = weakref.ref(answer)
    except Exception as own:
        guard.failed(own)
        return False
    return True


def time_out(observation: Observation) -> None:
    """Leave a record of everything that the coming time-out would swallow; called shortly before the deadline."""
    if observation.is_over:
        return
    for inference in list(observation.in_flight):
        try:
            if inference.abandon is not None:
                inference.facts.setdefault("stream", "abandoned")
            inference.finish("timeout")
        except Exception as own:
            guard.failed(own)
    _record_explicit(observation)
    if observation.takes_own_record():
        _own_inference(observation, dict(observation.options.facts)).finish("timeout")
