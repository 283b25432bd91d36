"""The losses of the course head."""

import torch
from torch.nn import functional

from micron_bert.model.course_micron_bert import CourseOutput
from micron_bert.training.course.examples import Targets

EXPRESSION = 2.0  # weight of a step within an expression, because such steps are few
APEX = 3.0  # weight of a step at an apex
SOON = 0.05  # seconds added to a time before its logarithm is taken
BEND = 0.2  # error of the logarithm at which the smooth L1 loss becomes linear


def course_loss(output: CourseOutput, targets: Targets) -> dict[str, torch.Tensor]:
    """
    Parts of the loss, by name.

    Args:
        output ([`CourseOutput`]): of the head for windows `(batch, steps)`.
        targets ([`Targets`]): tensors of the same shape.
    """
    weights = torch.tensor([1.0, EXPRESSION, EXPRESSION], device=output.kind.device)
    kind = functional.cross_entropy(output.kind.transpose(1, 2), targets.kind, weights, reduction="none")
    counted = targets.weight.sum().clamp_min(1)
    apex = functional.binary_cross_entropy_with_logits(
        output.apex, targets.apex, pos_weight=torch.tensor(APEX, device=output.apex.device), reduction="none"
    )
    inside = (targets.label >= 0) & (targets.weight > 0)
    share = inside.float()
    label = functional.cross_entropy(output.logits.transpose(1, 2), targets.label.clamp_min(0), reduction="none")
    wanted, predicted = (torch.log(times + SOON) for times in (targets.ends, output.ends))
    ends = functional.smooth_l1_loss(predicted, wanted, beta=BEND, reduction="none").mean(dim=-1)
    some = share.sum().clamp_min(1)
    return {
        "kind": (kind * targets.weight).sum() / counted,
        "apex": apex.mean(),
        "label": (label * share).sum() / some,
        "ends": (ends * share).sum() / some,
    }
