"""YAML with places and CloudFormation's tags; built on PyYAML's nodes, so that no tag can make anything but data."""

from collections.abc import Callable
from typing import Any, NoReturn

import yaml

from genai_obs.tools.cfn.load_json import DEEPEST
from genai_obs.tools.cfn.nodes import Node, Scalar
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.near import nearest
from genai_obs.tools.text.source import Source, Span

# Values after aliases are followed: more than any template has, few enough to stop a bomb of aliases.
MOST_VALUES = 100_000

_PREFIX = "tag:yaml.org,2002:"
_PLAIN = {_PREFIX + name for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "value")}

# AWS: "Intrinsic function reference" and "Rule-specific intrinsic functions": short form -> long form.
TAGS = {
    f"!{name}": f"Fn::{name}"
    for name in (
        *("And", "Base64", "Cidr", "Equals", "FindInMap", "GetAZs", "GetAtt", "If", "ImportValue", "Join", "Length"),
        *("Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"),
        *("Contains", "EachMemberEquals", "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll"),
    )
} | {"!Ref": "Ref", "!Condition": "Condition"}


def read_yaml(source: Source) -> Node:
    """
    Return the nodes of a YAML text.

    Raises:
        TextError: It is no YAML, a key stands twice, a tag is unknown, or aliases make it too large.
    """
    try:
        composed = yaml.compose(source.text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _broken(source, error.problem or error.context or "broken", mark.index if mark else 0) from None
    except yaml.reader.ReaderError as error:
        raise _broken(source, "a character that YAML does not allow", int(error.position)) from None
    except RecursionError:
        raise TextError(source, [Diagnostic("template-too-deep", "values are nested too deeply", Span(0, 1))]) from None
    if composed is None:
        raise TextError(source, [Diagnostic("not-a-template", "there is nothing in it", Span(0, 1))])
    return _Reader(source).node(composed, 0)


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = MOST_VALUES

    def node(self, node: yaml.Node, depth: int) -> Node:
        """Return one of PyYAML's nodes as ours."""
        self._left -= 1
        if self._left < 0:
            self.error("template-too-large", f"aliases make more than {MOST_VALUES:,} values of it", node)
        # An alias inside of what it names would go on for ever.
        if depth > DEEPEST:
            self.error("template-too-deep", f"values are nested more than {DEEPEST} deep", node)
        if node.tag in TAGS:
            return self._function(node, depth)
        if node.tag not in _PLAIN:
            self._refuse_tag(node)
        return self._untagged(node, depth)

    def _untagged(self, node: yaml.Node, depth: int) -> Node:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return Node([self.node(item, depth + 1) for item in node.value], _span(node))
        return Node(_scalar(node), _span(node))

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Node:
        members: dict[str, Node] = {}
        keys: dict[str, Span] = {}
        for key, value in node.value:
            name = self._key(key)
            if name in members:
                self.error("duplicate-key", f"the key {name} stands here twice", key)
            keys[name] = _span(key)
            members[name] = self.node(value, depth + 1)
        return Node(members, _span(node), keys)

    def _key(self, key: yaml.Node) -> str:
        if key.tag == f"{_PREFIX}merge":
            self.error("merge-key", "CloudFormation knows no merge key <<; write its members out", key)
        if not isinstance(key, yaml.ScalarNode) or key.tag not in _PLAIN:
            self.error("bad-key", "a key must be a text", key)
        return str(key.value)

    def _function(self, node: yaml.Node, depth: int) -> Node:
        name = TAGS[node.tag]
        span = _span(node)
        argument = Node(str(node.value), span) if isinstance(node, yaml.ScalarNode) else self._untagged(node, depth + 1)
        if name == "Fn::GetAtt" and isinstance(argument.value, str):
            resource, _, attribute = argument.value.partition(".")
            argument = Node([Node(resource, span), Node(attribute, span)], span)
        return Node({name: argument}, span, {name: Span(span.start, span.start + len(node.tag))})

    def _refuse_tag(self, node: yaml.Node) -> NoReturn:
        shown = node.tag.replace(_PREFIX, "!!")
        near = nearest(shown, TAGS)
        hint = f"did you mean {near}?" if near else None
        diagnostic = Diagnostic("unknown-tag", f"CloudFormation has no tag {shown[:60]}", _span(node), hint)
        raise TextError(self._source, [diagnostic])

    def error(self, slug: str, message: str, node: yaml.Node) -> NoReturn:
        """Say what is wrong with a value."""
        raise TextError(self._source, [Diagnostic(slug, message, _span(node))])


def _span(node: yaml.Node) -> Span:
    """Return the place of a node; a block ends before the blanks behind it."""
    return Span(node.start_mark.index, max(node.start_mark.index + 1, node.end_mark.index))


_CONSTRUCTOR = yaml.constructor.SafeConstructor()
_SCALARS: dict[str, Callable[[Any], Scalar]] = {
    f"{_PREFIX}int": _CONSTRUCTOR.construct_yaml_int,
    f"{_PREFIX}float": _CONSTRUCTOR.construct_yaml_float,
    f"{_PREFIX}bool": _CONSTRUCTOR.construct_yaml_bool,
    f"{_PREFIX}null": _CONSTRUCTOR.construct_yaml_null,
}


def _scalar(node: yaml.Node) -> Scalar:
    """Return a number, a truth value, nothing, or the text; dates stay texts, as CloudFormation takes them."""
    construct = _SCALARS.get(node.tag)
    try:
        return str(node.value) if construct is None else construct(node)
    # A tag that does not fit its text (!!int x), or too many digits: what was written is what it is.
    except (ValueError, KeyError, OverflowError, IndexError):
        return str(node.value)


def _broken(source: Source, problem: str, position: int) -> TextError:
    span = Span(position, position + 1)
    return TextError(source, [Diagnostic("yaml-broken", f"this is no YAML: {problem}", span)])
