"""What a launcher asks for, and what the machine has."""

import pytest
import torch

from micron_bert.errors import InputError
from micron_bert.training.launch import check_gpus


@pytest.fixture
def machine(monkeypatch):
    def has(gpus, processes=1, shared=False):
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
        monkeypatch.setenv("ACCELERATE_USE_FSDP", str(shared).lower())

    return has


@pytest.mark.parametrize("asked", [{"gpus": 0, "processes": 4}, {"gpus": 4, "processes": 4, "shared": True}])
def test_processes_on_a_cpu_and_one_for_each_gpu_are_fine(machine, asked):
    machine(**asked)
    check_gpus()


@pytest.mark.parametrize(
    "asked, told",
    [
        ({"gpus": 0, "processes": 2, "shared": True}, "there is none here; use `one_node.yaml`"),
        ({"gpus": 4, "processes": 8}, "8 processes were started and there are 4 GPUs here"),
    ],
)
def test_what_the_machine_lacks_is_told(machine, asked, told):
    machine(**asked)
    with pytest.raises(InputError, match=told):
        check_gpus()
