"""What is reported of a contender counts every row once."""

from evaluations import evaluation_of
from shell import ORDERS


def test_every_row_is_predicted_once_and_the_confusion_matrix_adds_up() -> None:
    evaluation = evaluation_of(ORDERS, "-t", "fraud", "--technique", "class-weight", "--cv", 3)
    for contender in evaluation["contenders"]:
        assert sum(map(sum, contender["confusion"])) == 2000
        assert [sum(row) for row in contender["confusion"]] == evaluation["counts"]
    assert evaluation["positive"] == "yes"
