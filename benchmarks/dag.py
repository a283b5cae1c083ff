"""How long Snakemake plans a campaign of very many trainings, and the memory it takes.

    python benchmarks/dag.py [--variants 5000]

In a copy of the workflow the demo's sheet (of the gating paper) grows to that many variants, each
a training job a seed, and `snakemake -n demo` is run: a real dry run of the real rules in a
process of its own. The printed time includes the start of Snakemake; the memory is the peak of
that process.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("Snakefile", "config.yaml", "experiments", "workflow", "profiles", "envs", "docs")
SHEET = "experiments/demo.tsv"


def grow(sheet: Path, variants: int) -> None:
    """Add copies of the last row, under their own names, with all seeds, in no table."""
    header, *rows = sheet.read_text("utf-8").splitlines()
    columns = header.split("\t")
    cells = dict(zip(columns, rows[-1].split("\t"), strict=True))
    for number in range(variants - len(rows)):
        own = {**cells, "variant": f"more-{number}", "tables": "none", "seeds": "none"}
        rows.append("\t".join(own[column] for column in columns))
    sheet.write_text("\n".join([header, *rows]) + "\n", "utf-8")


def plan(variants: int) -> dict[str, object]:
    """Dry-run the grown demo; return its jobs by rule, seconds and peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in PARTS:
            copying = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copying(ROOT / name, copy / name)
        grow(copy / SHEET, variants)
        command = [str(Path(sys.executable).with_name("snakemake")), "--cores", "1", "-n", "demo"]
        output = copy / "output.txt"
        start = time.perf_counter()
        with (
            output.open("w") as file,
            subprocess.Popen(  # noqa: S603
                [*command, "--quiet", "reason"],
                cwd=copy,
                env={**os.environ, "RADIOGAZE_MIRROR": ""},
                stdout=file,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            # what this process alone used, whatever else its parent has started before
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        printed = output.read_text("utf-8")
    if process.returncode != 0:
        sys.exit(printed)
    counts = re.findall(r"^(\w+) +(\d+)$", printed.partition("Reasons:")[0], re.MULTILINE)
    return {
        "jobs": {rule: int(count) for rule, count in counts},
        "wall_s": round(seconds, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_memory_gib": round(used.ru_maxrss / 2**20, 2),
    }


def main() -> None:
    """Measure and print a JSON summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variants", type=int, default=5_000)
    print(json.dumps(plan(parser.parse_args().variants), indent=1))


if __name__ == "__main__":
    main()
