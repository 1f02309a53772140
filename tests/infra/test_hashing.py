import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.hashing import canonical, digest
from tasks.schema import Brief

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(plain)
def test_equal_values_have_equal_digests(value):
    assert digest(value) == digest(canonical(value))


def test_order_of_keys_and_of_sets_does_not_matter():
    assert digest({"a": 1, "b": {3, 1, 2}}) == digest({"b": [1, 2, 3], "a": 1})


def test_neighbours_differ():
    assert len({digest(v) for v in (1, "1", 1.5, True, None, [1], ["1"], {"1": 1}, [[1]], "")}) == 10


def test_objects_and_paths_are_refused():
    with pytest.raises(TypeError, match="no canonical form"):
        digest(object())


def test_digests_are_the_same_in_another_process():
    brief = Brief(topic="一杯茶的旅程", seconds=12.5)
    program = (
        "from infra.hashing import digest; from tasks.schema import Brief;"
        "print(digest({'x': Brief(topic='一杯茶的旅程', seconds=12.5), 's': {'b', 'a', 'c'}}))"
    )
    for seed in ("1", "2"):
        other = subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        assert other.stdout.strip() == digest({"x": brief, "s": {"b", "a", "c"}})
