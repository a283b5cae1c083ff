"""``radiogaze export``: a trained network as a file that needs only PyTorch."""

from pathlib import Path

import click

from radiogaze.cli.options import FILE, mirror_option
from radiogaze.cli.pinned import warn


@click.command(context_settings={"show_default": True})
@click.argument("weights", default="mirabest-range-ft-3g")
@click.option("--out", type=FILE, required=True, help="Output: .pt2")
@mirror_option
def command(weights: str, out: Path, mirror: str | None) -> None:
    """Export a trained network by torch.export.

    WEIGHTS is a released variant, a model.safetensors, or a released <folder>/<epoch>.pt. The
    file takes cutouts uint8 [N, 150, 150] and returns probabilities and logits [N, 2] (FRI, FRII),
    normalised per image; read it with torch.export.load(path).module(). It is written only if it
    agrees with the original network.
    """
    from radiogaze.classify.export import export
    from radiogaze.classify.weights import load_members
    from radiogaze.data.fetch import DownloadSettings
    from radiogaze.errors import RadiogazeError

    members = load_members([weights], DownloadSettings(mirror or None), warn)
    if len(members) != 1:
        raise RadiogazeError(
            f"{weights}: contains {len(members)} networks, expected one; give a file"
        )
    difference = export(members[0], out)
    name = members[0].variant.variant
    click.echo(f"{out}: {name}, logits differ from the original's by at most {difference:.1g}")
