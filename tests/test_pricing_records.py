"""Records: frozen, compared by value, cheap to make."""

import copy
import dataclasses
import pickle
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import pytest

from pricing.records import EMPTY, FrozenRecordError, record, replace

T = TypeVar("T")


@record
class Point:
    """Two numbers and a name."""

    x: int
    y: int = 0
    """Upwards."""
    tags: Mapping[str, str] = EMPTY

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("x is negative")

    @property
    def area(self) -> int:
        return self.x * self.y


@record
class Other:
    x: int
    y: int = 0
    tags: Mapping[str, str] = EMPTY


@record
class Single:
    only: str


@record
class Empty:
    """No fields."""


@record
class Boxed(Generic[T]):
    value: T


def test_fields_are_given_by_place_or_by_name_and_have_defaults() -> None:
    point = Point(3, y=4)
    assert (point.x, point.y, point.tags, point.area) == (3, 4, {}, 12)
    assert repr(point) == "Point(x=3, y=4, tags=mappingproxy({}))"


@pytest.mark.parametrize("arguments", [{}, {"x": 1, "z": 2}])
def test_a_missing_or_unknown_field_is_a_type_error(arguments: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Point(**arguments)  # type: ignore[arg-type]


def test_records_are_equal_by_value_and_only_to_their_own_kind() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(1, 3)
    strangers: tuple[object, object] = (Other(1, 2), ("a",))
    assert Point(1, 2) != strangers[0]
    assert Single("a") != strangers[1]
    assert Empty() == Empty()
    assert {Single("a"), Single("a"), Single("b")} == {Single("b"), Single("a")}


def test_a_field_can_be_neither_assigned_nor_deleted_nor_added() -> None:
    point = Point(1)
    for name in ("x", "new"):
        with pytest.raises(FrozenRecordError, match=f"Point.{name} cannot change"):
            setattr(point, name, 2)
    with pytest.raises(FrozenRecordError):
        del point.x
    assert not hasattr(point, "__dict__")


def test_checks_run_on_construction_and_on_replacement() -> None:
    with pytest.raises(ValueError, match="x is negative"):
        Point(-1)
    with pytest.raises(ValueError, match="x is negative"):
        replace(Point(1), x=-1)
    assert replace(Point(1, 2), y=5) == Point(1, 5)


def test_records_copy_and_pickle() -> None:
    assert copy.deepcopy(Other(1, 2, {"a": "b"})) == Other(1, 2, {"a": "b"})
    assert pickle.loads(pickle.dumps(Single("a"))) == Single("a")  # noqa: S301 - our own bytes


def test_records_are_read_with_match() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_a_record_may_be_generic() -> None:
    assert Boxed[int](3).value == 3


def test_the_functions_of_dataclasses_work_on_records() -> None:
    sample: Any = Point(1, 2, {"a": "b"})
    is_dataclass: bool = dataclasses.is_dataclass(sample)
    assert is_dataclass
    assert [field.name for field in dataclasses.fields(sample)] == ["x", "y", "tags"]
    assert dataclasses.replace(sample, y=3) == Point(1, 3, {"a": "b"})
    assert dataclasses.asdict(sample) == {"x": 1, "y": 2, "tags": {"a": "b"}}
