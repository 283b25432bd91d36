"""A first derivative that refuses to be differentiated again instead of passing for a constant."""

from __future__ import annotations

from functools import wraps

import torch


class _LastDerivative(torch.autograd.Function):
    """`apply(gradient, *inputs)` -> gradient, tied to the inputs it was made from."""

    @staticmethod
    def forward(ctx, gradient, *inputs):
        return gradient.view_as(gradient)

    @staticmethod
    def backward(ctx, _):
        raise RuntimeError(
            "`implementation='triton'` and `'chunked'` are differentiable once; use `implementation='eager'` for "
            "second derivatives."
        )


def once_differentiable(backward):
    """
    Decorate the `backward(ctx, saved, *output_gradients)` of a `torch.autograd.Function` that computes outside of
    autograd; `saved` are its saved tensors.

    PyTorch's decorator of this name ties the result to the incoming gradients only, so that a gradient penalty on a
    sum of outputs would silently have no gradient itself.
    """

    @wraps(backward)
    def wrapper(ctx, *output_gradients):
        saved = ctx.saved_tensors  # once: gradient checkpointing lets each be taken only once
        with torch.no_grad():
            gradients = backward(ctx, saved, *output_gradients)
        if not torch.is_grad_enabled():
            return gradients
        made_from = (*saved, *output_gradients)
        return tuple(g if g is None else _LastDerivative.apply(g, *made_from) for g in gradients)

    return wrapper
