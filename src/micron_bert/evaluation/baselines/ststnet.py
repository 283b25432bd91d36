"""A shallow three-stream network of the size of STSTNet (arXiv 1902.03634) on optical flow and its strain."""

import numpy as np
import torch
from torch import nn

from micron_bert.evaluation.baselines.linear import optical_flow

EPOCHS, BATCH, LEARNING_RATE = 200, 64, 1e-3


def with_strain(flow: np.ndarray) -> np.ndarray:
    """Flow `(..., H, W, 2)` and its optical strain: `(..., 3, H, W)`, float32."""
    (uy, ux), (vy, vx) = (np.gradient(flow[..., axis], axis=(-2, -1)) for axis in range(2))
    strain = np.sqrt(ux**2 + vy**2 + (uy + vx) ** 2 / 2)
    return np.stack([flow[..., 0], flow[..., 1], strain], axis=-3).astype(np.float32)


class ThreeStreams(nn.Module):
    """Three convolutions side by side with 3, 5 and 8 filters, pooled to 5 x 5, and one linear layer."""

    def __init__(self, labels: int):
        super().__init__()
        self.streams = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(3, filters, 3, padding=1),
                nn.BatchNorm2d(filters),
                nn.ReLU(),
                nn.MaxPool2d(3, 3, padding=1),
                nn.Dropout(0.5),
            )
            for filters in (3, 5, 8)
        )
        self.pool, self.head = nn.AvgPool2d(2), nn.Linear(16 * 5 * 5, labels)

    def forward(self, field: torch.Tensor) -> torch.Tensor:
        """`(B, 3, 28, 28)` to `(B, labels)`."""
        seen = torch.cat([stream(field) for stream in self.streams], dim=1)  # (B, 16, 10, 10)
        return self.head(self.pool(seen).flatten(1))


class STSTNet:
    """
    [`ThreeStreams`] on horizontal flow, vertical flow and optical strain, trained with Adam.

    Args:
        multi_label (`bool`):
            Whether a clip can have several labels.
        epochs (`int`):
            Passes over the training part.
    """

    name, later_frames = "STSTNet-size CNN on DIS flow", 0

    def __init__(self, multi_label: bool, epochs: int = EPOCHS):
        self.multi_label, self.epochs = multi_label, epochs

    def describe(self, frames: list[np.ndarray]) -> np.ndarray:
        return with_strain(optical_flow(*frames))

    def fit(self, inputs, targets, train, eval_rows, seed, every_epoch) -> list[list[np.ndarray]]:
        train = np.asarray(train)
        scale = inputs[train].std(axis=(0, 2, 3), keepdims=True)
        fields, wanted = torch.from_numpy(inputs / np.maximum(scale, 1e-6)), torch.from_numpy(targets)
        loss_of = nn.BCEWithLogitsLoss() if self.multi_label else nn.CrossEntropyLoss()
        epochs = []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = ThreeStreams(targets.shape[1])
            optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
            for epoch in range(self.epochs):
                model.train()
                order = train[torch.randperm(len(train)).numpy()]
                for rows in np.array_split(order, -(-len(order) // BATCH)):
                    optimizer.zero_grad()
                    loss_of(model(fields[rows]), wanted[rows]).backward()
                    optimizer.step()
                if every_epoch or epoch == self.epochs - 1:
                    model.eval()
                    with torch.no_grad():
                        epochs.append([model(fields[rows]).numpy() for rows in eval_rows])
        return epochs
