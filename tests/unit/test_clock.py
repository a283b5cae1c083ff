"""Files from the future; what they do in a run is tried in tests/faults."""

import os
import time

from radiogaze.clock import bring_back


def test_what_is_later_than_the_clock_is_from_now(tmp_path):
    before = time.time()
    early, late = tmp_path / "early", tmp_path / "a/b/late"
    late.parent.mkdir(parents=True)
    for path, moment in ((early, before - 100), (late, before + 86400)):
        path.write_text("")
        os.utime(path, (moment, moment))
    assert bring_back([tmp_path, tmp_path / "not-there"]) == 1
    assert early.stat().st_mtime < before - 99
    assert before <= late.stat().st_mtime <= time.time()
    assert bring_back([tmp_path]) == 0
