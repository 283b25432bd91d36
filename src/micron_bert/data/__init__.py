"""The field's datasets, loaded from the folders as their owners hand them out."""

from micron_bert.data.loading import LoadedDataset, find_source, load
from micron_bert.data.report import Remark, Report
from micron_bert.data.schema import CLIP_FEATURES

__all__ = ["CLIP_FEATURES", "LoadedDataset", "Remark", "Report", "find_source", "load"]
