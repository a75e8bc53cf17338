"""A key infrastructure and a head-end of our own, made once for all tests."""

import pytest

from host_tools.gbcs import pki
from host_tools.gbcs.head_end import HeadEnd
from host_tools.gbcs.keystore import Keystore


@pytest.fixture(scope="session")
def keystore(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keystore")
    pki.make(folder)
    return Keystore(folder)


@pytest.fixture(scope="session")
def head_end(keystore):
    return HeadEnd(keystore)
