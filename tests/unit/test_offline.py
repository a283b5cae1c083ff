"""What is done offline asks nobody, and what is fetched has a source over https."""

import sys
from urllib.parse import urlsplit

import pytest

from processes import call
from radiogaze.data.manifest import load_datasets, load_weights
from sky_tools import own_weights, write_fits

OFFLINE = """
import socket, sys

def no_network(*arguments, **_):
    raise SystemExit(f"asked the network: {arguments[:2]}")

socket.getaddrinfo = socket.create_connection = socket.socket.connect = no_network
socket.socket.connect_ex = socket.socket.sendto = no_network
"""
RADIOGAZE = f"{OFFLINE}from radiogaze.cli import main; main()"
SNAKEMAKE = f"{OFFLINE}from snakemake.cli import main; main()"


def classify(folder):
    own_weights(folder / "w" / "model.safetensors", 0, "range")
    image = write_fits(folder / "a.fits")
    options = ["--passes", 0, "--weights", folder / "w", "--overlays", folder / "maps"]
    return [RADIOGAZE, "classify", image, "--out", folder / "p.csv", *options]


def synthesise(folder):
    outputs = ["--images", folder / "i.npz", "--catalogue", folder / "c.csv", "--fits-dir", folder]
    return [RADIOGAZE, "synthesise", "mirabest", "--train", 20, "--test", 20, *outputs]


def plan(_):
    return [SNAKEMAKE, "-n", "--quiet", "all", "--cores", 1, "quick"]


@pytest.mark.parametrize("line", [classify, synthesise, plan])
def test_offline_work_asks_nobody(line, root, tmp_path):
    places = {"RADIOGAZE_CACHE": str(tmp_path), "RADIOGAZE_MIRROR": ""}
    done = call(sys.executable, "-c", *line(tmp_path), cwd=root, **places)
    assert "asked the network" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr


def test_plain_http_is_never_the_only_source(root):
    """The digests decide all the same."""
    reference = root / "workflow/reference"
    pins = load_datasets(reference / "datasets.csv") | load_weights(reference / "weights.csv")
    for pin in pins.values():
        assert {urlsplit(source).scheme for source in pin.urls} & {"https", "zenodo"}
