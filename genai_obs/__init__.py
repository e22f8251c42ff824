"""One decorator on an AWS Lambda handler, and every LLM call becomes one JSON line."""

from genai_obs._runtime.configure import configure
from genai_obs._runtime.log_metric import annotate, log_metric
from genai_obs._runtime.observe import observe_inference
from genai_obs._version import __version__

__all__ = ["__version__", "annotate", "configure", "log_metric", "observe_inference"]
