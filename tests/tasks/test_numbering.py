import pytest

from infra.errors import BadInput
from tasks.numbering import MOST, check_added, check_named, shown_ids, written_ids
from tasks.schema import Added, Edits

REST = Added(caption="Bees rest.")


def test_added_shots_are_shown_where_the_order_names_them_else_at_the_end():
    edits = Edits(added={"s201": REST, "s30": REST})
    assert shown_ids(written_ids(2), edits) == ("s1", "s2", "s30", "s201")
    ordered = edits.model_copy(update={"order": ("s201", "s2", "s9")})
    assert shown_ids(written_ids(2), ordered) == ("s201", "s2")


def test_an_id_of_the_script_is_not_added():
    with pytest.raises(BadInput, match=r"s2 that was added .* script's 2.*from s201 on"):
        check_added(Edits(added={"s2": REST}), written_ids(2))
    check_added(Edits(added={"s3": REST}), written_ids(2))


def test_a_film_has_at_most_so_many_shots():
    added = {f"s{number}": REST for number in range(201, 400)}
    check_added(Edits(added=added), written_ids(MOST - len(added)))
    with pytest.raises(BadInput, match="201 shots; 200 is the most"):
        check_added(Edits(added=added), written_ids(MOST - len(added) + 1))


@pytest.mark.parametrize(
    "edits", [{"order": ("s3",)}, {"beats": {"s3": 4}}, {"media": {}, "transitions": {"s3": "cut"}}]
)
def test_only_shots_that_there_are_are_named(edits):
    with pytest.raises(BadInput, match=r"no shot s3: this film has 2\. Name one of s1, s2"):
        check_named(Edits.model_validate(edits), written_ids(2))
    check_named(Edits.model_validate(edits | {"added": {"s3": REST}}), written_ids(2))
