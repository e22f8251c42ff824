"""
What a deployed stack may set: the environment, thresholds, names of what is watched.

A definition stays the one source. Its own values become the defaults of parameters, and the places where they stood
become references to them; rendered with the defaults, a template gives back the definition to the last digit.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.rule import CompositeAlarm
from genai_obs.tools.cfn.intrinsics import Properties, Value, literal, ref, sub
from genai_obs.tools.cfn.options import TemplateOptions
from genai_obs.tools.definitions.model import Definitions

ENVIRONMENT = "Environment"
EMAIL = "AlertEmail"

_ENVIRONMENT_TEXT = f"${{{ENVIRONMENT}}}"

# Parts of names; a dashboard's name allows no more (AWS: "PutDashboard", documented).
PLAIN = re.compile(r"[A-Za-z0-9_-]+")
# What can stand in quotes wherever texts are quoted: in queries, in SEARCH and in JSON.
_QUOTABLE = re.compile(r"[ !#-&(-\[\]-~]+")
_PARAMETER = re.compile(r"[A-Za-z0-9]{1,255}")
# AWS: "CloudFormation quotas": parameters of a template, documented.
_MOST_PARAMETERS = 200


@dataclass(frozen=True, slots=True)
class Named:
    """
    Things of one kind that a stack watches and does not own.

    Args:
        parameters: One parameter each.

        values: Their defaults, in the same order; None where the stack must be told.

        resources: The resources of the template that carry these names; empty where they exist without it.
    """

    parameters: tuple[str, ...] = ()
    values: tuple[str | None, ...] = ()
    resources: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """What refers to each: its resource, which is then made first, or its parameter."""
        return self.resources or self.parameters

    def texts(self) -> tuple[str, ...]:
        """Return a reference to each as text of ``Fn::Sub``."""
        return tuple(f"${{{name}}}" for name in self.ids)

    def reference(self, value: str) -> Value:
        """Return a reference to the parameter whose default is this value; the value itself where none is."""
        names = [name for name, default in zip(self.ids, self.values, strict=True) if default == value]
        return ref(names[0]) if names else value


@dataclass(frozen=True, slots=True)
class Parameters:
    """
    The parameters of a template, and how texts of the definitions refer to them.

    Args:
        application: What names begin with.

        environment: The value that becomes a reference.

        thresholds: Default of each threshold's parameter.

        users: Short names of the alarms that each threshold is of.

        log_groups: Groups that hold records.

        functions: Lambda functions.

        state_machines: ARNs of state machines.

        apis: Names of APIs.

        queues: Names of queues.

        email: Default of the address.
    """

    application: str
    environment: str
    thresholds: dict[str, float]
    users: dict[str, list[str]]
    log_groups: Named
    functions: Named = field(default_factory=Named)
    state_machines: Named = field(default_factory=Named)
    apis: Named = field(default_factory=Named)
    queues: Named = field(default_factory=Named)
    email: str = ""

    def name(self, text: str) -> Value:
        """Return a name; the environment in it is a reference."""
        return sub(self.name_text(text))

    def name_text(self, text: str) -> str:
        """Return a name as text of ``Fn::Sub``: the environment behind the application's name, or any word like it."""
        prefix = f"{self.application}-{self.environment}"
        if text.startswith(prefix):
            return f"{self.application}-{_ENVIRONMENT_TEXT}{literal(text.removeprefix(prefix))}"
        word = rf"(?<![A-Za-z0-9]){re.escape(self.environment)}(?![A-Za-z0-9])"
        return re.sub(word, _ENVIRONMENT_TEXT, literal(text))

    def quoted(self, text: str) -> Value:
        """Return an expression or a query; a reference stands where it compares ``environment`` with this one."""
        compared = rf"""(\benvironment\s*!?={{1,2}}\s*(["'])){re.escape(self.environment)}(?=\2)"""
        return sub(re.sub(compared, rf"\g<1>{_ENVIRONMENT_TEXT}", literal(text), flags=re.IGNORECASE))

    def dimension(self, name: str, value: str) -> Value:
        """Return the value of a dimension; it is a reference where it names what has a parameter."""
        if (name, value) == (ENVIRONMENT, self.environment):
            return ref(ENVIRONMENT)
        things = {
            "FunctionName": self.functions,
            "LogGroupName": self.log_groups,
            "StateMachineArn": self.state_machines,
            "ApiName": self.apis,
            "QueueName": self.queues,
        }.get(name, Named())
        return things.reference(value)

    def log_group_identifiers(self, names: Sequence[str]) -> list[Value]:
        """Return log groups by their names; none means those of the stack."""
        if not names:
            return [ref(name) for name in self.log_groups.ids]
        return [self.log_groups.reference(name) for name in names]

    def threshold(self, parameter: str | None, value: float | None) -> Value:
        """Return a threshold: a reference where it has a parameter."""
        return number(value) if parameter is None or value is None else ref(parameter)

    def section(self) -> dict[str, Value]:
        """Return the section ``Parameters``."""
        named = (
            (self.log_groups, "Log group that holds the records."),
            (self.functions, "Lambda function on the dashboard."),
            (self.state_machines, "ARN of a state machine on the dashboard."),
            (self.apis, "Name of an API on the dashboard."),
            (self.queues, "Name of a queue on the dashboard."),
        )
        section: dict[str, Value] = {ENVIRONMENT: self._environment(), EMAIL: self._email()}
        for things, description in named:
            section |= {
                name: _text(value, description) for name, value in zip(things.parameters, things.values, strict=True)
            }
        for name, value in self.thresholds.items():
            if name in section:
                raise GenaiObsError("unfit-name", f"the threshold parameter {name} of {self.users[name][0]} is taken")
            section[name] = _threshold(value, self.users[name])
        if len(section) > _MOST_PARAMETERS:
            raise GenaiObsError(
                "too-many-parameters", f"a template has at most {_MOST_PARAMETERS} parameters, this one {len(section)}"
            )
        return section

    def _environment(self) -> Properties:
        return {
            "Type": "String",
            "Default": self.environment,
            "AllowedPattern": (PLAIN if PLAIN.fullmatch(self.environment) else _QUOTABLE).pattern,
            "Description": "Value of the dimension Environment; part of all names.",
        }

    def _email(self) -> Properties:
        return {
            "Type": "String",
            "Default": self.email,
            "AllowedPattern": r"|[^@\s]+@[^@\s]+",
            "Description": "Who is told of alarms, after a click in a first mail; empty for nobody.",
        }


def parameters_of(definitions: Definitions, options: TemplateOptions) -> Parameters:
    """
    Return the parameters of a template.

    Raises:
        GenaiObsError: Two thresholds share a parameter and differ, or a name cannot be one of CloudFormation.
    """
    settings = definitions.settings
    _require("environment", settings.environment)
    _require("application", settings.application)
    functions = _union(settings.function_name, options.functions)
    return Parameters(
        settings.application,
        settings.environment,
        dict(_thresholds(definitions)),
        _users(definitions),
        _log_groups(settings.log_group, functions, options),
        _named("FunctionName", functions),
        _named("StateMachineArn", options.state_machines),
        _named("ApiName", options.apis),
        _named("QueueName", options.queues),
        options.email or "",
    )


def _require(what: str, value: str) -> None:
    if not _QUOTABLE.fullmatch(value):
        raise GenaiObsError(
            "unfit-name",
            f"{what}: {value!r} stands in quotes in queries, so only ASCII without quotes and backslash fits",
        )


def _thresholds(definitions: Definitions) -> Iterator[tuple[str, float]]:
    seen: dict[str, float] = {}
    for alarm in definitions.alarms:
        if isinstance(alarm, CompositeAlarm) or alarm.threshold_parameter is None or alarm.threshold is None:
            continue
        name = alarm.threshold_parameter
        if not _PARAMETER.fullmatch(name):
            raise GenaiObsError(
                "unfit-name", f"the threshold parameter {name!r} of {alarm.name} may have letters and digits only"
            )
        if seen.setdefault(name, alarm.threshold) != alarm.threshold:
            raise GenaiObsError(
                "threshold-twice", f"two alarms set the parameter {name}: {seen[name]:g} and {alarm.threshold:g}"
            )
        yield name, alarm.threshold


def _users(definitions: Definitions) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for alarm in definitions.alarms:
        if not isinstance(alarm, CompositeAlarm) and alarm.threshold_parameter is not None:
            users.setdefault(alarm.threshold_parameter, []).append(definitions.key(alarm.name))
    return users


def _union(first: str | None, others: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(() if first is None else (first,)), *others)))


def _log_groups(first: str | None, functions: Sequence[str], options: TemplateOptions) -> Named:
    """Return the groups that are known; those of the functions by Lambda's own name for them; else one unknown."""
    known = _union(first, options.log_groups) or tuple(f"/aws/lambda/{name}" for name in functions) or (None,)
    named = _named("LogGroupName", known)
    if options.retention_days is None:
        return named
    return replace(named, resources=tuple(name.replace("LogGroupName", "Records") for name in named.parameters))


def _named(parameter: str, values: Sequence[str | None]) -> Named:
    for value in values:
        if value is not None:
            _require(parameter, value)
    names = (parameter if number == 1 else f"{parameter}{number}" for number in range(1, len(values) + 1))
    return Named(tuple(names), tuple(values))


def _text(default: str | None, description: str) -> Properties:
    known: Properties = {} if default is None else {"Default": default}
    return {"Type": "String", **known, "AllowedPattern": _QUOTABLE.pattern, "Description": description}


def _threshold(default: float, users: Sequence[str]) -> Properties:
    return {"Type": "Number", "Default": number(default), "Description": f"Threshold of {', '.join(users)}."}


def number(value: float | None) -> Value:
    """Return a number as people write it: 50, not 50.0."""
    return int(value) if value is not None and float(value).is_integer() and abs(value) < 2**53 else value
