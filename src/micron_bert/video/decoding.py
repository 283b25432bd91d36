"""Decoding a film packet by packet: which frames are shown, with which time stamps, and what damage took away."""

import heapq
from collections.abc import Iterator

import av

BROADCASTS = ("mpegts", "mpeg", "h264", "hevc", "mpegvideo")  # containers, or none, that begin anywhere
UNORDERED = ("h264", "hevc")  # codecs of pictures in another order, for which an AVI has no time stamps


class Reading:
    """
    What a reading saw.

    Attributes:
        packets (`int`): with content.
        damaged (`int`): of them, or of the frames.
        shown (`int`): frames.
        lost (`int`): frames that damage took away between the last two that are shown. They keep their numbers, so
            that these belong to the times and are the same from wherever one reads.
        end (`Fraction` or `None`): of the last packet, in seconds.
    """

    def __init__(self):
        self.packets = self.damaged = self.shown = self.lost = 0
        self.end = None
        self._waiting, self._regular = [], True

    def expect(self, stamp: int | None) -> None:
        """A packet promises a frame."""
        if stamp is not None:
            heapq.heappush(self._waiting, stamp)

    def show(self, stamp: int | None, damaged: bool) -> None:
        """A frame comes out; those before it that were promised come no more."""
        before = 0
        while stamp is not None and self._waiting and self._waiting[0] <= stamp:
            before += heapq.heappop(self._waiting) < stamp
        if not self.shown:
            before = 0  # a broadcast is tuned in anywhere
        elif before and not damaged:
            self._regular = False  # not every packet of this film is a frame
        self.lost = before if damaged and self._regular else 0
        self.shown += 1


class _Order:
    """Time stamps of frames by the order in which they come out, where a container has them of packets only."""

    def __init__(self):
        self._waiting = []

    def expect(self, stamp: int | None) -> None:
        """A packet that can be decoded."""
        if stamp is not None:
            heapq.heappush(self._waiting, stamp)

    def stamp_of(self, frame) -> int | None:
        """The stamp of the next frame; at a key frame what damage took away is passed over."""
        while frame.key_frame and frame.pts is not None and self._waiting and self._waiting[0] < frame.pts:
            heapq.heappop(self._waiting)
        return heapq.heappop(self._waiting) if self._waiting else None


def has_no_stamps(container, stream) -> bool:
    return container.format.name == "avi" and stream.codec.name in UNORDERED


def shown_frames(container, stream, state: Reading | None = None) -> Iterator[tuple]:
    """The frames that are shown, each with the number of packets that were taken until then."""
    state = state or Reading()
    broken, broadcast = 0, container.format.name in BROADCASTS
    order = _Order() if has_no_stamps(container, stream) else None
    for packet in container.demux():
        if order and packet.stream.index == stream.index:
            packet.pts = packet.dts  # what FFmpeg has for the other is that of the packet behind
        # of other streams only how far they reach; a packet without content before the end would end the decoding
        if packet.pts is not None and packet.stream.type in ("video", "audio") and packet.size:
            end = (packet.pts + (packet.duration or 0)) * packet.time_base
            state.end = end if state.end is None else max(state.end, end)
        if packet.stream.index != stream.index or (packet.size == 0 and packet.dts is not None):
            continue
        state.packets += packet.size > 0
        if packet.size and not packet.is_discard:
            state.expect(packet.pts)
        decoded = _decode(packet)
        broken += decoded is None and not packet.is_discard
        if order and packet.size and decoded is not None:
            order.expect(packet.pts)
        for frame in decoded or ():
            if order:
                frame.pts = order.stamp_of(frame)
            if frame.is_corrupt:
                broken += 1
                continue
            # a broadcast is tuned in anywhere: what cannot be decoded before the first picture is no damage
            state.damaged, broken = state.damaged + (broken if state.shown or not broadcast else 0), 0
            state.show(frame.pts, state.damaged > 0)
            yield frame, state.packets
    state.damaged += broken if state.shown else 0


def frames_after_leap(container, stream, stamp: int, state: Reading) -> Iterator:
    """The frames from shortly before a time stamp, or from where the container's leap ends."""
    try:
        container.seek(stamp, stream=stream, backward=True)
    except av.FFmpegError:
        return
    yield from (frame for frame, _ in shown_frames(container, stream, state))


def _decode(packet) -> list | None:
    """Frames of a packet; `None` when it cannot be decoded."""
    try:
        return packet.decode()
    except av.FFmpegError:
        return None
