"""A template as YAML, with CloudFormation's short forms and texts that can be read."""

from typing import Any

import yaml

from genai_obs.tools.cfn.intrinsics import Value, function_of

_WIDTH = 110
# Longer texts stand in blocks of their own.
_FOLDED = 80
# A dimension stands on one line, and so do some short texts.
_PAIR = {"Name", "Value"}
_SHORT = 40
_MOST_ON_A_LINE = 3
# Breaks of lines to YAML only, which PyYAML writes in single quotes and then reads as blanks.
_ODD_BREAKS = frozenset("\x85\u2028\u2029")
_NO_TAG = frozenset(("Condition",))


class _Writer(yaml.SafeDumper):
    """PyYAML's dumper, taught to write functions as tags and long texts as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write what occurs twice twice: people read templates, and CloudFormation once knew no aliases."""
        del data
        return True

    def choose_scalar_style(self) -> str:
        """Write the text behind one of our tags plainly where any text could stand so."""
        chosen = super().choose_scalar_style()
        event, analysis = self.event, self.analysis
        if not isinstance(event, yaml.ScalarEvent) or analysis is None or chosen != "'":
            return chosen
        is_plain = analysis.allow_flow_plain if self.flow_level else analysis.allow_block_plain
        may_be = (event.tag or "").startswith("!") and is_plain and analysis.scalar and not analysis.multiline
        return "" if may_be and not self.simple_key_context else chosen

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists under their key."""
        del indentless
        super().increase_indent(flow, False)


def write_yaml(template: Value) -> str:
    """Return the text; the same template gives the same bytes."""
    return yaml.dump(template, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=_WIDTH, indent=2)


def _mapping(writer: _Writer, data: dict[str, Any]) -> yaml.Node:
    function = function_of(data)
    if function is None or function[0] in _NO_TAG:
        return writer.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=set(data) == _PAIR)
    name, argument = function
    tag = "!" + name.removeprefix("Fn::")
    if tag == "!GetAtt" and isinstance(argument, list):
        argument = ".".join(argument)
    if isinstance(argument, str):
        return writer.represent_scalar(tag, argument, style=_style(argument))
    if isinstance(argument, list):
        return writer.represent_sequence(tag, argument, flow_style=None)
    # A function of a function has no short form: YAML takes one tag for a value.
    return writer.represent_mapping("tag:yaml.org,2002:map", data.items())


def _list(writer: _Writer, data: list[Any]) -> yaml.Node:
    """Write a list of short things on one line, as people do."""
    is_short = 0 < len(data) <= _MOST_ON_A_LINE and all(map(_is_short, data))
    return writer.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=is_short)


def _is_short(value: Value) -> bool:
    function = function_of(value)
    shown = value if function is None else function[1]
    return (function is None or function[0] == "Ref") and isinstance(shown, str) and len(shown) <= _SHORT


def _text(writer: _Writer, data: str) -> yaml.Node:
    return writer.represent_scalar("tag:yaml.org,2002:str", data, style=_style(data))


def _style(text: str) -> str | None:
    if not _ODD_BREAKS.isdisjoint(text):
        return '"'
    if "\n" in text:
        return "|"
    return ">" if len(text) > _FOLDED else None


_Writer.add_representer(dict, _mapping)
_Writer.add_representer(list, _list)
_Writer.add_representer(str, _text)
