"""Bedrock's own model invocation logs, turned into records; runs at a desk and behind a subscription in Lambda."""
