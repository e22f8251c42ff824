"""What CloudFormation's functions give, as far as it can be known before a template is deployed."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from genai_obs.tools.cfn.intrinsics import Value, function_of

REGION = "us-east-1"
ACCOUNT = "123456789012"

# Stand-ins for what only a deployment knows; the account is the one AWS uses in examples.
PSEUDO: dict[str, Value] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NotificationARNs": [],
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/stack/0",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
}

_IN_SUB = re.compile(r"\$\{(!?)([^}]*)\}")
_DEEPEST = 40
# More than any name may have; names made of names of names could fill the memory.
_LONGEST_NAME = 10_000


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A value that only a deployment knows; ``text`` is how it is written."""

    text: str

    def __str__(self) -> str:
        return f"${{{self.text}}}"


class _Absent:
    """What ``AWS::NoValue`` is: the member is not there."""


_ABSENT = _Absent()


# Type of a resource -> the property by which Ref knows it, where it is given; and how its ARN is made of that.
_NAMES = {
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch", "alarm:"),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", "cloudwatch", "alarm:"),
    "AWS::CloudWatch::LogAlarm": ("AlarmName", "cloudwatch", "alarm:"),
    "AWS::Lambda::Function": ("FunctionName", "lambda", "function:"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs", "log-group:"),
    "AWS::SQS::Queue": ("QueueName", "sqs", ""),
    "AWS::SNS::Topic": ("TopicName", "sns", ""),
    "AWS::Serverless::Function": ("FunctionName", "lambda", "function:"),
    "AWS::Serverless::StateMachine": ("Name", "states", "stateMachine:"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "states", "stateMachine:"),
}
# Of these, Ref is the ARN.
_REF_IS_ARN = {"AWS::SNS::Topic", "AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"}


def resolve_template(template: Mapping[str, Value], parameters: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """
    Return a template as it is deployed with these parameters, or with its defaults; functions that need a deployment
    are ``Unresolved``, and so are whole texts of nothing else. Members that are ``AWS::NoValue`` are left out.
    """
    resolver = Resolver(template, {**_defaults(template), **(parameters or {})})
    resolved = resolver.resolve({key: value for key, value in template.items() if key != "Parameters"})
    assert isinstance(resolved, dict)
    return resolved


def _defaults(template: Mapping[str, Value]) -> dict[str, Value]:
    declared = template.get("Parameters")
    if not isinstance(declared, Mapping):
        return {}
    return {
        name: member["Default"]
        for name, member in declared.items()
        if isinstance(member, Mapping) and "Default" in member
    }


@dataclass(frozen=True, slots=True)
class Resolver:
    """
    Resolves values of one template.

    Args:
        template: Whose parameters, conditions, mappings and resources are referred to.

        parameters: Their values.

        depth: How many references lead here.

        found: What conditions and names were found to be. Those in progress are unknown, so a circle of references
            ends, and however often one is referred to, it is resolved once.
    """

    template: Mapping[str, Value]
    parameters: Mapping[str, Value] = field(default_factory=dict)
    depth: int = 0
    found: dict[tuple[str, str], Value] = field(default_factory=dict, compare=False)

    def resolve(self, value: Value) -> Value:
        """Return a value without functions, at any depth."""
        function = function_of(value)
        if function is not None and function[0] in _FUNCTIONS:
            return _FUNCTIONS[function[0]](self, function[1])
        if function is not None and function[0].startswith("Fn::"):
            return Unresolved(function[0])
        if isinstance(value, Mapping):
            resolved = {key: self.resolve(member) for key, member in value.items()}
            return {key: member for key, member in resolved.items() if member is not _ABSENT}
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _ABSENT]
        return value

    def below(self) -> "Resolver":
        """Return the resolver of what a reference leads to."""
        return Resolver(self.template, self.parameters, self.depth + 1, self.found)

    def section(self, name: str) -> Mapping[str, Value]:
        """Return a section of the template; empty where there is none."""
        section = self.template.get(name)
        return section if isinstance(section, Mapping) else {}

    def ref(self, argument: Value) -> Value:
        """Return what ``Ref`` gives."""
        name = str(argument)
        if name == "AWS::NoValue":
            return _ABSENT
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        kind = self._kind(name)
        if kind is None or self.depth > _DEEPEST:
            return Unresolved(name)
        return self._arn(name, kind) if kind in _REF_IS_ARN else self._name(name, kind)

    def get_att(self, argument: Value) -> Value:
        """Return what ``Fn::GetAtt`` gives."""
        parts = argument if isinstance(argument, list) else str(argument).split(".", 1)
        resource, attribute = (str(part) for part in (*parts, "", "")[:2])
        kind = self._kind(resource)
        if kind in _NAMES and self.depth <= _DEEPEST:
            if attribute == "Arn":
                return self._arn(resource, kind)
            if attribute in {_NAMES[kind][0], "Name"}:
                return self._name(resource, kind)
        return Unresolved(f"{resource}.{attribute}")

    def sub(self, argument: Value) -> Value:
        """Return what ``Fn::Sub`` gives: a text, in which what is not known stays as it is written."""
        text = argument
        given: Mapping[str, Value] = {}
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], Mapping):
            text, given = argument[0], argument[1]
        if not isinstance(text, str):
            return Unresolved("Fn::Sub")

        def fill(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in given:
                return text_of(self.resolve(given[name]))
            return text_of(self.get_att(name) if "." in name else self.ref(name))

        return _IN_SUB.sub(fill, text)

    def choose(self, argument: Value) -> Value:
        """Return what ``Fn::If`` gives."""
        if not isinstance(argument, list) or len(argument) != 3:
            return Unresolved("Fn::If")
        condition = self.condition(argument[0])
        if condition is None:
            return Unresolved("Fn::If")
        return self.resolve(argument[1] if condition else argument[2])

    def condition(self, name: Value) -> bool | None:
        """Return whether a condition of the template holds; None where nobody knows."""
        conditions = self.section("Conditions")
        if self.depth > _DEEPEST or not isinstance(name, str) or name not in conditions:
            return None
        found = self._once("condition", name, conditions[name])
        return found if isinstance(found, bool) else None

    def _once(self, kind: str, name: str, value: Value) -> Value:
        """Return what a condition or a name is; unknown while it is being resolved, or when it grows without end."""
        key = (kind, name)
        if key not in self.found:
            self.found[key] = Unresolved(name)
            found = self.below().resolve(value)
            is_endless = isinstance(found, str) and len(found) > _LONGEST_NAME
            self.found[key] = Unresolved(name) if is_endless else found
        return self.found[key]

    def join(self, argument: Value) -> Value:
        """Return what ``Fn::Join`` gives."""
        if not isinstance(argument, list) or len(argument) != 2:
            return Unresolved("Fn::Join")
        items = self.resolve(argument[1])
        return str(argument[0]).join(map(text_of, items)) if isinstance(items, list) else Unresolved("Fn::Join")

    def select(self, argument: Value) -> Value:
        """Return what ``Fn::Select`` gives."""
        chosen = self.resolve(argument)
        if isinstance(chosen, list) and len(chosen) == 2 and isinstance(chosen[1], list):
            index = str(chosen[0])
            if index.isdecimal() and int(index) < len(chosen[1]):
                return chosen[1][int(index)]
        return Unresolved("Fn::Select")

    def split(self, argument: Value) -> Value:
        """Return what ``Fn::Split`` gives."""
        parts = self.resolve(argument)
        if isinstance(parts, list) and len(parts) == 2 and all(isinstance(part, str) and part for part in parts):
            return str(parts[1]).split(str(parts[0]))
        return Unresolved("Fn::Split")

    def find_in_map(self, argument: Value) -> Value:
        """Return what ``Fn::FindInMap`` gives."""
        path = self.resolve(argument)
        found: Value = self.section("Mappings")
        for step in path[:3] if isinstance(path, list) else ():
            found = found.get(str(step)) if isinstance(found, Mapping) else None
        return Unresolved("Fn::FindInMap") if found is None or isinstance(found, Mapping) else found

    def equals(self, argument: Value) -> Value:
        """Return what ``Fn::Equals`` gives."""
        sides = self.resolve(argument)
        if not isinstance(sides, list) or len(sides) != 2 or any(isinstance(side, Unresolved) for side in sides):
            return Unresolved("Fn::Equals")
        return text_of(sides[0]) == text_of(sides[1])

    def logic(self, name: str, argument: Value, combine: Callable[[Sequence[bool]], bool]) -> Value:
        """Return what ``Fn::And``, ``Fn::Or`` and ``Fn::Not`` give."""
        sides = self.resolve(argument)
        known = [side for side in sides if isinstance(side, bool)] if isinstance(sides, list) else []
        if not isinstance(sides, list) or len(known) != len(sides):
            return Unresolved(name)
        return combine(known)

    def named_condition(self, argument: Value) -> Value:
        """Return whether a condition holds; a resource's own ``Condition`` member has brothers and never comes here."""
        found = self.condition(argument)
        return Unresolved(str(argument)) if found is None else found

    def _kind(self, resource: str) -> str | None:
        found = self.section("Resources").get(resource)
        return str(found.get("Type")) if isinstance(found, Mapping) else None

    def _name(self, resource: str, kind: str) -> Value:
        if kind not in _NAMES:
            return resource
        declared = self.section("Resources")[resource]
        properties = declared.get("Properties") if isinstance(declared, Mapping) else None
        given = properties.get(_NAMES[kind][0]) if isinstance(properties, Mapping) else None
        # CloudFormation makes up a name of stack, id and chance; the id is what a reader recognises.
        return resource if given is None else self._once("name", resource, given)

    def _arn(self, resource: str, kind: str) -> Value:
        _, service, before = _NAMES[kind]
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{before}{text_of(self._name(resource, kind))}"


def text_of(value: Value) -> str:
    """Return a value as ``Fn::Sub`` puts it into a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, list):
        return ",".join(map(text_of, value))
    return "" if value is _ABSENT else str(value)


_FUNCTIONS: dict[str, Callable[[Resolver, Value], Value]] = {
    "Ref": Resolver.ref,
    "Condition": Resolver.named_condition,
    "Fn::And": lambda resolver, argument: resolver.logic("Fn::And", argument, all),
    "Fn::Equals": Resolver.equals,
    "Fn::FindInMap": Resolver.find_in_map,
    "Fn::GetAtt": Resolver.get_att,
    "Fn::If": Resolver.choose,
    "Fn::Join": Resolver.join,
    "Fn::Not": lambda resolver, argument: resolver.logic("Fn::Not", argument, lambda sides: not any(sides)),
    "Fn::Or": lambda resolver, argument: resolver.logic("Fn::Or", argument, any),
    "Fn::Select": Resolver.select,
    "Fn::Split": Resolver.split,
    "Fn::Sub": Resolver.sub,
}
