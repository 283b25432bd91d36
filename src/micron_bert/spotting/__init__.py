"""Spotting: from a long film or a stream to the intervals in which a face moved as expressions do."""

from micron_bert.spotting.interval import REGIONS, Curve, Interval, Spotting
from micron_bert.spotting.live import DELAY, LiveSpotter, LiveUpdate
from micron_bert.spotting.point import Point
from micron_bert.spotting.spotter import Spotter, spot
from micron_bert.spotting.watch_options import WatchOptions

__all__ = [
    "DELAY",
    "REGIONS",
    "Curve",
    "Interval",
    "LiveSpotter",
    "LiveUpdate",
    "Point",
    "Spotter",
    "Spotting",
    "WatchOptions",
    "spot",
]
