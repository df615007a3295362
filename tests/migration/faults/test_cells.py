"""What the matrix covers, and what the normal tests take from it."""

from __future__ import annotations

from app.migration.sites import Site
from tests.migration.faults.cells import FAULTS, all_cells, chosen_cells, left_out
from tests.migration.faults.steps import AFTER, BEFORE, PAUSED, STEPS


def test_the_matrix_has_more_than_a_hundred_cells_and_every_other_one_has_a_reason() -> None:
    assert len(all_cells()) > 100
    assert all(reason for _, reason in left_out())
    # fact: nothing is forgotten: what is left out and what is not make up the whole
    assert len(all_cells()) + len(left_out()) == len(FAULTS) * len(STEPS) * len(Site)
    assert (*BEFORE, *PAUSED, *AFTER) == STEPS


def test_the_chosen_cells_have_every_fault_every_step_and_both_directions() -> None:
    cells = chosen_cells()
    assert len(cells) == len({str(cell) for cell in cells}) == 30
    assert {cell.fault for cell in cells} == set(FAULTS)
    assert {(cell.step, cell.to) for cell in cells} == {(step, to) for step in STEPS for to in Site}
