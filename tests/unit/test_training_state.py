"""Stopping and going on."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from radiogaze.data.store import save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.provenance.record import sha256_of
from radiogaze.training import state as training_state
from radiogaze.training.state import StateFolder, held
from training_tools import ROOT, contents, few_cutouts, run_small, small_job


@pytest.fixture(scope="module")
def reference_run(tmp_path_factory):
    """The outputs of a training that nothing stopped."""
    folder = tmp_path_factory.mktemp("reference_run")
    run_small(folder / "state", folder / "out")
    assert not (folder / "state").exists()
    return contents(folder / "out")


@pytest.fixture(scope="module")
def processes():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["radiogaze.training.engine"])
    return context


def start(processes, folder):
    process = processes.Process(target=run_small, args=(folder / "state", folder / "out"))
    process.start()
    return process


def wait_for(condition, process):
    while not condition() and process.is_alive():
        time.sleep(0.005)


def test_killed_at_random_moments_it_ends_with_the_same_bytes(reference_run, processes, tmp_path):
    """Weights, checkpoints, history, split and selection, bit by bit."""
    state = tmp_path / "state/seed-0"
    moments = random.Random(3)  # noqa: S311
    kills = 0
    for _ in range(4):
        before = set(state.glob("*.json"))
        process = start(processes, tmp_path)
        # At least one new state, so that it gets on; then any moment, a save included.
        wait_for(lambda seen=before: set(state.glob("*.json")) - seen, process)
        time.sleep(moments.uniform(0, 0.5))
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.join()
    assert kills >= 2, "the training was over before it could be killed"
    run_small(tmp_path / "state", tmp_path / "out")
    assert contents(tmp_path / "out") == reference_run
    assert not (tmp_path / "state").exists()


@pytest.fixture(scope="module")
def killed(processes, tmp_path_factory):
    """What a killed training left: a state of two generations."""
    folder = tmp_path_factory.mktemp("killed")
    process = start(processes, folder)
    wait_for(lambda: len(list(folder.glob("state/seed-0/*.json"))) > 1, process)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    return folder / "state"


@pytest.fixture
def stopped(killed, tmp_path):
    """A copy of that state, in the folder that it lies in."""
    return shutil.copytree(killed, tmp_path / "state") / "seed-0"


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_a_broken_newest_state_falls_back(suffix, stopped, reference_run, tmp_path, capsys):
    newest = sorted(stopped.glob(f"*.{suffix}"))[-1]
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(data)
    run_small(tmp_path / "state", tmp_path / "out")
    warning = [line for line in capsys.readouterr().err.splitlines() if "going on from" in line]
    assert len(warning) == 1
    assert newest.stem in warning[0]
    assert contents(tmp_path / "out") == reference_run


def test_a_broken_state_does_not_take_the_place_of_a_whole_one(tmp_path):
    folder = StateFolder(tmp_path / "seed-0", {})
    (tmp_path / "seed-0").mkdir()
    for step in (1, 2, 3, 4):
        folder.save({"w": torch.tensor(step)}, {"step": step, "checkpoints": {}})
        if step in (2, 3):  # each, right after it was saved
            sorted(folder.folder.glob("*.safetensors"))[-1].write_bytes(b"")
            tensors, document = folder.load(print)
            assert (int(tensors["w"]), document["step"]) == (1, 1)
    assert [folder.load(print)[1]["step"], len(list(folder.folder.glob("*.json")))] == [4, 2]


def test_killed_while_the_state_is_removed_it_blocks_no_training(tmp_path, monkeypatch):
    folder = StateFolder(tmp_path / "seed-0", {})
    checkpoint = folder.checkpoints / "1.safetensors"
    unlink = Path.unlink
    for deleted in range(5):
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        checkpoint.write_text("weights")
        document = {"checkpoints": {"1": sha256_of(checkpoint)}}
        for _ in range(2):
            folder.save({"w": torch.tensor(1)}, document)
        left = iter(range(deleted))

        def delete_or_die(path, left=left):
            if next(left, None) is None:
                raise KeyboardInterrupt
            unlink(path)

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(Path, "unlink", delete_or_die)
            folder.remove()
        found = folder.load(print)
        assert found is None or found[1] == document
    folder.remove()
    assert not folder.folder.exists()


def test_a_state_of_another_training_is_refused_by_name(stopped, tmp_path):
    for changes, words in (
        ({"learning_rate": 2e-3}, "recipe.learning_rate 0.001, this one has 0.002"),
        ({"name": "mirabest-range-ft-2g"}, "2"),
        ({"split_seed": 7}, "split_seed 0, this one has 7"),
        ({"extra": {"images": "sha256:1"}}, "images None, this one has sha256:1"),
    ):
        with pytest.raises(RadiogazeError, match="or choose another --state") as error:
            run_small(tmp_path / "state", tmp_path / "out", **changes)
        assert words in str(error.value)
        assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("state", ["seed-0", "seed-0/state"])
def test_a_state_below_the_outputs_and_what_else_is_there_are_kept(tmp_path, state):
    mine = tmp_path / "out/seed-0/mine.safetensors"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    run_small(tmp_path / "out" / state, tmp_path / "out", name="mirabest-fc-0g", size=56)
    assert mine.read_bytes() == b"mine"
    assert (tmp_path / "out/seed-0/model.safetensors").stat().st_size > 0
    assert (tmp_path / "out/seed-0/result.json").is_file()


def test_the_root_is_no_folder_for_a_state():
    with (
        pytest.raises(RadiogazeError, match="--state /: expected a folder below it"),
        held(Path("/"), print),
    ):
        pass


def test_outputs_in_the_folder_of_the_state_are_refused(tmp_path):
    """They would delete each other."""
    with pytest.raises(RadiogazeError, match="same: holds the state; give the outputs a folder"):
        run_small(tmp_path / "same", tmp_path / "out/../same")
    assert not (tmp_path / "same").exists()


def test_the_weights_of_another_variant_are_not_replaced(tmp_path):
    result = tmp_path / "out/seed-0/result.json"
    result.parent.mkdir(parents=True)
    result.write_text('{"variant": "mirabest-softmax-ft-3g"}')
    with pytest.raises(RadiogazeError, match="seed-0: holds the trained weights of mirabest-softm"):
        run_small(tmp_path / "state", tmp_path / "out")
    assert list((tmp_path / "out").rglob("*.*")) == [result]
    assert not list(tmp_path.glob("state/*/*"))


def test_without_a_whole_state_it_says_what_to_delete(tmp_path):
    folder = StateFolder(tmp_path / "seed-0", small_job().settings(0))
    for number in range(2):
        (tmp_path / "seed-0").mkdir(exist_ok=True)
        (tmp_path / f"seed-0/{number:08d}.json").write_text(json.dumps({"digest": "0"}))
    with pytest.raises(RadiogazeError, match=f"delete {tmp_path}/seed-0 to train from the start"):
        folder.load(print)


def test_two_trainings_on_one_state_are_refused_the_second(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(training_state, "_PATIENCE", 0.1)
    with (
        held(tmp_path / "state", print),
        pytest.raises(RadiogazeError, match=r"state: another training is at work .* --state$"),
    ):
        run_small(tmp_path / "state", tmp_path / "out")
    assert "state: waiting for another training to end" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_training_waits_for_the_last_moments_of_another(processes, tmp_path):
    """As of a job whose Snakemake was killed, and that the next Snakemake starts again."""
    with held(tmp_path / "state", print):
        second = start(processes, tmp_path)
        second.join(timeout=1)
        assert second.is_alive()
        assert not (tmp_path / "state").exists()
    second.join(timeout=60)
    assert second.exitcode == 0
    assert (tmp_path / "out/seed-0/model.safetensors").is_file()


def command_line(tmp_path, *options):
    """A small training by the command line."""
    images, catalogue = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    save_cutouts(few_cutouts(), images, catalogue)
    code = "from radiogaze.cli import main; main()"
    command = [sys.executable, "-c", code, "train", "mirabest-fc-0g", "--passes=5", *options]
    command += [f"--images={images}", f"--catalogue={catalogue}", "--validation-passes=1"]
    return [*command, f"--state={tmp_path}/state", f"--out={tmp_path}/out", "--device=cpu"]


def check_it_goes_on(command, tmp_path):
    assert not (tmp_path / "out").exists()
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    assert "goes on at epoch" in second.stderr
    assert (tmp_path / "out/seed-0/model.safetensors").is_file()
    assert not (tmp_path / "state").exists()


def test_sigterm_saves_and_the_same_command_goes_on(tmp_path):
    """Exit status 143, one line, then the outputs."""
    command = command_line(tmp_path, "--epochs=2", "--save-every=1")
    first = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    while not list(tmp_path.glob("state/seed-0/*.json")) and first.poll() is None:
        time.sleep(0.01)
    first.send_signal(signal.SIGTERM)
    _, errors = first.communicate(timeout=60)
    assert first.returncode == 143
    assert errors.splitlines() == [
        "mirabest-fc-0g: stopped by SIGTERM; run the same command to go on"
    ]
    check_it_goes_on(command, tmp_path)


def test_sigterm_again_and_again_does_not_keep_the_state_from_being_saved(tmp_path):
    """At a time limit, each process of a Slurm job gets more than one."""
    command = command_line(tmp_path, "--epochs=4", "--save-every=3600")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        assert "epoch 0" in next(first.stdout)
        while first.poll() is None:
            first.send_signal(signal.SIGTERM)
            time.sleep(0.001)
    assert first.returncode == 143
    check_it_goes_on(command, tmp_path)


def test_a_seed_that_is_given_twice_is_trained_and_recorded_once(tmp_path):
    command = command_line(tmp_path, "--epochs=1", "--seed=0", "--seed=0")
    for _ in "ab":
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        record = json.loads((tmp_path / "out/seed-0/model.safetensors.provenance.json").read_text())
        assert f"{tmp_path}/out/seed-0/model.safetensors" in record["outputs"]
