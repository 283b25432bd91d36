"""Video: read and write films, folders of frames and single pictures."""

from micron_bert.video.picture import as_rgb, read_image
from micron_bert.video.reader import Frame, Video, open_video
from micron_bert.video.writer import write_video

__all__ = ["Frame", "Video", "as_rgb", "open_video", "read_image", "write_video"]
