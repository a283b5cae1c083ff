"""The same trainings on a real Slurm of two nodes, and what may happen to them there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from slurm_tools import (
    CAMPAIGN,
    LOG,
    MODEL,
    OPTIONS,
    TRAINING,
    VARIANTS,
    Cluster,
    Copy,
    running,
    wait_until,
)

BOTH = [MODEL.format(variant=name) for name in VARIANTS]
BRIEF, LASTING = BOTH
DATA = "resources/datasets"


@pytest.fixture(scope="module")
def cluster(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    script = fixtures / "tools/slurm_local.sh"
    with running(script, tmp_path_factory.mktemp("slurm")) as found:
        yield found


@pytest.fixture(scope="module")
def local(root: Path, tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Copy:
    """The trainings done here: the reference run."""
    copy = Copy(root, tmp_path_factory.mktemp("local"))
    status, output = copy.run("--cores", "2", "--config", "device=cpu", "--", *BOTH)
    assert status == 0, output
    assert json.loads(copy.found("lasting")["result.json"])["selected"]["epoch"] > 1
    return copy


@pytest.fixture
def copy(root: Path, tmp_path: Path, local: Copy) -> Iterator[Copy]:
    """A copy that has the data, and nothing else yet."""
    fresh = Copy(root, tmp_path)
    folder = next((local.folder / DATA).iterdir())
    target = tmp_path / DATA / folder.name
    target.mkdir(parents=True)
    for file in folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    yield fresh
    fresh.end_all()


@pytest.mark.slurm
def test_trainings_on_slurm_ask_for_a_gpu_and_give_the_bytes_of_a_local_run(
    cluster, local, root, tmp_path
):
    before = set(cluster.jobs())
    remote = Copy(root, tmp_path)
    status, output = remote.run(*OPTIONS, "--", *BOTH)
    assert status == 0, output
    for variant in VARIANTS:
        assert remote.found(variant) == local.found(variant)
    jobs = {job.comment: job for number, job in cluster.jobs().items() if number not in before}
    trainings = [job for name, job in jobs.items() if name.startswith(f"rule_{TRAINING}")]
    assert len(trainings) == len(jobs) - 1 == len(VARIANTS)
    for job in trainings:
        assert (job.partition, job.asked, job.memory) == ("gpu", "gres:gpu:1", "4000M")
        assert (job.state, job.limit) == ("COMPLETED", "10:00")
    # each node has one GPU
    assert len({job.node for job in trainings}) == len(VARIANTS)
    (sky,) = (job for name, job in jobs.items() if name.startswith("rule_synthesise"))
    assert (sky.partition, sky.asked) == ("cpu", "N/A")


@pytest.mark.slurm_faults
def test_a_training_that_meets_its_time_limit_is_tried_again_for_longer_and_goes_on(
    cluster, local, copy
):
    snakemake = copy.start(*OPTIONS, "--", LASTING)
    copy.pause_training("lasting")
    first = cluster.job_of("lasting")
    # Slurm looks for such jobs every 30 seconds; it wakes the halted process to tell it to end
    cluster.control("update", f"jobid={first}", "EndTime=now+1")
    status, output = copy.finish(snakemake)
    assert status == 0, output
    jobs = cluster.jobs()
    second = cluster.job_of("lasting")
    assert (jobs[first].state, jobs[second].state) == ("TIMEOUT", "COMPLETED")
    assert jobs[second].limit == "20:00"
    log = (copy.folder / LOG.format(variant="lasting")).read_text()
    assert "goes on at epoch" in log
    assert copy.found("lasting") == local.found("lasting")


@pytest.mark.slurm_faults
def test_a_cancelled_job_stops_no_other_and_the_next_call_does_it_alone(cluster, local, copy):
    snakemake = copy.start(*OPTIONS, "--retries", "0", "--", *BOTH)
    copy.pause_training("lasting")
    cancelled = cluster.job_of("lasting")
    cluster.cancel(cancelled)
    status, output = copy.finish(snakemake)
    assert status == 1
    assert cluster.jobs()[cancelled].state == "CANCELLED"
    assert LOG.format(variant="lasting") in output
    assert copy.found("brief") == local.found("brief")
    assert not (copy.folder / LASTING).exists()
    status, output = copy.run(*OPTIONS, "--", *BOTH)
    assert status == 0, output
    assert "1 of 1 steps" in output
    assert copy.found("lasting") == local.found("lasting")


@pytest.mark.slurm_faults
def test_a_controller_that_restarts_and_a_node_that_goes_down_lose_nothing(cluster, local, copy):
    # The plugin must not ask while the controller is away: see docs/cluster.md.
    patient = [{"2": "45"}.get(option, option) for option in OPTIONS]
    snakemake = copy.start(*patient, "--", LASTING)
    training = copy.pause_training("lasting")
    number = cluster.job_of("lasting")
    cluster.restart_controller(pause=1)
    cluster.control(
        "update", f"nodename={cluster.jobs()[number].node}", "state=down", "reason=test"
    )
    # what ran there is gone with it; Slurm puts the job back in its queue, for two minutes from now
    training.kill()
    wait_until(lambda: cluster.jobs()[number].state == "PENDING", "the job to be queued again")
    cluster.control("update", f"jobid={number}", "StartTime=now")
    status, output = copy.finish(snakemake)
    assert status == 0, output
    assert cluster.job_of("lasting") == number
    assert cluster.jobs()[number].restarts == "1"
    assert copy.found("lasting") == local.found("lasting")


@pytest.mark.slurm_faults
def test_light_jobs_share_one_slurm_job(cluster, copy):
    before = set(cluster.jobs())
    figures = [f"figures/{CAMPAIGN}/gating/{name}.png" for name in ("figA1", "figA2")]
    status, output = copy.run(*OPTIONS, "--", *figures)
    assert status == 0, output
    new = [job for number, job in cluster.jobs().items() if number not in before]
    assert [job.state for job in new] == ["COMPLETED"]


@pytest.mark.slurm_faults
def test_the_generic_profile_outlives_the_controller_and_gives_the_same_bytes(cluster, local, copy):
    generic = [option.replace("profiles/slurm", "profiles/generic") for option in OPTIONS]
    slurm_only = generic.index("--slurm-init-seconds-before-status-checks")
    del generic[slurm_only : slurm_only + 2]
    snakemake = copy.start(*generic, "--", LASTING)
    training = copy.pause_training("lasting")
    cluster.restart_controller(pause=15)
    training.resume()
    status, output = copy.finish(snakemake)
    assert status == 0, output
    job = cluster.jobs()[max(cluster.jobs())]
    assert (job.state, job.partition, job.asked) == ("COMPLETED", "gpu", "gres:gpu:1")
    assert copy.found("lasting") == local.found("lasting")
