# A workaround for snakemake-logger-plugin-rich 0.5.1, the progress on a terminal; delete it, with its line in
# workflow/Snakefile, when the plugin has a setting. Of a failed job it prints the command and all of its log;
# here the log's name and last line. Everything is in .snakemake/log as before.
import sys
from pathlib import Path


class LastLine(type(Path())):
    """A log of which the plugin reads the last line."""

    def read_text(self, *arguments, **options):
        """Return the last line with text in it, nothing of a job that had not begun its log."""
        text = super().read_text(*arguments, errors="replace") if self.is_file() else ""
        return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def show_failures_in_short(plugin):
    """Make the plugin print the last line of a log, and no command that failed."""
    handle = plugin.EventHandler.handle_error

    def handle_error(handler, event, **options):
        if not (event.message or "").startswith("RuleException"):
            handle(handler, event, **options)

    plugin.Path, plugin.EventHandler.handle_error = LastLine, handle_error


if (
    "snakemake_logger_plugin_rich.event_handler" in sys.modules
):  # Snakemake imports what is installed
    show_failures_in_short(sys.modules["snakemake_logger_plugin_rich.event_handler"])
