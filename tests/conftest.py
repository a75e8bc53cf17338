"""Shared by all tests: a skip is a failure where CI is set, since CI has everything."""

import os
import sys

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Leave what is marked `untraced` out of the coverage, fixtures and all."""
    if item.get_closest_marker("untraced") is None:
        return (yield)
    tracing = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracing)


def pytest_xdist_auto_num_workers(config):
    """One worker more than cores: now and then each waits for a process that it has started."""
    return os.cpu_count() + 1


@pytest.fixture(scope="session")
def keystore_folder(tmp_path_factory):
    """The folder of a key infrastructure of our own, made once."""
    from host_tools.gbcs import pki

    folder = tmp_path_factory.mktemp("keystore")
    pki.make(folder)
    return folder


@pytest.fixture(scope="session")
def keystore(keystore_folder):
    """What is in that folder."""
    from host_tools.gbcs.keystore import Keystore

    return Keystore(keystore_folder)


@pytest.fixture(scope="session")
def head_end(keystore):
    """The remote parties of that infrastructure."""
    from host_tools.gbcs.head_end import HeadEnd

    return HeadEnd(keystore)
