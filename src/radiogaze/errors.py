"""The one exception that a user is meant to read, and how foreign text is printed in it."""

# Characters of a message. Of a longer one the middle is cut: the end says what to do.
_MAX_LENGTH, _HEAD, _TAIL = 4000, 3000, 800


class RadiogazeError(Exception):
    """A mistake or fault that its one-line message explains.

    The message names what is wrong, where, what was expected and what to do. The command line
    prints it without a traceback and exits with status 1. Names of files and cells of tables may
    hold anything: as text, an error is `printable`, and of a very long one the middle is left out.
    """

    def __str__(self) -> str:
        text = printable(super().__str__())
        return text if len(text) <= _MAX_LENGTH else f"{text[:_HEAD]} … {text[-_TAIL:]}"


def printable(text: str) -> str:
    r"""Return a text fit for one line of a terminal, a log or a table.

    Line breaks, control characters, bidirectional marks, and bytes of a file
    name that are not UTF-8 become escapes such as ``\n``, ``\x1b`` and ``\udce9``. Any other text
    stays as it is.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
