"""
One line with its cost for every model call of the account, made of Bedrock's own log, for code that nobody can touch.

It is the target of a subscription filter on the log group of Bedrock's model invocation logging. Functions that use
``observe_inference`` write their lines themselves: name their roles in SKIP_ROLES, or their calls count twice.
"""

import os

from genai_obs.tools.invocation_logs.subscription import subscription_handler

handler = subscription_handler(
    skip_roles=os.environ.get("SKIP_ROLES", ""),
    service_from_role=os.environ.get("SERVICE_FROM_ROLE") == "true",
)
