"""The common tests of Transformers that do not apply to μ-BERT, each with its reason."""

import unittest

NOT_APPLICABLE = {
    "model": {
        "test_model_get_set_embeddings": "The input is pixels: what embeds them is a convolution, no table of tokens.",
        "test_reverse_loading_mapping": "Weights are saved under their present names; older files alone have others.",
    },
    "image processor": {
        "test_new_models_require_torchvision_backend": "Nothing here needs torchvision.",
    },
    "video processor": {
        "test_video_processor_from_dict_with_kwargs": "A size of one number is a square here, no shortest edge.",
    },
}


def without(subject: str):
    """A class decorator: skips what does not apply, and refuses a list with a name that is no test."""

    def decorate(kind):
        for name, reason in NOT_APPLICABLE[subject].items():
            test = getattr(kind, name)  # a test that is gone must leave the list
            setattr(kind, name, unittest.skip(reason)(lambda self, test=test: test(self)))
        return kind

    return decorate
