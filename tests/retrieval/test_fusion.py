import pytest

from retrieval.fusion import reciprocal_ranks


def test_a_row_in_both_lists_beats_the_first_of_one() -> None:
    fused = reciprocal_ranks([[1, 2], [3, 2]])

    assert max(fused, key=fused.__getitem__) == 2
    assert fused[1] == fused[3] == pytest.approx(1 / 61)


def test_no_lists_give_nothing() -> None:
    assert reciprocal_ranks([[], []]) == {}
