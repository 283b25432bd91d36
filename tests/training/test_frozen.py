import pytest
import torch

from micron_bert import MicronBertConfig, MicronBertForVideoClassification
from micron_bert.errors import InputError
from micron_bert.training import frozen


class Pairs(torch.utils.data.Dataset):
    def __init__(self, side, count=5):
        self.pixels = torch.randn(count, 2, 3, side, side, generator=torch.Generator().manual_seed(1))
        self.asked = []

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, index):
        self.asked.append(index)
        truth = torch.tensor([[1.0, 1, 0.7], [0, torch.nan, torch.nan], [1, 0, 1.2]])
        return {"pixel_values": self.pixels[index], "action_units": truth}


@pytest.fixture
def network(mini_sizes):
    torch.manual_seed(0)
    config = MicronBertConfig(**{**mini_sizes, "classifier": "positional", "action_units": ["4", "12", "17"]})
    return MicronBertForVideoClassification(config).eval()


def test_the_head_says_of_features_what_the_model_says_of_pictures(network, tmp_path):
    pairs = Pairs(network.config.image_size)
    frozen.write_features(network, pairs, tmp_path)
    features = frozen.FrozenFeatures(tmp_path)
    assert len(features) == 2 * len(pairs)
    with torch.no_grad():
        for place, pixels in ((6, pairs.pixels[3:4]), (7, pairs.pixels[3:4].flip(-1))):
            item = {name: part[None] for name, part in features[place].items()}
            whole = network(pixels, action_units=item["action_units"])
            alone = frozen.HeadAlone(network).eval()(**item)
            assert float(alone["loss"]) == pytest.approx(float(whole.action_unit_loss), rel=1e-2)
    assert features[6]["action_units"][:, 1].nan_to_num(9).tolist() == [1, 9, 0]
    assert features[7]["action_units"][:, 1].nan_to_num(9).tolist() == [2, 9, 0]  # left is right in a mirror


def test_what_is_there_is_not_computed_again(network, tmp_path, monkeypatch):
    monkeypatch.setattr(frozen, "SHARD", 2)
    pairs = Pairs(network.config.image_size)
    frozen.write_features(network, pairs, tmp_path)
    whole = [frozen.FrozenFeatures(tmp_path)[index]["patches"] for index in range(10)]
    sorted(tmp_path.glob("*.safetensors"))[1].unlink()
    pairs.asked.clear()
    frozen.write_features(network, pairs, tmp_path)
    assert pairs.asked == [2, 3]
    again = frozen.FrozenFeatures(tmp_path)
    assert all(torch.equal(again[index]["patches"], part) for index, part in enumerate(whole))
    file = sorted(tmp_path.glob("*.safetensors"))[0]
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(InputError, match=f"`{file}` is damaged .*; delete it and start again"):
        frozen.FrozenFeatures(tmp_path)
    pairs.asked.clear()
    frozen.write_features(network, pairs, tmp_path)
    assert pairs.asked == [0, 1]
    with pytest.raises(InputError, match="another run"):
        frozen.write_features(network, Pairs(network.config.image_size, 3), tmp_path)
