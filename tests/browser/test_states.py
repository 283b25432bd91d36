"""
Every state of the demo, on a desktop and a phone, light and dark: what it says, that it fits, and a picture of it.

`SCREENSHOTS=FOLDER pytest -m browser tests/browser/test_states.py` keeps the pictures. What takes its time on the page
(an analysis under way, a camera) is held at the wanted moment, and frames of the camera count by a clock that is no
clock: the pictures do not depend on how busy the machine is.
"""

import re
import threading
from itertools import count

import cv2
import numpy as np
import pytest

from micron_bert.synthesis.example_clips import CLIPS, make_examples
from micron_bert.video.reader import open_video
from micron_bert.video.writer import write_video

pytestmark = pytest.mark.browser

LOWEST = 1600  # pixels from the top of the page to the end of verdict and pictures, on a phone
LOOKS = [
    (device, width, height, scheme)
    for device, width, height in (("desktop", 1280, 900), ("phone", 390, 844))
    for scheme in ("light", "dark")
]
PATIENCE = 600_000  # milliseconds for an analysis, also on a busy machine
RATE = 15  # frames a second of the live films


class Stage:
    """Holds an analysis where it is, and puts frames of a film in the place of the camera's, up to a certain one."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.play([], 0)

    def play(self, frames, rate):
        self.frames, self.rate, self.shown = frames, rate, 0
        self.over, self.released = threading.Event(), threading.Event()

    def frame(self, _upload):
        if self.shown >= len(self.frames):
            self.over.set()
            self.released.wait()
            return self.frames[-1]
        self.shown += 1
        return self.frames[self.shown - 1]

    def clock(self):
        ticks = count()
        return lambda: next(ticks) / self.rate


@pytest.fixture(scope="module")
def stage():
    return Stage()


@pytest.fixture(scope="module")
def address(stage, tmp_path_factory):
    """A demo whose analyses and cameras are held by the stage."""
    from micron_bert.demo import app
    from micron_bert.demo.analysis import Analyst
    from micron_bert.demo.live import LiveSession

    analyse = Analyst.analyse_clip

    def held(self, path, tell):
        def told(share, words):
            tell(share, words)
            if share > 0.3:
                stage.gate.wait()

        return analyse(self, path, told)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("scratch")))
        patch.setattr(Analyst, "analyse_clip", held)
        patch.setattr(app, "LiveSession", lambda spotter: LiveSession(spotter, stage.clock()))
        patch.setattr(app, "frame_of", stage.frame)
        patch.setattr(app, "CAMERA_TURN", 600)
        patch.setattr("micron_bert.demo.turns.PAUSE", -1.0)  # every state has a window of its own
        demo = app.open_demo(quiet=True, server_name="127.0.0.1")
        yield demo.local_url
        demo.close()


def frames_of(path):
    with open_video(path) as video:
        return [frame.image for frame in video]


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """The film of each state."""
    folder = tmp_path_factory.mktemp("films")
    clips = dict(zip(CLIPS, make_examples()[0], strict=True))
    smile, calm = frames_of(clips["clip-1"]), frames_of(clips["clip-6"])
    # a still: what is found counts also where the face is small
    small = 90 * [cv2.resize(calm[0], None, fx=1 / 6, fy=1 / 6, interpolation=cv2.INTER_AREA)]
    both = [np.hstack([a, b]) for a, b in zip(smile, calm, strict=False)]
    made = {
        "macro": (macro_film(), 30),
        "small_face": ([np.pad(frame, ((60, 60), (120, 120), (0, 0)), "edge") for frame in small], 30),
        "low_rate": (calm[::2], 15),
        "no_face": ([np.full((240, 320, 3), 90 + number % 3, np.uint8) for number in range(45)], 30),
        "two_people": (both, 30),
        "too_long": ((np.full((48, 64, 3), number % 256, np.uint8) for number in range(201)), 10),
    }
    paths = {name: write_video(folder / f"{name}.mp4", frames, rate) for name, (frames, rate) in made.items()}
    unreadable = folder / "holiday_2026.mp4"
    unreadable.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(5000))
    large = folder / "interview_of_an_hour_in_full_quality.mp4"
    with open(large, "wb") as file:
        file.truncate(51 * 2**20)
    return paths | {"micro": clips["clip-1"], "none": clips["clip-6"], "unreadable": unreadable, "too_large": large}


def photograph():
    from skimage.data import astronaut

    from micron_bert.faces import FaceDetector, FaceMesh

    image = astronaut()
    return image, FaceMesh().landmarks(image, FaceDetector().detect(image)[0])


def macro_film():
    from micron_bert.synthesis.films.event_rates import EventRates
    from micron_bert.synthesis.films.film import synthesize_film

    still = {"micro": 0.0, "gaze": 0.0, "turn": 0.0, "light": 0.0, "blink": 0.0, "speech": 0.0}
    film = synthesize_film(*photograph(), 6.0, 30.0, np.random.default_rng(3), rates=EventRates(**still, macro=25.0))
    return list(film.frames(0, len(film)))


def expression(lead, tail):
    """A film for the camera, as many frames a second as the page sends."""
    from micron_bert.synthesis.clips.scene import synthesize_scene

    options = {"amplitude": 3.0, "fps": 30.0, "lead": lead, "tail": tail, "rng": np.random.default_rng(6)}
    return list(synthesize_scene(*photograph(), "happiness", **options).frames[:: 30 // RATE])


@pytest.fixture
def look(screenshots):
    """Takes the four pictures of a state, and sees that it fits."""

    def take(page, name, lowest=None):
        for device, width, height, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.wait_for_function(
                f"() => document.body.classList.contains('dark') === {str(scheme == 'dark').lower()}"
            )
            page.screenshot(path=screenshots / f"{name}_{device}_{scheme}.png", full_page=True)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width, (name, device)
            if lowest is not None:
                end = lowest.evaluate("e => e.getBoundingClientRect().bottom + scrollY")
                print(f"{name}, {device}: the answer ends {end:.0f} px from the top")
                assert end <= LOWEST, (name, device)

    return take


def test_start(visit, look):
    page = visit()
    look(page, "start")
    page.locator(".examples button.gallery-item:visible").nth(1).click()
    page.locator("[role=tabpanel]:visible button[aria-label=Clear]").wait_for()
    look(page, "example_chosen")
    for tab in ("Two pictures", "Live"):
        page.get_by_role("tab", name=tab).click()
        look(page, f"start_{tab.lower().replace(' ', '_')}")


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("micro", "Micro-expression found"),
        ("macro", "Macro-expression found"),
        ("none", "No micro-expression found"),
        ("small_face", "Cannot tell"),
        ("low_rate", "Cannot tell"),
        ("two_people", "icro-expression found"),
        ("no_face", "No result"),
        ("unreadable", "No result"),
        ("too_long", "No result"),
    ],
)
def test_answer(visit, upload, films, look, name, heading):
    page = visit()
    panel = upload(page, films[name])
    panel.get_by_role("button", name="Look for micro-expressions").click()
    verdict = panel.locator(".verdict.prose", has=page.locator("h2"))
    verdict.wait_for(timeout=PATIENCE)
    assert heading in verdict.locator("h2").inner_text(), verdict.inner_text()
    print(name, verdict.inner_text(), sep="\n")
    if name == "two_people":
        assert "shows 2 faces at once; this is about one of them" in verdict.inner_text()
    refused = heading == "No result"
    if not refused:
        panel.locator(".pair[data-state=shown]").wait_for()
    look(page, name, verdict if refused else panel.locator(".pair .faces"))


def test_too_large(visit, films, look):
    page = visit()
    page.locator("[role=tabpanel]:visible input[type=file]").first.set_input_files(films["too_large"])
    page.get_by_text("is too large; the demo takes up to 50 MiB.").wait_for()
    look(page, "too_large")


def test_two_pictures(visit, upload, films, look):
    page = visit()
    folder = films["micro"].parent
    panel = upload(page, folder / "onset.png", folder / "apex.png", tab="Two pictures")
    panel.get_by_role("button", name="Compare").click()
    panel.locator(".pair[data-state=shown]").wait_for()
    look(page, "two_pictures", panel.locator(".pair .faces"))


def test_waiting(visit, upload, films, stage, look):
    """One visitor's film is looked at, and the next one waits."""
    stage.gate.clear()
    try:
        pages = [visit(), visit()]
        for page, text in zip(pages, ("Following the face", "queue"), strict=True):
            panel = upload(page, films["none"])
            panel.get_by_role("button", name="Look for micro-expressions").click()
            page.get_by_text(re.compile(text)).first.wait_for()
        look(pages[0], "working")
        look(pages[1], "queued")
    finally:
        stage.gate.set()


@pytest.fixture(scope="module")
def live():
    """State, frames and rate of each picture of the camera's tab."""
    face = expression(lead=5.0, tail=2.0)
    rest = face[: 4 * RATE]
    blank = [np.full_like(rest[0], 60)]
    shifts = np.random.default_rng(0).integers(-60, 60, 3 * RATE)
    moved = [np.roll(rest[0], shift, axis=1) for shift in shifts]
    return {
        "live_no_face": ("No face", blank * 3, RATE),
        "live_warming_up": ("Warming up", rest[:3], RATE),
        "live_resting": ("resting face", rest[: 2 * RATE], RATE),
        "live_tracking": ("Tracking", rest, RATE),
        "live_too_much_movement": ("Too much movement", rest[:RATE] + moved, RATE),
        "live_too_few_frames": ("Too few frames", rest, 5),
        "live_face_lost_and_found": ("", rest[: 3 * RATE] + blank * (2 * RATE) + rest, RATE),
        "live_event": ("Tracking", face, RATE),
    }


@pytest.mark.parametrize(
    "name",
    [
        "live_no_face",
        "live_warming_up",
        "live_resting",
        "live_tracking",
        "live_too_much_movement",
        "live_too_few_frames",
        "live_face_lost_and_found",
        "live_event",
    ],
)
def test_live(visit, stage, look, live, name):
    state, frames, rate = live[name]
    stage.play(frames, rate)
    page = visit()
    page.get_by_role("tab", name="Live").click()
    panel = page.locator("[role=tabpanel]:visible")
    panel.get_by_text("Click to Access Webcam").click()
    panel.get_by_role("button", name="capture photo").click()
    try:
        assert stage.over.wait(timeout=300)
        panel.locator("#live-curve .chip", has_text=state).wait_for()
        if name == "live_event":
            panel.locator("#live-curve .events li").first.wait_for()
        look(page, name)
    finally:
        stage.released.set()
