"""A part of a film is what the whole has there, in every container: number, time and picture."""

import io
import re
import struct
import warnings
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from micron_bert.errors import InputError
from micron_bert.video import open_video

FRAMES = 70
# name: suffix, encoder, options of the encoder, options of the container
FILMS = {
    "mp4": (".mp4", "libx264", {"bf": "2"}, {}),
    "fragmented mp4": (".mp4", "libx264", {"bf": "2"}, {"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
    "mov": (".mov", "mpeg4", {}, {}),
    "mkv": (".mkv", "libx264", {"bf": "3", "x264-params": "open-gop=1"}, {}),
    "webm": (".webm", "libvpx", {"deadline": "realtime"}, {}),
    "avi": (".avi", "mpeg4", {}, {}),
    "avi of jpeg": (".avi", "mjpeg", {}, {}),
    "avi with frames in another order": (".avi", "libx264", {"bf": "2"}, {}),
    "avi with a pyramid of frames": (".avi", "libx264", {"bf": "4", "x264-params": "b-pyramid=2"}, {}),
    "mpeg-ts": (".ts", "libx264", {"bf": "2", "x264-params": "open-gop=1"}, {}),
    "mpeg-ts of mpeg-2": (".ts", "mpeg2video", {"bf": "2"}, {}),
    "mpeg-ps": (".mpg", "mpeg2video", {"bf": "2"}, {}),
    "ogg": (".ogg", "libvpx", {"deadline": "realtime"}, {}),
    "raw mpeg-2": (".m2v", "mpeg2video", {"bf": "2"}, {}),
    "nut": (".nut", "mpeg4", {"bf": "2"}, {}),
    "raw h264": (".h264", "libx264", {"bf": "2"}, {}),
    "gif": (".gif", "gif", {}, {}),
    "flv": (".flv", "libx264", {"bf": "2"}, {}),
}


def picture(number):
    """Each number has a grey of its own, and texture."""
    image = np.random.default_rng(number).integers(0, 8, (48, 64, 3), dtype=np.uint8)
    return image + np.uint8(3 * number)


def encode(path, encoder="libx264", options=None, muxing=None, frames=FRAMES, stamps=None, rate=25):
    options = {"g": "12", **(options or {})}
    if encoder == "libx264":  # as our own films: with its macroblock tree, bits differ from run to run
        options["x264-params"] = ":".join([*filter(None, [options.get("x264-params")]), "mbtree=0"])
    with av.open(
        str(path), "w", options=muxing or {}, format="ogg" if str(path).endswith(".ogg") else None
    ) as container:
        stream = container.add_stream(encoder, rate=rate, options=options)
        stream.width, stream.height = 64, 48
        if encoder == "libx264":
            stream.codec_context.thread_count = 1  # several write other bytes from run to run
        stream.pix_fmt = {"gif": "rgb8", "mjpeg": "yuvj420p"}.get(encoder, "yuv420p")
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts = number if stamps is None else stamps[number]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module", params=FILMS)
def film(request, tmp_path_factory):
    suffix, encoder, options, muxing = FILMS[request.param]
    return encode(tmp_path_factory.mktemp("film") / f"film{suffix}", encoder, options, muxing)


def check_parts(path, fps=None, seed=0, complete=True):
    """Parts of a film with random ends against what the whole has there."""
    whole = list(open_video(path, fps))
    times = np.array([frame.time for frame in whole])
    assert (np.diff(times) > 0).all()
    numbers = [frame.index for frame in whole]
    assert numbers == list(range(len(whole))) if complete else sorted(set(numbers)) == numbers
    rng = np.random.default_rng(seed)
    for _ in range(4):
        start, end = np.sort(rng.uniform(0, times[-1], 2))
        end = rng.choice([end, np.inf])
        start = rng.choice([start, times[rng.integers(len(times))]])
        wanted = [frame for frame in whole if start - 1e-6 <= frame.time < end - 1e-6]
        if not wanted:
            continue
        part = list(open_video(path, fps).frames(float(start), None if np.isinf(end) else float(end)))
        assert [(f.index, f.time) for f in part] == [(f.index, f.time) for f in wanted], (start, end)
        assert all(np.array_equal(one.image, other.image) for one, other in zip(part, wanted, strict=True)), start
    return whole


@pytest.mark.filterwarnings("error")
def test_a_part_is_what_the_whole_has_there(film):
    whole = check_parts(film)
    assert len(whole) == FRAMES
    assert [frame.time for frame in whole] == pytest.approx(np.arange(FRAMES) / 25, abs=6e-3)


def test_also_at_another_rate(tmp_path):
    check_parts(encode(tmp_path / "a.ts", options={"bf": "2"}), fps=200)


def test_a_film_tuned_in_between_two_key_frames(tmp_path):
    """What lacks the pictures that it is made from is neither shown nor counted, and no damage."""
    data = encode(tmp_path / "whole.ts", options={"bf": "2", "x264-params": "open-gop=1"}).read_bytes()
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    tables, rest = packets[:3], packets[len(packets) // 4 :]
    (tmp_path / "tuned.ts").write_bytes(b"".join(tables + rest))
    whole = check_parts(tmp_path / "tuned.ts")
    assert 30 < len(whole) < FRAMES


@pytest.mark.filterwarnings("error")
def test_an_edit_list_leaves_out_the_beginning(tmp_path):
    """An MP4 that was cut without encoding it anew keeps the frames before, and a list that says not to show them."""
    path = encode(tmp_path / "film.mp4", options={"bf": "0"})
    data = bytearray(path.read_bytes())
    at = data.find(b"elst")
    with av.open(str(path)) as container:
        base = container.streams.video[0].time_base
    duration, begin = struct.unpack(">II", data[at + 12 : at + 20])
    struct.pack_into(">II", data, at + 12, duration - 1000 * 8 // 25, begin + round(8 / 25 / base))
    path.write_bytes(data)
    whole = check_parts(path)
    assert len(whole) == FRAMES - 8
    assert abs(int(whole[0].image.mean()) - int(picture(8).mean())) < 3
    assert whole[0].time == pytest.approx(0, abs=1e-3)


FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
QUICK = (0, 7, 17, 23)  # cut within a frame, among others
TURNS = [(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0), (-1, 0, 0, 1), (0, 1, 1, 0)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed in QUICK else pytest.mark.slow) for seed in range(24)]
)
def test_parts_of_films_with_several_oddities_at_once(seed, tmp_path):
    """Turned, mirrored, cut by a list, in fragments, in another order, of an uneven rate: drawn by the seed."""
    rng = np.random.default_rng(seed)
    fragmented, uneven = rng.random() < 0.4, rng.random() < 0.5
    steps = rng.integers(1, 4, FRAMES)
    stamps = (np.cumsum(steps) - steps[0]).tolist() if uneven else None
    options = {"bf": str(rng.integers(0, 4)), "g": str(rng.choice([5, 12, 40]))}
    path = encode(tmp_path / "a.mp4", options=options, muxing=FRAGMENTED if fragmented else {}, stamps=stamps)
    data = bytearray(path.read_bytes())
    a, b, c, d = TURNS[rng.integers(len(TURNS))]
    one, begin = 1 << 16, data.find(b"tkhd") + 44
    data[begin : begin + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    if not fragmented and rng.random() < 0.5:
        at = data.find(b"elst")
        with av.open(str(path)) as container:
            base = container.streams.video[0].time_base
        duration, media = struct.unpack(">II", data[at + 12 : at + 20])
        cut = int(rng.integers(1, 600))  # ms
        struct.pack_into(">II", data, at + 12, duration - cut, media + round(cut / 1000 / base))
    path.write_bytes(data)
    whole = check_parts(path, seed=seed)
    assert whole[0].image.shape[:2] == ((64, 48) if a == 0 else (48, 64)) and whole[0].time == pytest.approx(
        0, abs=0.2
    )
    for shown, other in zip(whole, whole[1:], strict=False):
        assert shown.image.mean() < other.image.mean() + 2


def boxes(data, begin=0, end=None):
    """Kind, begin and end of the boxes of an MP4, those inside others too."""
    end = len(data) if end is None else end
    while begin + 8 <= end:
        size, kind = struct.unpack(">I4s", data[begin : begin + 8])
        yield kind, begin, begin + size
        if kind in (b"moov", b"trak", b"edts", b"udta"):
            yield from boxes(data, begin + 8, begin + size)
        begin += size


def with_cover(data):
    """An MP4 with a cover picture as taggers write it, before its tracks or behind them."""
    file = io.BytesIO()
    Image.fromarray(np.full((96, 96, 3), 200, np.uint8)).save(file, "JPEG")

    def box(kind, content):
        return struct.pack(">I4s", 8 + len(content), kind) + content

    held = box(b"covr", box(b"data", struct.pack(">II", 13, 0) + file.getvalue()))
    handler = box(b"hdlr", struct.pack(">II4s4s9x", 0, 0, b"mdir", b"appl"))
    tags = box(b"udta", box(b"meta", bytes(4) + handler + box(b"ilst", held)))
    begin, end = next((begin, end) for kind, begin, end in boxes(data) if kind == b"moov")
    before = next(begin for kind, begin, _ in boxes(data) if kind == b"trak")

    def placed(place):
        # `moov` lies behind the pictures, which therefore stay where they are
        inside = data[begin + 8 : place] + tags + data[place:end]
        return bytearray(data[:begin] + box(b"moov", bytes(inside)) + data[end:])

    return placed(before), placed(end)


def write_streams(path, order, stamps, sound_begins, codec, flag):
    """A film, with the default flag or not; a small film, a large still and sound that begins elsewhere beside it."""
    with av.open(str(path), "w") as container:
        streams = {}
        for name in order:
            if name == "sound":
                streams[name] = container.add_stream(codec, rate=8000, layout="mono")
                continue
            streams[name] = stream = container.add_stream("libx264" if name == "film" else "mpeg4", rate=25)
            stream.width, stream.height = {"film": (64, 48), "small": (32, 32), "large": (128, 96)}[name]
            stream.pix_fmt, stream.disposition = "yuv420p", int(flag and name == "film")  # 1: default
            if name == "film":
                stream.options = {"bf": "2", "g": "12", "x264-params": "mbtree=0"}
                stream.codec_context.thread_count = 1
        for number in range(FRAMES):
            for name in order:
                if name == "sound" or (name == "large" and number):
                    continue
                content = np.full((96, 128, 3), 250, np.uint8) if name == "large" else picture(number)
                content = np.ascontiguousarray(content[:32, :32] if name == "small" else content)
                frame = av.VideoFrame.from_ndarray(content, format="rgb24")
                frame.pts = stamps[number] if name == "film" else number
                container.mux(streams[name].encode(frame))
        if "sound" in order:
            tone = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
            tone.sample_rate, tone.pts = 8000, round(8000 * sound_begins)
            container.mux(streams["sound"].encode(tone))
        for stream in streams.values():
            container.mux(stream.encode(None))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed in QUICK else pytest.mark.slow) for seed in range(24)]
)
def test_the_film_among_several_streams(seed, tmp_path):
    """A preview, a cover, sound before or behind, turned and cut by a list at the same time: drawn by the seed."""
    rng = np.random.default_rng(seed)
    suffix = [".mp4", ".mov", ".mkv"][seed % 3]
    order = ["film", *(name for name in ("small", "large", "sound") if rng.random() < 0.6)]
    order = rng.permutation(order).tolist()
    lead, sound_begins = int(rng.integers(0, 20)) if "sound" in order else 0, rng.choice([0, 0.28])
    stamps = [number + lead for number in range(FRAMES)]
    path = tmp_path / f"a{suffix}"
    flag = suffix != ".mkv" or "small" in order or rng.random() < 0.5  # without it, more pictures tell
    write_streams(path, order, stamps, sound_begins, "aac" if suffix == ".mp4" else "pcm_s16le", flag)
    turned, cut, data = False, 0, bytearray(path.read_bytes())
    if suffix != ".mkv":
        tracks = [(begin, end) for kind, begin, end in boxes(data) if kind == b"trak"]
        begin, end = tracks[order.index("film")]
        header = data.find(b"tkhd", begin, end) + 44
        a, b, c, d = TURNS[rng.integers(len(TURNS))]
        one, turned = 1 << 16, a == 0
        data[header : header + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
        if rng.random() < 0.6:
            at, cut = data.find(b"elst", begin, end), int(rng.integers(1, 12))
            (entries,) = struct.unpack(">I", data[at + 8 : at + 12])
            place = at + 12 + 12 * (entries - 1)  # of the last, after an empty one
            with av.open(str(path)) as container:
                base = container.streams.video[[n for n in order if n != "sound"].index("film")].time_base
            duration, media = struct.unpack(">II", data[place : place + 8])
            struct.pack_into(">II", data, place, duration - 40 * cut, media + round(cut / 25 / base))
        if rng.random() < 0.5:
            data = with_cover(data)[rng.integers(2)]
        path.write_bytes(data)
    whole = check_parts(path, seed=seed)
    assert len(whole) == FRAMES - cut
    assert whole[0].image.shape == ((64, 48, 3) if turned else (48, 64, 3))
    # a preview begins at 0, sound where it does; players show what begins first at 0
    begins = {"film": lead / 25, "sound": sound_begins, "small": 0.0, "large": 0.0}
    first = min(begins[name] for name in order)
    expected = (np.array(stamps[cut:]) - cut) / 25 - first
    assert [frame.time for frame in whole] == pytest.approx(expected, abs=0.003)
    for frame in whole:
        assert abs(frame.image.mean() - picture(frame.index + cut).mean()) < 4


def test_picture_begins_after_sound(tmp_path):
    """Seconds are those of players: from where the first of both begins."""
    with av.open(str(tmp_path / "late.mkv"), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        tone = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.int16), format="s16", layout="mono")
        sound.sample_rate, sound.pts = 8000, 0
        container.mux(tone.encode(sound))
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts = number + 20
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        container.mux(tone.encode(None))
    whole = check_parts(tmp_path / "late.mkv")
    assert whole[0].time == pytest.approx(0.8, abs=2e-3)


def test_films_one_behind_the_other_go_on(tmp_path):
    one, two = encode(tmp_path / "one.ts"), encode(tmp_path / "two.ts", frames=30)
    (tmp_path / "both.ts").write_bytes(one.read_bytes() + two.read_bytes())
    with pytest.warns(UserWarning, match=r"both.ts` are mended: its time falls back once"):
        whole = check_parts(tmp_path / "both.ts")
    assert len(whole) == FRAMES + 30
    assert np.diff([frame.time for frame in whole]) == pytest.approx(np.full(FRAMES + 29, 0.04), abs=1e-3)


def test_size_changes_within_a_film(tmp_path):
    """Two sizes in one stream, as of a call whose picture became larger."""
    small = encode(tmp_path / "small.ts")
    with av.open(str(tmp_path / "large.ts"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 9 * number, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    (tmp_path / "both.ts").write_bytes(small.read_bytes() + (tmp_path / "large.ts").read_bytes())
    with pytest.warns(UserWarning, match="falls back once"):
        sizes = [frame.image.shape[:2] for frame in open_video(tmp_path / "both.ts")]
    assert sizes == [(48, 64)] * FRAMES + [(64, 96)] * 20


def test_a_fragmented_film_that_was_cut_off_is_told(tmp_path):
    path = encode(tmp_path / "a.mp4", muxing={"movflags": "frag_keyframe+default_base_moof"})
    data = path.read_bytes()
    whole = list(open_video(path))
    path.write_bytes(data[: len(data) // 2])
    with pytest.warns(UserWarning, match=r"cut off: \d+ frames were read"):
        assert len(list(open_video(path))) < len(whole)


@pytest.mark.filterwarnings("error")
def test_dropped_frames_are_no_damage(tmp_path):
    """Windows recorders leave an empty chunk in an AVI where a frame was dropped, and the time goes on."""
    path = encode(tmp_path / "a.avi", "mjpeg", frames=30, stamps=[n for n in range(40) if n % 4 < 3])
    whole = check_parts(path)
    assert [frame.time for frame in whole] == pytest.approx(np.array([n for n in range(40) if n % 4 < 3]) / 25)


def spoil(path, numbers):
    """Overwrites the content of some packets, counted in the order of the file."""
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(container.streams.video[0]) if p.size]
    data = bytearray(path.read_bytes())
    for number in numbers:
        begin, size = packets[number]
        begin, end = begin + min(8, size // 4), begin + size - 1  # from where no decoder passes it over
        data[begin:end] = np.random.default_rng(number).bytes(end - begin)
    path.write_bytes(data)


@pytest.mark.parametrize("damaged", [[6], [76, 77]])
@pytest.mark.parametrize(
    "name",
    [
        *("mp4", "fragmented mp4", "mkv", "avi", "avi of jpeg"),
        *("avi with frames in another order", "avi with a pyramid of frames"),
    ],
)
def test_after_damage_numbers_still_belong_to_times(name, damaged, tmp_path):
    suffix, encoder, options, muxing = FILMS[name]
    path = encode(tmp_path / f"film{suffix}", encoder, options, muxing, frames=80)
    spoil(path, damaged)
    with pytest.warns(UserWarning, match="is damaged") as told:
        whole = list(open_video(path))
    assert len(told) == 1 and f": {len(whole)}" in str(told[0].message)
    assert 72 <= len(whole) < 80
    assert [frame.time for frame in whole] == pytest.approx([frame.index / 25 for frame in whole], abs=6e-3)
    for frame in whole:
        assert abs(int(frame.image.mean()) - int(picture(frame.index).mean())) < 12  # a part may be concealed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_parts(path, complete=False)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "kind", ["no end", "more behind the end", "no tables, as of a webcam", "progressive", "notes"]
)
def test_pictures_of_cameras_that_are_odd_but_sound_are_no_damage(kind, tmp_path):
    def packed(number):
        file = io.BytesIO()
        options = {"progressive": {"progressive": True}, "notes": {"comment": b"x" * 300, "icc_profile": b"no"}}
        Image.fromarray(picture(number)).save(file, "JPEG", **options.get(kind, {}))
        content = file.getvalue()
        if kind.startswith("no tables"):  # those of the standard are meant
            while (begin := content.find(b"\xff\xc4")) >= 0:
                content = (
                    content[:begin] + content[begin + 2 + int.from_bytes(content[begin + 2 : begin + 4], "big") :]
                )
        return {"no end": content[:-2], "more behind the end": content + b"\xff\xd8and more" + bytes(9)}.get(
            kind, content
        )

    with av.open(str(tmp_path / "a.avi"), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number in range(12):
            packet = av.Packet(packed(number))
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, number, number, Fraction(1, 25)
            container.mux(packet)
    whole = check_parts(tmp_path / "a.avi")
    assert len(whole) == 12 and all(abs(frame.image.mean() - picture(frame.index).mean()) < 4 for frame in whole)


@pytest.mark.parametrize("name", ["mpeg-ts of mpeg-2", "ogg"])
def test_where_a_container_passes_over_pictures_is_told(name, tmp_path):
    suffix, encoder, _, muxing = FILMS[name]
    path = encode(tmp_path / f"film{suffix}", encoder, {}, muxing, frames=60)
    data = bytearray(path.read_bytes())
    begin = len(data) // 2
    data[begin : begin + 600] = bytes(600)
    path.write_bytes(data)
    with pytest.warns(UserWarning, match=r"has no picture between \d\.\d\d s and \d\.\d\d s; it is") as told:
        whole = list(open_video(path))
    assert len(told) == 1 and len(whole) < 60
    places = re.findall(r"(\d\.\d\d) s", str(told[0].message))
    before, after = max(zip(whole, whole[1:], strict=False), key=lambda two: two[1].time - two[0].time)
    assert [float(place) for place in places] == pytest.approx([before.time, after.time], abs=0.01)
    with pytest.warns(UserWarning, match="has no picture between"):
        list(open_video(path).frames(before.time - 0.1, after.time + 0.1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(open_video(path).frames(0, before.time))


def test_damage_in_a_part_is_told(tmp_path):
    path = encode(tmp_path / "film.mp4", options={"bf": "0"})
    spoil(path, [40])
    with pytest.warns(UserWarning, match=r"film.mp4` is damaged: \d+ frame\(s\) of this part cannot be read"):
        list(open_video(path).frames(1.3, 2.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(open_video(path).frames(2.2, 2.6))


def test_a_container_that_tells_other_times_after_a_leap_is_read_from_its_beginning(tmp_path):
    path = encode(tmp_path / "film.mpg", "mpeg2video", {"bf": "2"}, frames=80)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 150] = np.random.default_rng(1).bytes(150)
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = [(frame.index, frame.time) for frame in open_video(path)]
        for start in (0.5, 1.0, 1.5, 1.8, 2.2, 3.0):
            part = [(frame.index, frame.time) for frame in open_video(path).frames(start)]
            assert part == [one for one in whole if one[1] >= start - 1e-6]


def test_an_unknown_codec_is_named(tmp_path):
    path = encode(tmp_path / "film.avi", "mpeg4", frames=5)
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"zzzz"))
    with pytest.raises(InputError, match=r"film.avi` is encoded in a way that is not known here.*convert it to H.264"):
        open_video(path)
