"""The workarounds for Snakemake; those of a plugin and of signals without a Snakemake."""

import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

SCHEDULER = "workflow/rules/scheduler.smk"


@pytest.fixture
def progress(root):
    """What `progress.smk` defines, which is Python."""
    found: dict = {}
    exec((root / "workflow/rules/progress.smk").read_text(), found)  # noqa: S102
    return SimpleNamespace(**found)


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        (b"epoch 0\nthe reason\n\n  \n", "the reason"),
        (b"caf\xe9: no such file\n", "caf\ufffd: no such file"),
        (b"\n\n", ""),
        (b"", ""),
        (None, ""),
    ],
)
def test_the_last_line_of_a_log(log, shown, progress, tmp_path):
    path = progress.LastLine(tmp_path / "fails.log")
    if log is not None:
        path.write_bytes(log)
    assert path.read_text() == shown


def test_only_the_command_of_a_failed_job_is_left_out(progress):
    shown = []

    class Handler:
        def handle_error(self, event, **_):
            shown.append(event.message)

    progress.show_failures_in_short(plugin := SimpleNamespace(EventHandler=Handler))
    messages = ("RuleException:\nfalse", "SyntaxError, in a RuleException", "", None)
    for message in messages:
        Handler().handle_error(SimpleNamespace(message=message), stacklevel=1)
    assert shown == [*messages[1:]]
    assert plugin.Path is progress.LastLine


def test_a_plugin_that_is_not_there_is_not_changed(root, monkeypatch):
    monkeypatch.delitem(sys.modules, "snakemake_logger_plugin_rich.event_handler", raising=False)
    exec((root / "workflow/rules/progress.smk").read_text(), {})  # noqa: S102


def test_a_handler_of_signals_runs_in_a_thread_of_its_own(root):
    _, _, onstart = (root / "workflow/Snakefile").read_text().partition("onstart:")
    assert "handle_in_thread(signal.SIGTERM)" in onstart.split()
    found: dict = {}
    exec((root / SCHEDULER).read_text(), found)  # noqa: S102
    calls, done = [], threading.Event()

    def handler(number, frame):
        calls.append((number, frame is not None, threading.get_ident() == main))
        done.set()

    main, before = threading.get_ident(), signal.signal(signal.SIGUSR1, handler)
    try:
        found["handle_in_thread"](signal.SIGUSR1)
        signal.raise_signal(signal.SIGUSR1)
        assert done.wait(10)
        assert calls == [(signal.SIGUSR1, True, False)]
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        found["handle_in_thread"](signal.SIGUSR1)
        assert signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(
    ("options", "some"), [((), False), (("--max-jobs-per-timespan=99/1s",), True)]
)
def test_finished_jobs_leave_no_timers_behind(options, some, root, tmp_path):
    """Each would make Snakemake look for jobs once more a second, to the end of the run."""
    (tmp_path / "Snakefile").write_text(f"""
import threading
include: {str(root / SCHEDULER)!r}
rule all:
    input: expand("{{number}}", number=range(9))
rule one:
    output: "{{number}}"
    shell: "touch {{output}}"
onstart:
    drop_default_limit(workflow.scheduler)
onsuccess:
    print("timers:", sum(isinstance(each, threading.Timer) for each in threading.enumerate()))
""")
    command = (sys.executable, "-m", "snakemake", "--cores=1", "--quiet=all", *options)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ("timers: 0" not in done.stdout + done.stderr) == some, done
