"""Adapters of PEFT: each task type, saved and loaded, trained by the Trainer."""

import peft
import pytest
import torch
from transformers import Trainer, TrainingArguments

from micron_bert import MicronBertConfig, MicronBertForVideoClassification, MicronBertModel


@pytest.fixture
def model(mini_sizes):
    torch.manual_seed(0)
    return MicronBertForVideoClassification(
        MicronBertConfig(
            **mini_sizes, classifier="positional", micro_attention="displaced", micro_attention_heads=2,
            displaced_size=16, displaced_window=16, displaced_step=0.2, num_labels=3,
        )
    )  # fmt: skip


def adapted(model, task_type=None, targets=("qkv", "value"), **options):
    return peft.get_peft_model(model, peft.LoraConfig(r=2, task_type=task_type, target_modules=targets, **options))


def clips(batch=2):
    return torch.randn(batch, 2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("targets", [["qkv", "value"], "all-linear"])
@pytest.mark.parametrize("task_type", [None, "SEQ_CLS", "FEATURE_EXTRACTION"])
def test_adapters_learn_are_saved_and_loaded(model, task_type, targets, tmp_path):
    kept = ["classifier"] if targets != "all-linear" and task_type is None else None
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    learner = adapted(model, task_type, targets, modules_to_save=kept)
    learning = [name for name, parameter in learner.named_parameters() if parameter.requires_grad]
    assert learning and all("lora" in name or "classifier" in name for name in learning)
    optimizer = torch.optim.SGD([p for p in learner.parameters() if p.requires_grad], lr=0.05)
    labels = torch.tensor([0, 2])
    first = learner(pixel_values=clips(), labels=labels).loss
    for _ in range(5):
        optimizer.zero_grad()
        loss = learner(pixel_values=clips(), labels=labels).loss
        loss.backward()
        optimizer.step()
    assert loss < first
    expected = learner.eval()(pixel_values=clips()).logits
    learner.save_pretrained(tmp_path)
    assert (tmp_path / "adapter_model.safetensors").is_file()

    again = MicronBertForVideoClassification(model.config)
    again.load_state_dict(weights)
    loaded = peft.PeftModel.from_pretrained(again, tmp_path).eval()
    torch.testing.assert_close(loaded(pixel_values=clips()).logits, expected)
    if kept is None:
        merged = loaded.merge_and_unload()
        torch.testing.assert_close(merged(clips()).logits, expected, atol=1e-5, rtol=1e-4)


def test_features_of_the_encoder_with_an_adapter(model):
    encoder = MicronBertModel(model.config).eval()
    expected = encoder(clips()).last_hidden_state
    features = adapted(encoder, "FEATURE_EXTRACTION")(pixel_values=clips()).last_hidden_state
    torch.testing.assert_close(features, expected)  # an adapter begins as nothing


def test_trainer_trains_an_adapter(model, tmp_path):
    rows = [{"pixel_values": frames, "labels": number % 3} for number, frames in enumerate(clips(4))]
    arguments = TrainingArguments(
        str(tmp_path), use_cpu=True, report_to="none", per_device_train_batch_size=2, max_steps=2,
        learning_rate=0.01, gradient_checkpointing=True,
    )  # fmt: skip
    learner = adapted(model, targets=["qkv"])
    before = {name: p.clone() for name, p in learner.named_parameters() if "lora_B" in name}
    trainer = Trainer(learner, arguments, train_dataset=rows)
    trainer.train()
    assert all((dict(learner.named_parameters())[name] != tensor).any() for name, tensor in before.items())
    trainer.save_model()
    assert (tmp_path / "adapter_model.safetensors").is_file() and not (tmp_path / "model.safetensors").exists()
