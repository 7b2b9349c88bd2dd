"""The fixture ``modemtwin`` of pytest."""

from __future__ import annotations

from typing import Iterator

import pytest

from ._twin import ModemTwin


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line("markers", "modemtwin(**options): what the module of this test is made of")


@pytest.fixture
def modemtwin(request: pytest.FixtureRequest) -> Iterator[ModemTwin]:
    """A module for this test, made as the marker ``modemtwin`` says. The test fails when the driver does something that
    breaks on the real module."""
    marker = request.node.get_closest_marker("modemtwin")
    with ModemTwin(**(marker.kwargs if marker else {})) as twin:
        yield twin
