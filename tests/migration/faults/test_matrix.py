"""A part of the matrix; `python -m tests.migration.faults` runs all of it."""

from __future__ import annotations

import pytest

from tests.migration.faults.cells import Cell, chosen_cells
from tests.migration.faults.running import run_cell
from tests.migration.faults.world import World

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("cell", chosen_cells(), ids=str)
def test_after_any_fault_one_writer_goes_on_and_nothing_is_lost_or_doubled(
    world: World, cell: Cell
) -> None:
    result = run_cell(world, cell)
    assert result.wrong() == []
    if not cell.fault.reaches_clients:
        assert result.client_errors == 0
