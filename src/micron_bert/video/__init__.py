"""Video: read and write films, folders of frames and single pictures."""

from micron_bert.video.picture import as_rgb, read_image

__all__ = ["as_rgb", "read_image"]
