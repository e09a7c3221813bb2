"""Values that say "not given" where None means something of its own."""

from __future__ import annotations

from typing import Final, Literal, TypeVar

T = TypeVar("T")


class Omit:
    """Leave this field out of the request.

    Example:
        >>> bool(omit)
        False
    """

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "omit"


class NotGiven:
    """This option was not given; the client's own value holds.

    Example:
        >>> bool(not_given)
        False
    """

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"


omit: Final = Omit()
not_given: Final = NotGiven()
NOT_GIVEN: Final = not_given
NoneType: Final = type(None)


def given(value: T | NotGiven | Omit, otherwise: T) -> T:
    """`value`, or `otherwise` where none was given."""
    return otherwise if isinstance(value, NotGiven | Omit) else value


def present(fields: dict[str, object]) -> dict[str, object]:
    """The fields that were given; None stays, as null."""
    return {key: value for key, value in fields.items() if not isinstance(value, Omit | NotGiven)}
