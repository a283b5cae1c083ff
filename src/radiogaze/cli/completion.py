"""``radiogaze completion``: the script that completes commands and options in a shell."""

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that completes radiogaze's commands and options in SHELL.

    \b
    bash   radiogaze completion bash > ~/.radiogaze-complete; then in ~/.bashrc:
           source ~/.radiogaze-complete
    zsh    the same with zsh and ~/.zshrc
    fish   radiogaze completion fish > ~/.config/fish/completions/radiogaze.fish
    """  # noqa: D301 (click's mark of a paragraph that keeps its lines)
    from click.shell_completion import get_completion_class

    from radiogaze.cli import cli
    from radiogaze.errors import RadiogazeError

    completion = get_completion_class(shell)
    if completion is None:
        raise RadiogazeError(f"{shell}: click knows no completion for this shell")
    click.echo(completion(cli, {}, "radiogaze", "_RADIOGAZE_COMPLETE").source())
