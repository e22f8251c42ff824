"""One decorator on an AWS Lambda handler, and every LLM call becomes one JSON line."""
