"""SIGTERM to Snakemake, at any moment.

Snakemake's handler takes the lock of its scheduler, and Python runs handlers in the main thread,
which holds that lock while it chooses jobs: it would wait for itself for ever (seen in Snakemake
9). In a thread of its own the handler waits until the choice is made.
"""

import _thread
import signal
from typing import Any


def handle_in_thread(number: int) -> None:
    """Let the handler of a signal, if there is one, run in a thread of its own.

    The thread is of the lowest level, as the others take a lock when they start.

    Raises
    ------
    ValueError
        Outside the main thread, where nobody may set handlers.
    """
    handler = signal.getsignal(number)
    if not callable(handler):
        return

    def start(*received: Any) -> None:
        _thread.start_new_thread(handler, received)

    signal.signal(number, start)
