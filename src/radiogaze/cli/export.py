"""``radiogaze export``: a trained network as a file that needs only PyTorch."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, mirror_option
from radiogaze.cli.pinned import warn


@click.command(context_settings={"show_default": True})
@click.argument("weights", default="zoom")
@click.option("--out", type=FILE, required=True, help="Output: .pt2")
@mirror_option
def command(weights: str, out: Path, mirror: str | None) -> None:
    """Export a trained network, or an ensemble, by torch.export.

    WEIGHTS is zoom (the default), a released variant, a model.safetensors, a released
    <folder>/<epoch>.pt, or a folder of networks. The file takes cutouts uint8 [N, 150, 150] and
    returns probabilities and logits [N, 2] (FRI, FRII), normalised per image, as means over the
    networks; read it with torch.export.load(path).module(). It is written only if it agrees with
    the originals.
    """
    from radiogaze.classify.export import export
    from radiogaze.classify.weights import load_members
    from radiogaze.data.fetch import DownloadSettings

    members = load_members([weights], DownloadSettings(mirror), warn)
    difference = export(members, out)
    names = ", ".join(member.variant.variant for member in members)
    click.echo(f"{out}: {names}, logits differ from the original's by at most {difference:.1g}")
