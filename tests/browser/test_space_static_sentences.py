"""What the page that computes in the browser says where it cannot answer: a sentence each."""

import av
import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser
PARTLY = "Not watched to the end; what was found until then:"


REJECTED = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{}'))"


@pytest.mark.parametrize(
    "script, sentence",
    [
        (REJECTED.format("NotFoundError"), "There is no camera; connect one, or choose a film."),
        (REJECTED.format("NotAllowedError"), "does not let this page use the camera; allow it"),
        (REJECTED.format("NotReadableError"), "The camera is busy; close the other program"),
    ],
)
def test_without_a_camera_the_page_says_so(visit_static, script, sentence, ready, over):
    page = ready(visit_static(script))
    page.get_by_role("button", name="Start the camera").click()
    assert sentence in over(page)
    assert page.get_by_role("button", name="Start the camera").is_enabled()


def test_without_webassembly_the_page_says_so(visit_static, over):
    assert over(visit_static("delete globalThis.WebAssembly")).startswith("This browser has no WebAssembly")


HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def film(path, picture, codec="libx264", count=12):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30)
        stream.height, stream.width, stream.pix_fmt = *picture.shape[:2], "yuv420p"
        for _ in range(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_film_that_cannot_be_used_gets_a_sentence(visit_static, tmp_path, ready, over):
    page = ready(visit_static())
    grey = np.full((240, 320, 3), 128, np.uint8)
    (tmp_path / "words.mp4").write_text("This is no film.")
    (tmp_path / "empty.mp4").touch()
    Image.fromarray(grey).save(tmp_path / "picture.png")
    sentences = {
        tmp_path / "empty.mp4": "“empty.mp4” is empty; choose another film.",
        tmp_path / "picture.png": "“picture.png” is a picture, in which nothing moves; choose a film.",
        tmp_path / "words.mp4": "is no film that a browser can read",
        film(tmp_path / "old.mp4", grey, "mpeg4"): "This browser cannot decode",
        film(tmp_path / "wall.mp4", grey): "No face was found",
    }
    for path, sentence in sentences.items():
        page.locator("#file").set_input_files(path)
        assert sentence in over(page)
    assert page.locator("#results").is_visible()  # the last one was watched, and had no face


@pytest.mark.parametrize(
    ("begin", "end", "sentence"),
    [
        ("1", "", "Half of the neutral stretch is missing"),
        ("2", "1", "The neutral stretch goes from 2 to 1 s; it must end after it begins."),
        ("-1", "1", "give seconds as a number from 0"),
        ("0", "0.4", "The face was seen for 0.4 s of the neutral stretch; give one of at least 1 s"),
        ("60", "70", "has no frames between 60 and 70 s"),
    ],
)
def test_a_neutral_stretch_that_cannot_be_used_gets_a_sentence(visit_static, clip, ready, over, begin, end, sentence):
    page = ready(visit_static())
    page.get_by_text("Settings").click()
    page.get_by_label("from", exact=True).fill(begin)
    page.get_by_label("to", exact=True).fill(end)
    page.locator("#file").set_input_files(clip)
    assert sentence in over(page)


def test_what_was_found_stays_where_a_film_is_damaged_further_on(visit_static, clip, tmp_path, ready, over):
    whole = clip.read_bytes()
    broken = tmp_path / "broken.mp4"
    begin = len(whole) - len(whole) // 8
    broken.write_bytes(whole[:begin] + bytes(len(whole) - begin))
    page = ready(visit_static())
    page.locator("#file").set_input_files(broken)
    fault = over(page)
    if fault is None:
        pytest.skip("The codec went over the damage.")
    assert "broken.mp4" in fault
    assert page.locator("#verdict").text_content() in (
        "No answer",
        "Not watched to the end; what was found until then:",
    )


def test_where_nothing_can_be_kept_the_page_says_that_it_needs_a_connection(visit_static):
    full = "self.caches.open = () => Promise.reject(new DOMException('', 'QuotaExceededError'));"
    page = visit_static(before={"service_worker.js": full})
    page.locator("#status:text-matches('^Ready')").wait_for()
    assert "keeps no files for the page" in page.locator("#status").text_content()


def test_while_the_page_is_hidden_the_camera_is_not_watched_and_the_answer_says_so(visit_static, ready, over):
    page = ready(visit_static())
    page.get_by_role("button", name="Start the camera").click()
    page.locator("#rate:text-matches('frames/s')").wait_for()
    page.evaluate(HIDE, True)
    page.locator("#status:text-matches('The page is hidden')").wait_for()
    page.wait_for_timeout(1500)
    page.evaluate(HIDE, False)
    page.get_by_role("button", name="Stop").click()
    assert over(page) is None
    assert page.locator("#advice li:text-matches('The page was hidden for [1-9]')").count() == 1


def test_of_two_faces_the_page_says_that_it_follows_the_largest(visit_static, tmp_path, ready, over):
    from skimage.data import astronaut

    page = ready(visit_static())
    two = np.concatenate([astronaut()[:300, 60:360]] * 2, axis=1)
    page.locator("#file").set_input_files(film(tmp_path / "two.mp4", two, count=45))
    page.locator("#status:text-matches('There are 2 faces; the largest is followed')").wait_for()
    assert over(page) is None
    told = page.locator("#advice li").all_text_contents()
    assert told[-1] == "Up to 2 faces were in the picture; only the largest was followed."
