"""What the tests of the data layer share: archives, manifests, and the real command line."""

import csv
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from processes import call

MAIN = "from radiogaze.cli import main; main()"
ROOT = Path(__file__).resolve().parents[1]
DATASETS = ROOT / "workflow/reference/datasets.csv"
WEIGHTS = ROOT / "workflow/reference/weights.csv"
MIRABEST = "MiraBest_full_batches.tar.gz"
FRDEEP = "FIRST_PNG_dataset.tar.gz"
HEADER = ["dataset", "doi", "licence", "member", "bytes", "md5", "sha256", "urls"]
# incompressible, so that a download is long enough to be broken off
TINY = {
    f"tiny/part_{n}": b"".join(hashlib.sha256(b"%d %d" % (n, i)).digest() for i in range(4000))
    for n in range(2)
}


def mirror() -> Path:
    """The folder of real data, or skip."""
    folder = os.environ.get("RADIOGAZE_MIRROR", "")
    if not folder or folder.startswith("http"):
        pytest.skip("RADIOGAZE_MIRROR is not set to a folder of real data")
    return Path(folder)


def tar_of(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    """Pack a tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def zip_of(members: dict[str, bytes]) -> bytes:
    """Pack a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def unpacked(archive: Path) -> dict[str, bytes]:
    """Read a trusted tar whole."""
    with tarfile.open(archive) as tar:
        files = [member for member in tar if member.isfile()]
        return {member.name: tar.extractfile(member).read() for member in files}


def write_manifest(path: Path, members: dict[str, bytes], urls: str, name: str = "tiny") -> Path:
    """Pin the given members."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for member, data in members.items():
            digests = [hashlib.new(kind, data).hexdigest() for kind in ("md5", "sha256")]
            writer.writerow([name, "10.5281/x", "CC0", member, len(data), *digests, urls])
    return path


def with_urls(path: Path, manifest: Path, urls: str) -> Path:
    """Copy a manifest with other URLs, so that a test never leaves this machine."""
    rows = list(csv.DictReader(manifest.open(newline="")))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"urls": urls} for row in rows)
    return path


def radiogaze(
    *arguments: str | Path, mirror: str | Path = "", zenodo: str = "http://127.0.0.1:9"
) -> subprocess.CompletedProcess[str]:
    """Run the real command line; unless told, there is neither mirror nor Zenodo."""
    env = {"RADIOGAZE_MIRROR": str(mirror), "RADIOGAZE_ZENODO_API": zenodo}
    env |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return call(sys.executable, "-c", MAIN, *arguments, **env)


def error_line(run: subprocess.CompletedProcess[str]) -> str:
    """Check that a run failed with one error line and otherwise only warnings, and return it."""
    assert run.returncode == 1, run
    assert run.stdout == ""
    *warnings, error = run.stderr.splitlines()
    assert all(line.startswith("radiogaze: warning: ") for line in warnings), run.stderr
    assert error.startswith("radiogaze: error: ")
    return error
