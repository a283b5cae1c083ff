# A workaround for Snakemake 9.27.1; delete it, with its line in workflow/Snakefile, when Snakemake is fixed.
# Snakemake handles SIGTERM in its main thread, and the handler takes a lock of the scheduler. While it
# chooses jobs, the main thread already holds this lock, so that it waits for itself for ever. In a
# separate thread the handler waits until the jobs are chosen.
import _thread
import signal


def handle_in_thread(number):
    """Run the handler of a signal, if there is one, in a separate thread.

    Not by ``threading``, whose threads take a lock when they start.
    """
    handler = signal.getsignal(number)
    if callable(handler):
        signal.signal(number, lambda *received: _thread.start_new_thread(handler, received))


# Snakemake has installed its handler by now; earlier, no jobs are running.
onstart:
    handle_in_thread(signal.SIGTERM)
