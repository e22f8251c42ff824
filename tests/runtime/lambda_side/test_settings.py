"""Arguments, environment variables, and which of them counts."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from genai_obs import configure, log_metric, observe_inference
from genai_obs._runtime import settings
from genai_obs._runtime.settings import Settings, load_settings
from genai_obs.testing import capture_records

IN_LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "my-function"}


def load(arguments: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return what these add up to."""
    return load_settings(arguments or {}, environ or {})


def test_defaults_outside_lambda() -> None:
    """Nothing is set: lines without metrics, the default stage and namespace."""
    found = load()

    assert (found.enabled, found.emf, found.in_lambda) == (True, False, False)
    assert (found.namespace, found.environment, found.level) == ("AI/LLMMetrics", "default", None)
    assert (found.max_dimension_values, found.deadline_margin_ms) == (100, 200)
    assert found.common == {"environment": "default"}


def test_service_is_the_function_unless_named() -> None:
    """Ours, then Powertools', then the function's name."""
    theirs = {**IN_LAMBDA, "POWERTOOLS_SERVICE_NAME": "theirs"}
    ours = {**theirs, "GENAI_OBS_SERVICE": "ours"}

    assert load(None, IN_LAMBDA).common["service"] == "my-function"
    assert load(None, theirs).common["service"] == "theirs"
    assert load(None, ours).common["service"] == "ours"
    assert load({"service": "argument"}, ours).common["service"] == "argument"


@pytest.mark.parametrize(
    ("argument", "environ", "expected"),
    [
        (None, {}, False),
        (None, IN_LAMBDA, True),
        (None, {**IN_LAMBDA, "POWERTOOLS_METRICS_DISABLED": "true"}, False),
        (None, {**IN_LAMBDA, "POWERTOOLS_DEV": "1"}, False),
        (None, {**IN_LAMBDA, "POWERTOOLS_DEV": "1", "POWERTOOLS_METRICS_DISABLED": "false"}, True),
        (None, {**IN_LAMBDA, "POWERTOOLS_DEV": "false"}, True),
        (None, {**IN_LAMBDA, "POWERTOOLS_METRICS_DISABLED": "true", "GENAI_OBS_EMF": "on"}, True),
        (None, {**IN_LAMBDA, "GENAI_OBS_EMF": "0"}, False),
        (None, {"GENAI_OBS_EMF": "YES"}, True),
        (True, {"GENAI_OBS_EMF": "0"}, True),
        (False, {**IN_LAMBDA, "GENAI_OBS_EMF": "1"}, False),
    ],
)
def test_whether_lines_carry_metrics(argument: bool | None, environ: dict[str, str], expected: bool) -> None:
    """An argument beats our variable, which beats Powertools', which beats the default."""
    assert load({"emf": argument} if argument is not None else {}, environ).emf is expected


@pytest.mark.parametrize(
    ("log_format", "log_level", "stamped"),
    [
        ("JSON", "WARN", "WARN"),
        ("JSON", "ERROR", "ERROR"),
        ("JSON", "FATAL", "FATAL"),
        ("JSON", "INFO", None),
        ("JSON", "DEBUG", None),
        ("JSON", "", None),
        ("Text", "ERROR", None),
        ("", "ERROR", None),
    ],
)
def test_level_is_stamped_where_lambda_would_drop_the_line(
    log_format: str, log_level: str, stamped: str | None
) -> None:
    """Lambda takes a JSON line without a level for INFO."""
    assert load(None, {"AWS_LAMBDA_LOG_FORMAT": log_format, "AWS_LAMBDA_LOG_LEVEL": log_level}).level == stamped


def test_level_stands_on_all_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both kinds of lines get through the filter."""
    monkeypatch.setenv("AWS_LAMBDA_LOG_FORMAT", "JSON")
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", "ERROR")

    with capture_records() as records:
        log_metric("Answers", 1)
        with observe_inference():
            pass

    assert [record["level"] for record in records] == ["ERROR", "ERROR"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GENAI_OBS_EMF", "perhaps"),
        ("GENAI_OBS_DISABLED", "perhaps"),
        ("GENAI_OBS_NAMESPACE", "AWS/Bedrock"),
        ("GENAI_OBS_NAMESPACE", ":x"),
        ("POWERTOOLS_METRICS_NAMESPACE", "ünï"),
        ("GENAI_OBS_MAX_DIMENSION_VALUES", "many"),
        ("GENAI_OBS_MAX_DIMENSION_VALUES", "-1"),
        ("GENAI_OBS_DEADLINE_MARGIN_MS", "1e3"),
        ("GENAI_OBS_DEADLINE_MARGIN_MS", "99999999999"),
        ("GENAI_OBS_DEADLINE_MARGIN_MS", "٣"),
    ],
)
def test_bad_variable_is_said_once_and_ignored(name: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A function starts whatever its variables say; what is wrong stands in its log."""
    found = load({}, {name: value})
    load({}, {name: value})

    error = capsys.readouterr().err
    assert error.count(name) == 1
    assert value not in error or value == "-1"
    default = load()
    for slot in ("emf", "enabled", "namespace", "max_dimension_values", "deadline_margin_ms"):
        assert getattr(found, slot) == getattr(default, slot)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("GENAI_OBS_NAMESPACE", "Shop/AI", "namespace=Shop/AI"),
        ("POWERTOOLS_METRICS_NAMESPACE", "Theirs", "namespace=Theirs"),
        ("GENAI_OBS_ENVIRONMENT", "prod", "environment=prod"),
        ("GENAI_OBS_ENVIRONMENT", "größe", "environment=default"),
        ("GENAI_OBS_ENVIRONMENT", "  ", "environment=default"),
        ("GENAI_OBS_MAX_DIMENSION_VALUES", "7", "max_dimension_values=7"),
        ("GENAI_OBS_DEADLINE_MARGIN_MS", "0", "deadline_margin_ms=0"),
        ("GENAI_OBS_DISABLED", "true", "enabled=False"),
        ("AWS_REGION", "eu-west-1", "region=eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-2", "region=eu-west-2"),
    ],
)
def test_variables(name: str, value: str, expected: str) -> None:
    """Each variable sets what it is for."""
    slot, _, text = expected.partition("=")

    assert str(getattr(load({}, {name: value}), slot)) == text


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("service", ""),
        ("service", 5),
        ("environment", ""),
        ("environment", "größe"),
        ("environment", "x" * 1025),
        ("namespace", ""),
        ("namespace", "AWS/Bedrock"),
        ("namespace", "x" * 256),
        ("namespace", 5),
        ("emf", "yes"),
        ("enabled", 1),
        ("fields", ["a"]),
        ("fields", {"status": "mine"}),
        ("capture_content", "all"),
        ("capture_content", True),
        ("logger", object()),
        ("prices", "cheap"),
        ("prices", {"nonsense": 1}),
        ("max_dimension_values", -1),
        ("max_dimension_values", True),
        ("max_dimension_values", 1.5),
        ("deadline_margin_ms", "200"),
    ],
)
def test_bad_argument_is_refused_and_changes_nothing(argument: str, value: Any) -> None:
    """Configure names the argument, and the configuration stays as it was."""
    configure(service="before")
    before = settings.current()

    with pytest.raises((TypeError, ValueError)) as caught:
        configure(**{argument: value})

    assert argument in str(caught.value) or argument == "prices"
    assert settings.current() is before


def test_arguments_add_up() -> None:
    """A later call of configure leaves alone what it does not name."""
    configure(service="a", environment="dev")
    configure(environment="prod")

    assert settings.current().common == {"service": "a", "environment": "prod"}


def test_configuration_reaches_what_is_already_decorated() -> None:
    """The order of configure and decoration matters for ``enabled`` only."""

    @observe_inference
    def handler() -> None: ...

    configure(service="later", fields={"team": "blue"})
    with capture_records() as records:
        handler()

    assert (records[0]["service"], records[0]["team"]) == ("later", "blue")


def test_logger_may_be_any_object_with_keys() -> None:
    """A Logger's keys are asked for at each record; one that fails costs the keys only."""

    class Keys:
        keys: Callable[[], Any] = staticmethod(lambda: {"order": 7, "message": "%(message)s", "none": None})

        def get_current_keys(self) -> Any:
            """Return them."""
            return self.keys()

    logger = Keys()
    configure(logger=logger)
    with capture_records() as records, observe_inference():
        pass
    logger.keys = lambda: 5
    with capture_records() as more, observe_inference():
        pass

    assert (records[0]["order"], "message" in records[0], "none" in records[0]) == (7, False, False)
    assert more[0]["status"] == "ok"
