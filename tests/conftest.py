import os

# nothing in the tests reaches for a hub
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread_each():
    """Tests run side by side; more threads than cores make all of them slower."""
    torch.set_num_threads(1)


@pytest.fixture
def mini_sizes():
    """Sizes of a μ-BERT that runs in milliseconds: 32 px, 16 patches, width 32, 2 layers."""
    return {
        "image_size": 32,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "decoder_hidden_size": 32,
        "decoder_num_hidden_layers": 1,
        "decoder_num_attention_heads": 2,
        "decoder_intermediate_size": 64,
    }


@pytest.fixture
def mini_config(mini_sizes):
    from micron_bert import MicronBertConfig

    return MicronBertConfig(**mini_sizes, id2label={0: "negative", 1: "positive", 2: "surprise", 3: "none"})
