"""Transformers' common tests of image and video processors, against those of μ-BERT."""

import unittest

import pytest
from transformers.models.auto.video_processing_auto import AutoVideoProcessor

from micron_bert import MicronBertImageProcessor, MicronBertVideoProcessor

from .exceptions import without
from .source_distribution import common_tests

images = common_tests("test_image_processing_common")
videos = common_tests("test_video_processing_common")
if images is None:
    pytest.skip("`make test-transformers` fetches these tests first", allow_module_level=True)
pytestmark = pytest.mark.transformers
videos.AutoVideoProcessor = AutoVideoProcessor  # the name in `transformers` itself wants torchvision

SETTINGS = {
    "do_resize": True,
    "size": {"height": 18, "width": 18},
    "do_normalize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "do_convert_rgb": True,
}


class ImageTester:
    """Settings and inputs of image processors; a list of pictures is one clip."""

    batch_size, num_channels, min_resolution, max_resolution = 1, 3, 30, 80
    image_processing_classes = {"pil": MicronBertImageProcessor}

    def __init__(self, parent):
        self.parent = parent

    def prepare_image_processor_dict(self):
        return dict(SETTINGS)

    def expected_output_image_shape(self, images):
        return (len(images), self.num_channels, 18, 18)

    def prepare_image_inputs(self, **options):
        return images.prepare_image_inputs(
            batch_size=self.batch_size, num_channels=self.num_channels,
            min_resolution=self.min_resolution, max_resolution=self.max_resolution, **options,
        )  # fmt: skip


class VideoTester:
    """Settings and inputs of video processors."""

    batch_size, num_frames, num_channels, min_resolution, max_resolution = 3, 4, 3, 30, 80

    def prepare_video_inputs(self, equal_resolution=False, return_tensors="pil"):
        return videos.prepare_video_inputs(
            batch_size=self.batch_size, num_frames=self.num_frames, num_channels=self.num_channels,
            min_resolution=self.min_resolution, max_resolution=self.max_resolution,
            equal_resolution=equal_resolution, return_tensors=return_tensors,
        )  # fmt: skip

    def expected_output_video_shape(self, clips):
        return [self.num_frames, 3, 18, 18]


@without("image processor")
class ImageProcessorTest(images.ImageProcessingTestMixin, unittest.TestCase):
    image_processor_tester_class = ImageTester


@without("video processor")
class VideoProcessorTest(videos.VideoProcessingTestMixin, unittest.TestCase):
    fast_video_processing_class = MicronBertVideoProcessor
    input_name = "pixel_values"

    def setUp(self):
        super().setUp()
        self.video_processor_tester = VideoTester()

    @property
    def video_processor_dict(self):
        crop = {"do_center_crop": True, "crop_size": {"height": 18, "width": 18}}
        return {**SETTINGS, "size": {"shortest_edge": 20}, **crop}
