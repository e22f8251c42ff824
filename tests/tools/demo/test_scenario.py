"""What the demo plans."""

import itertools
from collections import Counter

import pytest

from genai_obs.tools.demo.scenario import ACCIDENTS, DEADLINE, OPAQUE_PROFILE, plan_day


@pytest.mark.parametrize("invocations", [30, 110, 500])
def test_as_many_invocations_as_asked_for(invocations: int) -> None:
    """In both functions together."""
    plans = plan_day(invocations)

    assert sum(len(plan.steps) for plan in plans) == invocations


def test_a_short_day_still_has_every_accident() -> None:
    """Fewer than they need is not possible."""
    production, staging = plan_day(1)

    assert list(production.steps) == [*ACCIDENTS, DEADLINE]
    assert len(staging.steps) == 4


def test_accidents_are_spread_over_the_day() -> None:
    """Each happens once, in order, and not next to the one before."""
    production, _ = plan_day(110)

    places = [index for index, step in enumerate(production.steps) if step in (*ACCIDENTS, DEADLINE)]
    assert len(places) == len(ACCIDENTS) + 1
    assert min(after - before for before, after in itertools.pairwise(places)) > 3


def test_the_same_seed_plans_the_same_day() -> None:
    """A demo can be repeated."""
    assert plan_day(60, seed=3) == plan_day(60, seed=3)
    assert plan_day(60, seed=3) != plan_day(60, seed=4)


def test_every_task_and_tenant_occurs() -> None:
    """So that tables by feature and tenant have rows."""
    production, staging = plan_day(110)

    tasks = Counter(step.event["task"] for plan in (production, staging) for step in plan.steps)
    tenants = {step.event["tenant"] for step in production.steps}
    assert set(tasks) == {"answer", "summarise", "triage"}
    assert len(tenants) == 4


def test_the_second_function_calls_something_without_a_price() -> None:
    """An application inference profile does not tell its model."""
    _, staging = plan_day(110)

    assert staging.environ["TRIAGE_MODEL_ID"] == OPAQUE_PROFILE
    assert any(step.event["task"] == "triage" for step in staging.steps)


def test_a_real_model_has_time_and_no_deadline() -> None:
    """It is slow, and nobody wants to wait for a deadline of a minute."""
    [plan] = plan_day(24, real_model=True)

    assert plan.timeout_s >= 60
    assert DEADLINE not in plan.steps
