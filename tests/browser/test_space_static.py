"""The page that computes in the browser: it answers as the package does, asks nobody else, and says what is wrong."""

import csv
import io
import re

import numpy as np
import pytest

from micron_bert.recognition.detection import describe_input, likeness, name_of, summary, surest
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.recognition.runtimes import open_runtime
from micron_bert.recognition.units import codes, describe_unit, shown
from micron_bert.spotting.spotter import Spotter
from micron_bert.synthesis.example_clips import make_examples

pytestmark = pytest.mark.browser
FIGURE = r"\d*\.?\d+"
ALSO = {"blink": "the lids moved", "speech": "the lips moved", "head": "the head moved", "light": "the light changed"}
SOFTWARE_PATIENCE = 900_000  # milliseconds for WebGPU without a graphics processor
SIZES = {"light": (1280, 900, "light"), "dark": (1280, 900, "dark"), "phone": (390, 844, "light")}


def findings(page):
    """What the page lets people download."""
    if page.locator("#csv").is_disabled():
        return []
    with page.expect_download() as download:
        page.locator("#csv").click()
    return list(csv.DictReader(io.StringIO(download.value.path().read_text())))


@pytest.fixture(scope="module")
def spotter():
    return Spotter(Recognizer(open_runtime(None, None, "onnx")))


def said(page):
    """The answer and what is said of the input, in the words of the command."""
    lines = [item.text_content() for item in page.locator("#advice li").all()]
    sentence = page.locator("#verdict").text_content().removesuffix(".")
    return [sentence[0].lower() + sentence[1:], *lines]


def close(one, other, figures=0.021):
    """Whether two lines have the same words, and figures that differ by little."""
    alike = re.sub(FIGURE, "#", one) == re.sub(FIGURE, "#", other)
    values = [np.array(re.findall(FIGURE, line), float) for line in (one, other)]
    return alike and np.allclose(*values, atol=figures)


def compare(page, spotting):
    """Findings, classes, action units and words of the page are those of the package."""
    found, expected = findings(page), spotting.intervals
    assert [row["kind"] for row in found] == [interval.kind for interval in expected]
    for row, interval in zip(found, expected, strict=True):
        for moment in ("onset", "apex", "offset"):
            assert abs(int(row[moment]) - getattr(interval, moment)) <= 1
        assert abs(float(row["confidence"]) - interval.confidence) < 0.02
        if name_of(interval):
            shares = [float(row[f"p_{name}"]) for name in interval.probabilities]
            assert shares == pytest.approx(list(interval.probabilities.values()), abs=0.02)
        assert (row["label"], row["region"]) == (name_of(interval) or "", interval.region)
        assert row["action_units"] == codes(interval.action_units)
    detection = spotting.detection
    sentence = summary(detection, likeness(surest(expected)) if expected else None)
    answer, properties, *others = said(page)
    assert close(answer, sentence), (answer, sentence)
    expected_properties, *expected_others = describe_input(detection.reliability, detection.baseline)
    assert close(properties, expected_properties, 1.0)
    for line, other in zip(others, expected_others, strict=True):
        assert close(line, other), (line, other)


def test_films_are_answered_as_the_package_answers_them(visit_static, spotter, ready, over):
    page = ready(visit_static())
    clips, _ = make_examples()
    for film in (clips[0], clips[2], clips[3], clips[5]):
        page.locator("#file").set_input_files(film)
        assert over(page) is None
        spotting = spotter.spot(film)
        compare(page, spotting)
        for row, interval in zip(page.locator("#rows tr").all(), spotting.intervals, strict=True):
            *_, what, units = row.locator("td").all()
            told = [item.text_content() for item in units.locator("li").all()]
            assert told and len(told) == len(shown(interval.action_units))
            assert all(map(close, told, map(describe_unit, shown(interval.action_units))))
            also = what.locator("li:text-matches('too$')").all_text_contents()
            assert also == ([f"{ALSO[interval.cause]} too"] if interval.cause != "rest" else [])


def test_a_neutral_stretch_raises_what_is_asked_for_as_in_the_package(visit_static, spotter, clip, ready, over):
    page = ready(visit_static())
    page.get_by_text("Settings").click()
    page.get_by_label("from", exact=True).fill("0")
    page.get_by_label("to", exact=True).fill("2")
    page.locator("#file").set_input_files(clip)
    assert over(page) is None
    compare(page, spotter.spot(clip, neutral=(0.0, 2.0)))
    assert "thresholds are this person's" in said(page)[2]


HEARD = """
window.heard = [];
window.Worker = class extends Worker {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => window.heard.push(data.type));
  }
};
"""


def test_the_camera_is_watched_until_the_visitor_stops(visit_static, ready, over):
    page = ready(visit_static(HEARD))
    page.get_by_role("button", name="Start the camera").press("Enter")
    page.locator("#status:text-matches('face is followed|computer manages|resting face')").wait_for()
    page.locator("#rate:text-matches('frames/s')").wait_for()
    heard = page.evaluate("window.heard")
    assert heard[: heard.index("update")].count("wanted") == 2  # the next picture comes while one is looked at
    page.get_by_role("button", name="Stop").press("Enter")
    assert over(page) is None
    assert page.locator("#verdict").text_content() != "Watching the camera"


def test_it_works_without_a_connection_after_the_first_visit(visit_static, ready, over):
    page = ready(visit_static())
    page.context.set_offline(True)
    page.reload()
    ready(page)
    page.get_by_role("button", name="Try the example").click()
    assert over(page) is None and page.locator("#rows tr").count() == 1


def test_the_rule_against_other_addresses_holds_for_page_and_worker(visit_static, ready):
    page = ready(visit_static())
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


@pytest.mark.parametrize("name", SIZES)
def test_the_page_fits(visit_static, clip, screenshots, name, ready, over):
    width, height, scheme = SIZES[name]
    page = ready(visit_static(width=width, height=height, scheme=scheme))
    page.locator("#file").set_input_files(clip)
    assert over(page) is None
    page.screenshot(path=screenshots / f"space-static-{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(visit_static, faults, clip, scheme, ready, over):
    page = ready(visit_static(scheme=scheme))
    for summary_ in page.locator("summary").all():
        summary_.click()
    assert faults(page) == []
    page.locator("#file").set_input_files(clip)
    page.locator("#status:text-matches('The face is followed')").wait_for()
    assert faults(page) == []
    assert over(page) is None
    assert faults(page) == []
    page.locator("#file").set_input_files({"name": "words.mp4", "mimeType": "video/mp4", "buffer": b"no film"})
    page.locator("#fault:visible").wait_for()
    assert faults(page) == []


GRAPHICS = 'Object.defineProperty(WorkerNavigator.prototype, "gpu", {value: {requestAdapter: async () => (ADAPTER)}});'
REFUSED = "new DOMException('There is no device.', 'OperationError')"
FAILING = f"{{info: {{}}, features: new Set(), limits: {{}}, requestDevice: () => Promise.reject({REFUSED})}}"


@pytest.mark.parametrize("adapter", ["null", FAILING], ids=["no adapter", "an adapter that gives no device"])
def test_where_webgpu_fails_webassembly_computes(visit_static, adapter, ready, over):
    told = []
    page = visit_static(query="?engine=WebGPU", before={"engine.js": GRAPHICS.replace("ADAPTER", adapter)})
    page.on("console", lambda message: told.append(message.text))
    ready(page)
    assert page.locator("#engine").text_content() == "WebAssembly"
    assert any("WebGPU is not used" in line for line in told) == (adapter == FAILING)
    page.get_by_role("button", name="Try the example").click()
    assert over(page) is None and page.locator("#rows tr").count() == 1


def test_webgpu_computes_where_its_answers_are_those_of_webassembly(playing, visit_static, ready):
    """With an adapter that is imitated in software, where Chromium has one; the page compares by itself."""
    graphics = playing(
        "--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"
    )
    page = visit_static(query="?engine=WebGPU", browser=graphics)
    page.set_default_timeout(SOFTWARE_PATIENCE)
    if not page.evaluate("async () => Boolean(await navigator.gpu?.requestAdapter())"):
        pytest.skip("This Chromium has no WebGPU adapter.")
    assert ready(page).locator("#engine").text_content() == "WebGPU"
