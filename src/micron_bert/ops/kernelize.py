"""The fused diagonal micro-attention through the `kernels` library; the only file that knows this library."""

from dataclasses import dataclass
from pathlib import Path

from micron_bert.errors import InputError

LAYER_NAME = "DiagonalMicroAttention"


@dataclass(frozen=True)
class InstalledLayerRepository:
    """A kernel layer that came with this package, in the form `kernels.use_kernel_mapping` takes."""

    layer_name: str = LAYER_NAME

    def load(self):
        from .dma import layers

        return getattr(layers, self.layer_name)


def kernelize(model, repository: str | Path | None = None, *, version: int = 1, mode=None, trust_remote_code=False):
    """
    Give every `DiagonalMicroAttention` of a model the forward of a kernel layer.

    A model of the installed package calls the fused kernel by itself; this is for models that were loaded as remote
    code, and for other versions of the kernel.

    Args:
        model (`torch.nn.Module`):
            Any model with modules of a class named `DiagonalMicroAttention`; changed in place.
        repository (`str` or `Path`, *optional*):
            A kernel repository on the Hub (`"org/name"`) or a folder with one; by default the installed package's.
        version (`int`, *optional*, defaults to 1):
            Major version of the kernel, for the Hub.
        mode (`kernels.Mode`, *optional*):
            What the layer must support; by default training or inference, as the model stands.
        trust_remote_code (`bool`, *optional*, defaults to `False`):
            Whether to run the code of a repository whose publisher the Hub does not list as trusted.

    Returns:
        `torch.nn.Module`: the model.

    Raises:
        ImportError: the `kernels` library is missing.
        InputError: the model has no such layer.
    """
    try:
        from kernels import LayerRepository, LocalLayerRepository, Mode, use_kernel_mapping
        from kernels import kernelize as kernelize_layers
        from kernels import replace_kernel_forward_from_hub as make_replaceable
    except ImportError as error:
        raise ImportError("`kernelize` needs the `kernels` library: pip install 'micron-bert[kernels]'.") from error

    # by name: a class loaded as remote code is another object than the installed one
    classes = {type(module) for module in model.modules() if type(module).__name__ == LAYER_NAME}
    if not classes:
        raise InputError(f"`{type(model).__name__}` has no `{LAYER_NAME}` layer that a kernel could replace.")
    for layer_class in classes:
        make_replaceable(layer_class, LAYER_NAME)
    if repository is None:
        layers = InstalledLayerRepository()
    elif Path(repository).is_dir():
        layers = LocalLayerRepository(Path(repository), layer_name=LAYER_NAME)
    else:
        layers = LayerRepository(
            str(repository), layer_name=LAYER_NAME, version=version, trust_remote_code=trust_remote_code
        )
    if mode is None:
        mode = Mode.TRAINING if model.training else Mode.INFERENCE
    with use_kernel_mapping({LAYER_NAME: {"cuda": layers, "cpu": layers}}, inherit_mapping=False):
        return kernelize_layers(model, mode=mode)
