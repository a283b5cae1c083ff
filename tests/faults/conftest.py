"""How hard the fuzzing tries: ``HYPOTHESIS_PROFILE=faults`` tries fifteen times the examples."""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# The tools of the unit tests serve here too.
sys.path.append(str(Path(__file__).resolve().parents[1] / "unit"))

# A deadline would fail a slow machine; each test has a limit of its own where something could hang.
_COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("suite", max_examples=40, derandomize=True, **_COMMON)
settings.register_profile("faults", max_examples=600, print_blob=True, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
