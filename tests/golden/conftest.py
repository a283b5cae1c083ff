"""Golden outputs: what every step computes from small inputs, compared with what was recorded."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="Record the results of a new version.")


@pytest.fixture
def record(pytestconfig: pytest.Config) -> bool:
    """Whether to record results instead of comparing them."""
    return bool(pytestconfig.getoption("--record", False))
