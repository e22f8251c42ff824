"""
A second opinion on Logs Insights queries: a slow evaluator of the query tree in plain Python, row by row.

It shares the tree and the event type with the package and nothing else, so that what it and the engine
agree on was understood twice. ``pattern`` and ``diff`` are left out: their algorithm is our own.
"""

from insights_oracle.evaluate import evaluate

__all__ = ["evaluate"]
