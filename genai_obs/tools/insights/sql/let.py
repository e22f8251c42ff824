"""Operands that are used several times, computed once: SQL's expressions have no names for parts of them."""

from collections.abc import Callable

# Beyond this length an operand is computed once and bound, instead of being written out at every use.
_PLAIN_LENGTH = 160
_COSTLY = ("q_", "CASE", "COALESCE", "list_", "regexp_", "json_e")


def is_plain(sql: str) -> bool:
    """Tell whether an expression is so small that it may be repeated: a column, or one macro of one."""
    return len(sql) <= _PLAIN_LENGTH and sum(sql.count(mark) for mark in _COSTLY) <= 1


def let(operands: list[str], body: Callable[..., str]) -> str:
    """
    Return the SQL of a body that uses its operands several times, each computed once.

    Repeating a nested expression would make it grow exponentially with its depth.
    """
    if all(is_plain(operand) for operand in operands):
        return body(*operands)
    return bind(operands, body)


def bind(operands: list[str], body: Callable[..., str]) -> str:
    """Return the SQL of a body over operands that are computed once, however small they look."""
    if len(operands) == 1:
        return f"list_transform([{operands[0]}], lambda q_it: {body('q_it')})[1]"
    fields = ", ".join(f"'v{index}': {operand}" for index, operand in enumerate(operands))
    names = [f"struct_extract(q_it, 'v{index}')" for index in range(len(operands))]
    return f"list_transform([{{{fields}}}], lambda q_it: {body(*names)})[1]"


def macro(name: str, *operands: str) -> str:
    """Return a call of a macro that uses its parameters several times."""
    return let(list(operands), lambda *bound: f"{name}({', '.join(bound)})")
