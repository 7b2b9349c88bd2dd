"""The fixture ``modemtwin`` of pytest.

A test fails when its driver does something that breaks on the real module. The report of a test that failed has the last
failures of the module and the end of its trace.
"""

from __future__ import annotations

from typing import Generator, Iterator

import pytest

from ._twin import ModemTwin

_TWIN = pytest.StashKey[ModemTwin]()


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line("markers", "modemtwin(**options): what the module of this test is made of")


@pytest.fixture
def modemtwin(request: pytest.FixtureRequest) -> Iterator[ModemTwin]:
    """A module for this test, made as the marker ``modemtwin`` says."""
    marker = request.node.get_closest_marker("modemtwin")
    twin = ModemTwin(**(marker.kwargs if marker else {})).start()
    request.node.stash[_TWIN] = twin
    yield twin
    twin.abandon()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Stops the module within the call, so that what the driver did wrong fails the test itself."""
    result = yield
    if twin := item.stash.get(_TWIN, None):
        twin.stop()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds to the report of a test, or of a fixture, that failed what the module has to say."""
    report = yield
    twin = item.stash.get(_TWIN, None)
    if twin and call.when != "teardown" and report.failed:
        report.sections.append(("modemtwin", twin.story()))
    return report
