"""CloudFormation's functions in their long JSON form: plain data all the way, until a writer makes text of it."""

import re
from collections.abc import Mapping

Value = object
"""What JSON can hold; a dictionary with the one key ``Ref`` or ``Fn::…`` is a function."""

Properties = dict[str, Value]

# What Fn::Sub fills in; ``${!…}`` is text.
FILLED_IN = re.compile(r"\$\{([^!}][^}]*)\}")


def ref(name: str) -> Properties:
    """Return the value of a parameter, or what a resource is known by."""
    return {"Ref": name}


def get_att(resource: str, attribute: str) -> Properties:
    """Return an attribute of a resource, such as its ``Arn``."""
    return {"Fn::GetAtt": [resource, attribute]}


def choose(condition: str, then: Value, otherwise: Value) -> Properties:
    """Return one of two values, decided when the stack is deployed."""
    return {"Fn::If": [condition, then, otherwise]}


def sub(text: str) -> Value:
    """Return a text whose ``${Name}`` are filled in; a text without any stays a plain one."""
    return {"Fn::Sub": text} if "${" in text else text


def literal(text: str) -> str:
    """Return a text as it must stand inside ``Fn::Sub`` to come out unchanged."""
    return text.replace("${", "${!")


def arn(service: str, resource: str, *, region: str = "${AWS::Region}") -> Value:
    """Return an ARN of this account; ``resource`` is text of ``Fn::Sub``."""
    return sub(f"arn:${{AWS::Partition}}:{service}:{region}:${{AWS::AccountId}}:{resource}")


def function_of(value: Value) -> tuple[str, Value] | None:
    """Return name and argument if a value is a function, else None."""
    if isinstance(value, Mapping) and len(value) == 1:
        [(name, argument)] = value.items()
        if isinstance(name, str) and (name in {"Ref", "Condition"} or name.startswith("Fn::")):
            return name, argument
    return None


def references_in(value: Value) -> set[str]:
    """Return the parameters and resources that a value refers to, at any depth."""
    function = function_of(value)
    if function is not None:
        return _references_of(*function)
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return {name for part in parts for name in references_in(part)}


def _references_of(name: str, argument: Value) -> set[str]:
    if name == "Ref":
        return {str(argument)}
    if name == "Fn::GetAtt":
        return {str(argument[0] if isinstance(argument, list) else argument).partition(".")[0]}
    if name == "Fn::Sub" and isinstance(argument, str):
        return {found.partition(".")[0] for found in FILLED_IN.findall(argument)}
    return references_in(argument)
