"""Which card a job takes where there are several; the cards here are names, the locks real."""

import subprocess
import sys

HOLD = """
import sys
from pathlib import Path
from radiogaze.models.device import take_free_card
card = take_free_card(("0", "1"), Path(sys.argv[1]))
again = take_free_card(("0", "1"), Path(sys.argv[1]))  # for another network of the process
print(card if again == card else f"{card} and {again}", flush=True)
sys.stdin.read()
"""


def start(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, int(process.stdout.readline())


def test_each_job_takes_a_card_of_its_own_and_a_killed_one_leaves_it(tmp_path):
    first, one = start(tmp_path)
    second, two = start(tmp_path)
    assert (one, two) == (0, 1)
    third, shared = start(tmp_path)
    assert shared in (0, 1)  # more jobs than cards: it runs all the same
    first.kill()
    first.wait()
    fourth, free = start(tmp_path)
    assert free == 0
    for process in (second, third, fourth):
        process.communicate()
