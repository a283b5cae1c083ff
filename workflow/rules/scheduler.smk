# Two workarounds for Snakemake 9.27.1; delete each when Snakemake is fixed, and with the last its line in workflow/Snakefile.
#
# Snakemake handles SIGTERM in its main thread, and the handler takes a lock of the scheduler. While it
# chooses jobs, the main thread already holds this lock, so that it waits for itself for ever. In a
# separate thread the handler waits until the jobs are chosen.
#
# To start at most 100 jobs a second, its default, Snakemake looks for jobs again a second after it has looked, and
# each finished job begins one more chain of this kind: after 200 jobs it looks 200 times a second, from as many
# threads, and takes the time from the jobs (its pull request 3744). No run starts so many here.
import _thread
import signal


def handle_in_thread(number):
    """Run the handler of a signal, if there is one, in a separate thread.

    Not by ``threading``, whose threads take a lock when they start.
    """
    handler = signal.getsignal(number)
    if callable(handler):
        signal.signal(number, lambda *received: _thread.start_new_thread(handler, received))


def drop_default_limit(scheduler):
    """Let a scheduler start jobs at any rate, unless the user has given a limit."""
    limit = scheduler.job_rate_limiter
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        scheduler.job_rate_limiter = None
