import functools
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import av
import cv2
import pytest

from micron_bert.errors import InputError
from micron_bert.publishing.browser_libraries import LibraryFile, fetch_browser_libraries
from micron_bert.publishing.space_static import stage_space_static
from micron_bert.synthesis.example_clips import make_examples
from micron_bert.video.reader import open_video

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
FLAGS += ("--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream")
FLAGS += ("--use-fake-device-for-media-stream",)
AXE = LibraryFile(
    "axe-core@4.14.1",
    "axe.min.js",
    "axe.js",
    "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
)  # MPL-2.0; for these tests alone
SERIOUS = ("serious", "critical")
DARK = "dark => document.body.classList.contains('dark') === dark"
SETTLED = """async () => {
  const changing = () => document.getAnimations().filter((one) => one instanceof CSSTransition);
  while (changing().length) await Promise.allSettled(changing().map((one) => one.finished));
}"""  # colours on their way to others have a contrast that nobody is left with
GRADIO = ("toast-header", "upload-container", "capture-button")  # parts of Gradio whose faults are not ours to mend
STARTING = 180  # seconds
STATIC_PATIENCE = 200_000  # milliseconds for anything on the static page, which computes
PATIENCE = 120_000  # milliseconds for anything on a page: machines differ


@pytest.fixture(scope="session")
def clip():
    """The first of the examples: three seconds of a face that smiles."""
    return make_examples()[0][0]


@pytest.fixture(scope="session")
def camera(clip, tmp_path_factory):
    """What the browser's camera sees: the clip again and again, 640x480."""
    path = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    with av.open(str(path), "w", format="mjpeg") as container, open_video(clip) as video:
        stream = container.add_stream("mjpeg", rate=30)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuvj420p"
        for frame in video:
            picture = cv2.resize(frame.image, (640, 480), interpolation=cv2.INTER_AREA)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    """Where the demo puts its temporary files."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="session")
def address(clip, scratch, tmp_path_factory):
    """A demo in a process of its own, as `micron-bert demo` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with open(log, "w") as output:
        command = [sys.executable, "-m", "micron_bert.cli", "demo", "--port", str(port)]
        environment = os.environ | {"TMPDIR": str(scratch)}
        server = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(STARTING):
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                assert server.poll() is None, log.read_text()
                time.sleep(1)
        else:
            pytest.fail(f"The demo did not start:\n{log.read_text()}")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=60)
    assert not [path for path in scratch.rglob("*") if path.is_file()]


@pytest.fixture(scope="session")
def playing():
    """A function that starts Chromium with the given flags."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.exit("The browser tests need Playwright: run them with `make test-browser`.", returncode=2)
    if program is None:
        pytest.exit(
            "The browser tests need Chromium: `apt-get install chromium`, or name the program in `CHROMIUM`.",
            returncode=2,
        )
    started = []
    with sync_playwright() as playwright:

        def start(*flags):
            started.append(playwright.chromium.launch(executable_path=program, args=flags))
            return started[-1]

        yield start
        for browser in started:
            browser.close()


@pytest.fixture(scope="session")
def browser(playing, camera):
    return playing(*FLAGS, f"--use-file-for-fake-video-capture={camera}")


@pytest.fixture
def visit(browser, address):
    """Opens the page; afterwards, nobody but the demo was asked for anything, and no script had failed."""
    contexts, requests, failures = [], [], []

    def open_page(width=1280, height=900, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, permissions=["camera"]
        )
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("websocket", lambda socket: requests.append(socket.url.replace("ws:", "http:", 1)))
        page.goto(address, wait_until="domcontentloaded")
        page.get_by_role("button", name="Look for micro-expressions").wait_for()
        page.wait_for_function(DARK, arg=scheme == "dark")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert requests and not failures
    assert not [url for url in requests if not url.startswith((address, "data:", "blob:"))]


@pytest.fixture(scope="session")
def upload():
    """Puts files into a tab of the page, and returns its panel."""

    def put(page, *paths, tab="Clip"):
        page.get_by_role("tab", name=tab).click()
        panel = page.locator("[role=tabpanel]:visible")
        for number, path in enumerate(paths):
            with page.expect_response(lambda response: "/upload?" in response.url):
                panel.locator("input[type=file]").nth(number).set_input_files(path)
        panel.locator("button[aria-label=Clear], button[aria-label='Remove Image']").nth(len(paths) - 1).wait_for()
        return panel

    return put


@pytest.fixture(scope="session")
def static_folder(tmp_path_factory):
    fetch_browser_libraries()
    return stage_space_static("org/tiny-browser", "org/tiny", None, tmp_path_factory.mktemp("page") / "page").folder


@pytest.fixture(scope="session")
def serve():
    """A function that serves a folder, and gives its address."""
    servers = []

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    def start(folder):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def static_place(static_folder, serve):
    return serve(static_folder)


@pytest.fixture
def visit_static(browser, static_folder, static_place, serve, tmp_path):
    """Opens the page; afterwards, nothing but its own folder was asked for anything, and no script had failed."""
    contexts, requests, failures, places = [], [], [], [static_place]

    def open_page(script="", width=1280, height=900, scheme="light", query="", before=None, browser=browser):
        """`before` has code that runs before files of the page, by their names."""
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        if before:
            changed = shutil.copytree(static_folder, tmp_path / "changed", copy_function=os.link)
            for name, code in before.items():
                (changed / name).unlink()
                (changed / name).write_text(code + "\n" + (static_folder / name).read_text(encoding="utf-8"))
            places.append(serve(changed))
        context.on("request", lambda request: requests.append(request.url))
        context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(STATIC_PATIENCE)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(f"{places[-1]}/{query}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert requests and not failures
    assert not [url for url in requests if not url.startswith((places[-1], "blob:"))]


@pytest.fixture(scope="session")
def ready():
    """A function that waits until the static page is ready, and gives it back."""

    def wait(page):
        page.locator("#status:text-matches('^Ready')").wait_for()
        return page

    return wait


@pytest.fixture(scope="session")
def over():
    """A function that waits for the end of a film on the static page, and gives the fault where there was one."""

    def wait(page):
        page.locator("#status:text-is('Done.'), #fault:visible").first.wait_for()
        fault = page.locator("#fault")
        return fault.text_content() if fault.is_visible() else None

    return wait


@pytest.fixture(scope="session")
def faults():
    """
    A function that gives rule, element and reason of each serious fault of a page as it stands, for those who do not
    see it or use no mouse.
    """
    try:
        (script,) = fetch_browser_libraries(files=[AXE])
    except InputError as error:
        pytest.skip(f"axe is not here: {error}")

    def find(page):
        page.evaluate(SETTLED)
        page.evaluate(script.read_text(encoding="utf-8"))
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            (fault["id"], node["html"], node["failureSummary"])
            for fault in found
            if fault["impact"] in SERIOUS
            for node in fault["nodes"]
            if not any(name in node["html"] for name in GRADIO)
        ]

    return find


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory):
    """Where pictures of the page go: the folder named in `SCREENSHOTS`, for people to look at."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
