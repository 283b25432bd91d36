"""
Frames a second of a camera, in the page that computes in the browser beside the Live tab of the demo, and the
processor time of all processes for one: those of Chromium, and of the server where there is one.

    python benchmarks/browser_speed.py [FILM] [--seconds 20] [--engine WebAssembly]

Chromium's camera plays a film of a face again and again, 640x480 at 30 frames a second; without one, an example of the
package. On a busy machine most of a camera's frames are left out, and what Chromium does for them counts all the same:
the first row, of a film that is not hurried, then says more. Needs `pip install playwright psutil` and Chromium.
"""

import argparse
import contextlib
import functools
import http.server
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import av
import cv2
import psutil
from playwright.sync_api import sync_playwright

from micron_bert.publishing.space_static import stage_space_static
from micron_bert.synthesis.example_clips import make_examples
from micron_bert.video.reader import open_video

SIZE = (640, 480)
WARM = 8  # updates before the clock starts
STARTING = 300  # seconds for the demo
PATIENCE = 300_000  # milliseconds for anything on a page
FLAGS = ("--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
COUNT_ON_PAGE = """
window.updates = [];
window.Worker = class extends Worker {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      if (data.type === "update") window.updates.push(performance.now());
    });
  }
};
"""
COUNT_ON_DEMO = """() => {
    window.updates = [];
    const line = document.querySelector("#live-curve .line");
    new MutationObserver(() => window.updates.push(performance.now())).observe(line, { attributes: true });
}"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", nargs="?", type=Path, help="of one face")
    parser.add_argument("--seconds", type=float, default=20.0, help="of the camera, for each")
    parser.add_argument("--engine", choices=("WebAssembly", "WebGPU"), default="WebAssembly")
    args = parser.parse_args(argv)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        parser.error("Chromium is missing: `apt-get install chromium`, or name the program in `CHROMIUM`")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        film = args.film or make_examples()[0][0]
        camera = _camera(film, Path(scratch) / "camera.mjpeg")
        flags = [*FLAGS, f"--use-file-for-fake-video-capture={camera}"]
        if args.engine == "WebGPU":
            flags = [flag for flag in flags if flag != "--disable-gpu"] + ["--enable-unsafe-webgpu"]
        print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(f"{'':28}{'frames/s':>10}{'ms of processor a frame':>26}")
        for name, watch in (
            (f"page, a film, {args.engine}", functools.partial(_film, Path(scratch), args.engine, film)),
            (f"page, {args.engine}", functools.partial(_page, Path(scratch), args.engine)),
            ("demo, Live", functools.partial(_demo, Path(scratch))),
        ):
            browser = playwright.chromium.launch(executable_path=chromium, args=flags)
            try:
                rate, busy = watch(browser, args.seconds)
            finally:
                browser.close()
            print(f"{name:28}{rate:10.1f}{1000 * busy / max(rate, 1e-9):26.1f}", flush=True)
    return 0


def _camera(film: Path, path: Path) -> Path:
    """The middle of each picture of a film, for Chromium's camera."""
    with av.open(str(path), "w", format="mjpeg") as container, open_video(film) as video:
        stream = container.add_stream("mjpeg", rate=30)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuvj420p"
        for frame in video:
            height, width = frame.image.shape[:2]
            high, wide = min(height, width * SIZE[1] // SIZE[0]), min(width, height * SIZE[0] // SIZE[1])
            top, left = (height - high) // 2, (width - wide) // 2
            picture = cv2.resize(frame.image[top : top + high, left : left + wide], SIZE, interpolation=cv2.INTER_AREA)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def _film(scratch: Path, engine: str, film: Path, browser, _seconds: float) -> tuple[float, float]:
    with _served(scratch, engine, browser) as page:
        before, begun = _processor(), time.monotonic()
        page.locator("#file").set_input_files(film)
        page.locator("#status:text-is('Done.'), #fault:visible").first.wait_for()
        lasted = time.monotonic() - begun
        return page.evaluate("() => window.updates.length") / lasted, (_processor() - before) / lasted


def _page(scratch: Path, engine: str, browser, seconds: float) -> tuple[float, float]:
    with _served(scratch, engine, browser) as page:
        page.locator("#camera").click()
        return _watch(page, seconds)


@contextlib.contextmanager
def _served(scratch: Path, engine: str, browser):
    """The page of plain files, ready."""
    folder = stage_space_static("org/tiny-browser", "org/tiny", None, scratch / "page").folder

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page = _open(browser, f"http://127.0.0.1:{server.server_port}/?engine={engine}", COUNT_ON_PAGE)
        page.locator("#status:text-matches('^Ready')").wait_for()
        if page.locator("#engine").text_content() != engine:
            sys.exit(f"{engine} cannot be had in this Chromium.")
        yield page
    finally:
        server.shutdown()
        server.server_close()


def _demo(scratch: Path, browser, seconds: float) -> tuple[float, float]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(scratch / "demo.txt", "w") as log:
        command = [sys.executable, "-m", "micron_bert", "demo", "--port", str(port)]
        server = subprocess.Popen(command, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + STARTING
        while True:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"The demo did not start:\n{(scratch / 'demo.txt').read_text()}")
                time.sleep(1)
        page = _open(browser, address)
        page.get_by_role("tab", name="Live").click()
        panel = page.locator("[role=tabpanel]:visible")
        panel.get_by_text("Click to Access Webcam").click()
        panel.locator("#live-curve .line").wait_for(state="attached")
        page.evaluate(COUNT_ON_DEMO)
        panel.get_by_role("button", name="capture photo").click()
        return _watch(page, seconds)
    finally:
        server.terminate()
        server.wait(timeout=60)


def _open(browser, address: str, script: str = ""):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, permissions=["camera"])
    context.add_init_script(script)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address, wait_until="domcontentloaded")
    return page


def _watch(page, seconds: float) -> tuple[float, float]:
    """Updates a second, and seconds of processor time in each."""
    page.wait_for_function(f"() => window.updates.length >= {WARM}")
    before, begun = _processor(), time.monotonic()
    first = page.evaluate("() => window.updates.length")
    page.wait_for_timeout(1000 * seconds)
    count = page.evaluate("() => window.updates.length") - first
    lasted = time.monotonic() - begun
    return count / lasted, (_processor() - before) / lasted


def _processor() -> float:
    """Seconds that the processes below this one have computed."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            total += sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return total


if __name__ == "__main__":
    raise SystemExit(main())
