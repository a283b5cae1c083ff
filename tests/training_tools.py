"""A data set and a job small enough to be trained in seconds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from radiogaze.campaigns.recipes import load_recipes
from radiogaze.campaigns.variants import load_sheet
from radiogaze.data.splits import draw_split
from radiogaze.data.store import COLUMNS, Cutouts
from radiogaze.training.engine import train
from radiogaze.training.job import Job
from radiogaze.training.run import SeedRun
from radiogaze.training.samples import BatchSampler, DeviceImages

ROOT = Path(__file__).resolve().parents[1]
PROVENANCE = {"radiogaze": "test"}


def few_cutouts(train_sources: int = 20) -> Cutouts:
    """FRI: one bright core; FRII: two bright lobes. Training sources, then four test sources."""
    rng = np.random.default_rng(0)
    count = train_sources + 4
    images = np.zeros((count, 150, 150), np.uint8)
    classes = np.arange(count) % 2
    for image, frii in zip(images, classes, strict=True):
        for x in (60, 90) if frii else (75,):
            y = x + rng.integers(-8, 9)
            image[y - 4 : y + 5, x - 4 : x + 5] = rng.integers(150, 256, (9, 9))
    table = pd.DataFrame(
        {
            **dict.fromkeys(COLUMNS, ""),
            **dict.fromkeys(("ra_deg", "dec_deg", "redshift", "extent_arcsec"), np.nan),
            "index": np.arange(count),
            "source_name": [f"source-{n}" for n in range(count)],
            "label": np.where(classes, 5, 0),
            "class": np.where(classes, "FRII", "FRI"),
            "split": ["train"] * train_sources + ["test"] * 4,
            "position": 0,
        }
    )
    return Cutouts(images, table[list(COLUMNS)])


def small_job(
    name: str = "mirabest-range-ft-3g",
    seeds: tuple[int, ...] = (0,),
    recipe: str | None = None,
    **changes,
) -> Job:
    """Two epochs of one pass of four batches of four, a state saved after every step."""
    row = load_sheet(ROOT / "experiments/gating.tsv")[name]
    learnt = load_recipes(ROOT / "experiments/recipes.yaml")[recipe or row.recipe]
    small = {"batch": 4, "epochs": 2, "passes": 1, "validation_passes": 1, "learning_rate": 1e-3}
    small |= {key: value for key, value in changes.items() if hasattr(learnt, key)}
    row = replace(row, **{key: value for key, value in changes.items() if hasattr(row, key)})
    others = {key: v for key, v in changes.items() if not (key in small or hasattr(row, key))}
    return Job(row, replace(learnt, **small), seeds=seeds, **{"save_every": 0, **others})


def small_run(**changes) -> SeedRun:
    """The run of one seed of a small job, before its first step."""
    job, cutouts = small_job(**changes), few_cutouts()
    split = draw_split(cutouts, "mirabest", 0)
    pool = DeviceImages.of(cutouts, "cpu")
    samples = BatchSampler(pool, split, job.seeds[0], job.recipe)
    return SeedRun(job, job.seeds[0], samples)


def run_small(state: Path, out: Path, *, threads: int = 1, **changes) -> list[dict]:
    """Train a small job; also what a process that is to be killed runs."""
    torch.set_num_threads(threads)
    return train(small_job(**changes), few_cutouts(), state, out, PROVENANCE)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the timings."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "timing.csv")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
