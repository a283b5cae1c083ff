# SIGTERM to Snakemake, at any moment. To delete, with its line in the Snakefile, once it is fixed:
# Snakemake 9.27.1 handles the signal in its main thread, with a lock of its scheduler that this
# thread already holds while it chooses jobs, and waits for itself for ever. In a thread of its own
# the handler waits until the choice is made.
import _thread
import signal


def handle_in_thread(number):
    """Let the handler of a signal, if there is one, run in a thread of its own.

    The thread is of the lowest level, as the others take a lock when they start.
    """
    handler = signal.getsignal(number)
    if callable(handler):
        signal.signal(number, lambda *received: _thread.start_new_thread(handler, received))


# By now Snakemake has a handler; before, there is nothing to end.
onstart:
    handle_in_thread(signal.SIGTERM)
