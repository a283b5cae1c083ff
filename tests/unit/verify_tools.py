"""A verb that writes two files with a sidecar, and what `radiogaze verify` prints of them."""

from pathlib import Path

import click
from click.testing import CliRunner

from radiogaze.cli import cli
from radiogaze.cli.sidecar import writes

PATH = click.Path(path_type=Path)
FOLDER = Path("results/quick")
SIDECAR = FOLDER / "metrics.json.provenance.json"


@click.command()
@click.argument("variant")
@click.option("--sheet", type=PATH)
@click.option("--recipe")
@click.option("--recipes", type=PATH)
@click.option("--images", type=PATH)
@click.option("--catalogue", multiple=True)
@click.option("--temperature", multiple=True)
@click.option("--passes", type=int, default=8)
@click.option("--metrics", type=PATH)
@click.option("--logits", type=PATH)
@writes("evaluate", "metrics", "logits")
def measure(
    variant, sheet, recipe, recipes, images, catalogue, temperature, passes, metrics, logits
):
    """A verb that reads and writes files."""
    metrics.parent.mkdir(parents=True, exist_ok=True)
    metrics.write_bytes(images.read_bytes() * passes)
    logits.write_text("logits")


def run_measure(folder=FOLDER):
    arguments = ["mirabest-fc-0g", "--sheet=sheet.tsv", "--images=images.npz"]
    arguments += ["--recipes=recipes.yaml"]
    arguments += ["--catalogue=mirabest=catalogue.csv", "--catalogue=x=other.csv"]
    arguments += ["--temperature=zoom=0.1"]
    arguments += [f"--metrics={folder}/metrics.json", f"--logits={folder}/logits.npz"]
    result = CliRunner().invoke(measure, arguments)
    if result.exception is not None:
        raise result.exception


def run():
    """What verify prints; the status is 1 if that is anything."""
    result = CliRunner().invoke(cli, ["verify", str(FOLDER)])
    assert result.exit_code == (1 if result.stdout else 0)
    return result.stdout.splitlines()


def flip(path):
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
