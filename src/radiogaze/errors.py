"""The one exception that a user is meant to read."""


class RadiogazeError(Exception):
    """A mistake or fault that its one-line message explains.

    The message names what is wrong, where, what was expected and what to do. The command line
    prints it without a traceback and exits with status 1.
    """
