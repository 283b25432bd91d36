"""The demo as visitors meet it, in Chromium."""

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from micron_bert.video.writer import write_video

pytestmark = pytest.mark.browser

LOWEST = 1600  # pixels from the top of the page to the end of the pictures, also on a phone
LIVE_UPDATES = 20  # of the curve that are waited for: how fast they come is the machine's affair
COUNT_UPDATES = """() => {
    window.updates = [];
    const line = document.querySelector("#live-curve .line");
    new MutationObserver(() => window.updates.push(performance.now())).observe(line, {attributes: true});
}"""


def answer(page, panel, button="Look for micro-expressions"):
    panel.get_by_role("button", name=button).click()
    panel.locator(".pair[data-state=shown]").wait_for()


def refusal(panel):
    """The sentence that stands where the result would."""
    panel.locator(".verdict.prose", has_text="No result").wait_for()
    return panel.locator(".verdict.prose").inner_text()


def test_clip(visit, upload, clip):
    page = visit()
    panel = upload(page, clip)
    answer(page, panel)
    verdict = panel.locator(".verdict.prose").inner_text()
    assert "expression" in verdict or "movement" in verdict
    reading, face = panel.locator(".reading"), panel.locator(".movement img")
    words, picture = reading.inner_text(), face.get_attribute("src")
    assert words.startswith("frame ") and picture.startswith("data:image/jpeg")
    slider = panel.get_by_role("slider", name="Frame")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    frame = int(words.split()[1])
    assert reading.inner_text().startswith(f"frame {frame + 5} ") and face.get_attribute("src") != picture
    apex = panel.locator("img.apex").get_attribute("src")
    panel.get_by_role("checkbox", name="times as far").check()
    assert panel.locator("img.apex").get_attribute("src") != apex
    panel.get_by_role("button", name="Flip").click()
    assert not panel.locator("div.first").is_visible()
    page.wait_for_function("() => document.querySelector('.apex-title').textContent.startsWith('onset')")
    panel.get_by_role("button", name="Side by side").click()
    assert panel.locator("div.first").is_visible()
    assert panel.locator(".verdict.prose").get_attribute("aria-live") == "polite"
    with page.expect_download() as download:
        panel.get_by_role("link", name="Download the result").or_(
            panel.get_by_role("button", name="Download the result")
        ).first.click()
    archive = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    result = json.loads(archive.read("result.json"))
    assert result["apex"]["frame"] == frame and result["description"]["sentence"] in verdict


def test_two_pictures(visit, upload, clip):
    page = visit()
    panel = upload(page, clip.with_name("onset.png"), clip.with_name("apex.png"), tab="Two pictures")
    answer(page, panel, "Compare")
    assert "the movement closely resembles positive." in panel.locator(".verdict.prose").inner_text()
    assert not panel.locator(".movement[data-state=film]").is_visible()


def test_example(visit):
    page = visit()
    panel = page.locator("[role=tabpanel]:visible")
    panel.locator(".examples button.gallery-item").nth(2).click()
    panel.locator("video[controls], .video-container video, video:not(.examples video)").first.wait_for()
    answer(page, panel)


def test_broken_file(visit, upload, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(5000))
    page = visit()
    panel = upload(page, broken)
    panel.get_by_role("button", name="Look for micro-expressions").click()
    assert "“broken.mp4” cannot be read as a video" in refusal(panel)
    assert not panel.locator(".pair[data-state=shown]").is_visible()


def test_film_of_ten_minutes(visit, upload, tmp_path):
    film = write_video(tmp_path / "film.mp4", (np.full((48, 64, 3), n % 256, np.uint8) for n in range(600)), 1)
    page = visit()
    panel = upload(page, film)
    panel.get_by_role("button", name="Look for micro-expressions").click()
    assert "“film.mp4” lasts 600 s; the demo takes up to 20 s" in refusal(panel)


def test_recording_with_the_camera(visit):
    page = visit()
    panel = page.locator("[role=tabpanel]:visible")
    panel.get_by_role("button", name="Capture from camera").click()
    panel.get_by_text("Click to Access Webcam").click()
    panel.get_by_role("button", name="start recording").click()
    page.wait_for_timeout(3500)
    panel.get_by_role("button", name="start recording").click()
    panel.get_by_role("button", name="Clear").wait_for()
    answer(page, panel)
    assert panel.locator(".movement[data-state=film]").is_visible()


def test_film_that_is_too_large(visit, tmp_path):
    page = visit()
    with open(tmp_path / "large.mp4", "wb") as film:
        film.truncate(51 * 2**20)
    panel = page.locator("[role=tabpanel]:visible")
    panel.locator("input[type=file]").first.set_input_files(tmp_path / "large.mp4")
    page.get_by_text("“large.mp4” is too large; the demo takes up to 50 MiB.").wait_for()


def test_film_that_the_browser_cannot_play_is_no_error(visit, upload, tmp_path):
    """The note stands under the film, and Gradio's message that the film is at fault goes."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(5000))
    page = visit()
    panel = upload(page, broken)
    panel.get_by_text("Your browser cannot play this film").wait_for()
    page.get_by_text("Video not playable").wait_for(state="detached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(visit, faults, upload, clip, tmp_path, scheme):
    page = visit(scheme=scheme)
    assert faults(page) == []
    for tab in ("Two pictures", "Live"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(500)
        assert faults(page) == [], tab
    answer(page, upload(page, clip))
    assert faults(page) == []
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    panel = page.locator("[role=tabpanel]:visible")
    panel.locator("button[aria-label=Clear]").first.click()
    panel = upload(page, broken)
    panel.get_by_role("button", name="Look for micro-expressions").click()
    refusal(panel)
    assert faults(page) == []


def test_live_curve(visit, scratch, screenshots):
    page = visit()
    files = set(scratch.rglob("*.*"))
    page.get_by_role("tab", name="Live").click()
    panel = page.locator("[role=tabpanel]:visible")
    panel.get_by_text("Click to Access Webcam").click()
    page.evaluate(COUNT_UPDATES)
    panel.get_by_role("button", name="capture photo").click()
    page.wait_for_function(f"() => window.updates.length >= {LIVE_UPDATES}")
    panel.locator("#live-curve .note", has_text=re.compile(r"^\d+ frames a second$")).wait_for()
    panel.locator("#live-curve .chip:not(:empty)").wait_for()
    updates = page.evaluate("() => window.updates")
    print(f"{(len(updates) - 1) / (updates[-1] - updates[0]) * 1000:.1f} updates a second")
    page.screenshot(path=screenshots / "live.png", full_page=True)
    assert set(scratch.rglob("*.*")) <= files
    panel.get_by_role("button", name="capture photo").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "width", "height"), [("desktop", 1280, 900), ("phone", 390, 844)])
def test_page_fits(visit, upload, clip, screenshots, device, width, height, scheme):
    page = visit(width, height, scheme)
    page.screenshot(path=screenshots / f"start_{device}_{scheme}.png", full_page=True)
    panel = upload(page, clip)
    answer(page, panel)
    path = screenshots / f"result_{device}_{scheme}.png"
    page.screenshot(path=path, full_page=True)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    # in one look, while the page may still scroll
    assert panel.locator(".pair .faces").evaluate("e => e.getBoundingClientRect().bottom + scrollY") <= LOWEST
    picture = np.asarray(Image.open(path).convert("L"))
    assert (np.median(picture) < 64) == (scheme == "dark")
