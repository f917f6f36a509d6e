# SPDX-License-Identifier: BSD-2-Clause
"""Run by pytest, with a fixture and parameters."""
import pytest
from burn import burn


@pytest.fixture
def size():
    return 30000


@pytest.mark.parametrize('turn', range(400))
def test_handle(turn, size):
    assert burn(size) > turn
