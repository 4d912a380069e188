"""Frozen dataclasses whose common methods are written once instead of being generated for every class.

The standard decorator compiles up to seven methods for each class: for the records that one command
meets, that took longer than reading and checking them. Here it makes only ``__init__``; all else that a
frozen dataclass is (``fields``, ``replace``, equality, hash, no assignment) holds as ever.
"""

from __future__ import annotations

from dataclasses import Field, FrozenInstanceError, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

ClassType = TypeVar("ClassType")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: type[ClassType]) -> type[ClassType]:
    """Make a class below :class:`Frozen` a dataclass with keyword arguments only."""
    return dataclass(kw_only=True, repr=False, eq=False)(cls)


class Frozen:
    """What every such class has in common."""

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __setattr__(self, name: str, value: object) -> None:
        """Let ``__init__`` set each field once, and nobody anything afterwards."""
        if name in self.__dict__ or name not in self.__dataclass_fields__:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        pairs = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({pairs})"


def assembled(cls: type[ClassType], values: dict[str, Any]) -> ClassType:
    """The instance with these values, which must be one for each field, in their order, and are taken over.

    What ``__init__`` would make of them, without its call for each field: a history holds many thousands.
    """
    made = cls.__new__(cls)
    object.__setattr__(made, "__dict__", values)
    return made
