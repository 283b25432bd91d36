"""The page that computes in the browser: it answers as the package does, asks nobody else, and says what is wrong."""

import csv
import functools
import http.server
import io
import threading

import av
import numpy as np
import pytest

from micron_bert.publishing.browser_libraries import fetch_browser_libraries
from micron_bert.publishing.space_static import stage_space_static
from micron_bert.spotting.spotter import spot
from micron_bert.synthesis.example_clips import make_examples

pytestmark = pytest.mark.browser
PATIENCE = 300_000  # milliseconds for anything on a page: machines differ
SIZES = {"light": (1280, 900, "light"), "dark": (1280, 900, "dark"), "phone": (390, 844, "light")}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The page's folder, and a web server's address for it."""
    fetch_browser_libraries()
    folder = stage_space_static("org/tiny-browser", "org/tiny", None, tmp_path_factory.mktemp("page") / "page").folder

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(browser, place):
    """Opens the page; afterwards, nothing but its own folder was asked for anything, and no script had failed."""
    contexts, requests, failures = [], [], []

    def open_page(script="", width=1280, height=900, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(place)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert requests and not failures
    assert not [url for url in requests if not url.startswith((place, "blob:"))]


def ready(page):
    page.locator("#status:text-matches('^Ready')").wait_for()
    return page


def over(page):
    """Waits for the end of a film; the fault where there was one."""
    page.locator("#status:text-is('Done.'), #fault:visible").first.wait_for()
    fault = page.locator("#fault")
    return fault.text_content() if fault.is_visible() else None


def findings(page):
    """What the page lets people download."""
    if page.locator("#csv").is_disabled():
        return []
    with page.expect_download() as download:
        page.locator("#csv").click()
    return list(csv.DictReader(io.StringIO(download.value.path().read_text())))


def test_films_are_answered_as_the_package_answers_them(visit):
    page = ready(visit())
    clips, _ = make_examples()
    for film in (clips[0], clips[2], clips[5]):
        page.locator("#file").set_input_files(film)
        assert over(page) is None
        found, expected = findings(page), spot(film)
        assert [row["kind"] for row in found] == [interval.kind for interval in expected]
        for row, interval in zip(found, expected, strict=True):
            for moment in ("onset", "apex", "offset"):
                assert abs(int(row[moment]) - getattr(interval, moment)) <= 1
            assert abs(float(row["confidence"]) - interval.confidence) < 0.02
            shares = [float(row[f"p_{name}"]) for name in interval.probabilities]
            assert shares == pytest.approx(list(interval.probabilities.values()), abs=0.02)
        sentence = page.locator("#verdict").text_content()
        assert sentence.startswith("Micro-expression found, " if expected else "No micro-expression found: ")


def test_the_camera_is_watched_until_the_visitor_stops(visit):
    page = ready(visit())
    page.get_by_role("button", name="Start the camera").press("Enter")
    page.locator("#status:text-matches('The face is followed|This computer manages')").wait_for()
    page.locator("#rate:text-matches('frames/s')").wait_for()
    page.get_by_role("button", name="Stop").press("Enter")
    assert over(page) is None
    assert page.locator("#verdict").text_content() != "Watching the camera"


def test_it_works_without_a_connection_after_the_first_visit(visit):
    page = ready(visit())
    page.context.set_offline(True)
    page.reload()
    ready(page)
    page.get_by_role("button", name="Try the example").click()
    assert over(page) is None and page.locator("#rows tr").count() == 1


def test_the_rule_against_other_addresses_holds_for_page_and_worker(visit):
    page = ready(visit())
    names = ("./", "index.html", "worker.js")
    page.reload()
    ready(page)
    rules = [
        page.evaluate("name => fetch(name).then((answer) => answer.headers.get('content-security-policy'))", name)
        for name in names
    ]
    assert all("connect-src 'self'" in rule and "default-src 'none'" in rule for rule in rules)
    reached = "fetch('http://127.0.0.1:9/').then(() => 'reached').catch(() => 'refused')"
    assert page.evaluate(reached) == "refused"


REJECTED = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{}'))"


@pytest.mark.parametrize(
    "script, sentence",
    [
        (REJECTED.format("NotFoundError"), "There is no camera; connect one, or choose a film."),
        (REJECTED.format("NotAllowedError"), "does not let this page use the camera; allow it"),
        (REJECTED.format("NotReadableError"), "The camera is busy; close the other program"),
    ],
)
def test_without_a_camera_the_page_says_so(visit, script, sentence):
    page = ready(visit(script))
    page.get_by_role("button", name="Start the camera").click()
    assert sentence in over(page)
    assert page.get_by_role("button", name="Start the camera").is_enabled()


def test_without_webassembly_the_page_says_so(visit):
    assert over(visit("delete globalThis.WebAssembly")).startswith("This browser has no WebAssembly")


def film(path, picture, codec="libx264", count=12):
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30)
        stream.height, stream.width, stream.pix_fmt = *picture.shape[:2], "yuv420p"
        for _ in range(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_film_that_cannot_be_used_gets_a_sentence(visit, tmp_path):
    page = ready(visit())
    grey = np.full((240, 320, 3), 128, np.uint8)
    (tmp_path / "words.mp4").write_text("This is no film.")
    sentences = {
        tmp_path / "words.mp4": "is no film that a browser can read",
        film(tmp_path / "old.mp4", grey, "mpeg4"): "This browser cannot decode",
        film(tmp_path / "wall.mp4", grey): "No face was found",
    }
    for path, sentence in sentences.items():
        page.locator("#file").set_input_files(path)
        assert sentence in over(page)


def test_of_two_faces_the_page_says_that_it_follows_the_largest(visit, tmp_path):
    from skimage.data import astronaut

    page = ready(visit())
    two = np.concatenate([astronaut()[:300, 60:360]] * 2, axis=1)
    page.locator("#file").set_input_files(film(tmp_path / "two.mp4", two, count=45))
    page.locator("#status:text-matches('There are 2 faces; the largest is followed')").wait_for()
    over(page)


@pytest.mark.parametrize("name", SIZES)
def test_the_page_fits(visit, clip, screenshots, name):
    width, height, scheme = SIZES[name]
    page = ready(visit(width=width, height=height, scheme=scheme))
    page.locator("#file").set_input_files(clip)
    assert over(page) is None
    page.screenshot(path=screenshots / f"space-static-{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
