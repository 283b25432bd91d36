"""The page as its visitors' programs see it."""

import base64
import contextlib
import io
import json
import shutil
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image

gradio = pytest.importorskip("gradio")
client_module = pytest.importorskip("gradio_client")

from gradio.route_utils import delete_files_created_by_app  # noqa: E402

from micron_bert.demo import app  # noqa: E402
from micron_bert.demo.connections import IdleConnections  # noqa: E402


@pytest.fixture(scope="module")
def page(examples, tmp_path_factory):
    """A running demo, its address, and the folder of its temporary files."""
    scratch = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(scratch))
        patch.setattr("gradio.networking.url_ok", lambda url: False)  # as on a machine too busy to answer at once
        demo = app.open_demo(examples=examples, quiet=True, server_name="127.0.0.1")
        yield demo, demo.local_url, scratch
        demo.close()


@pytest.fixture(scope="module")
def client(page, tmp_path_factory):
    return client_module.Client(page[1], verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))


def test_clip(client, film, analysis):
    record, flip, curve, movement, units = client.predict(client_module.handle_file(film[0]), api_name="/clip")
    assert record["label"] == analysis.recognition.label and record["model"] == "tiny (shipped)"
    assert record["detection"]["detected"] == analysis.recognition.detection.detected
    assert record["apex"]["frame"] == analysis.recognition.apex
    assert "% of the distance between the eyes" in record["description"]["sentence"]
    assert Image.open(flip).format == "GIF" and Image.open(movement).width > 700
    assert Path(curve).read_text().startswith("frame,seconds,movement")
    assert (units is None) == (record["action_units"] is None)


def test_two_pictures(client, pictures):
    files = [client_module.handle_file(path) for path in pictures]
    record, flip, movement, _ = client.predict(*files, api_name="/pictures")
    assert (record["label"], record["resembles"]) == ("positive", "closely resembles positive")
    assert (record["detection"]["detected"], record["detection"]["reason"]) == ("cannot tell", "two frames")
    assert Image.open(flip).n_frames == 2 and Image.open(movement).width > 700


def test_endpoints_are_named(client):
    told = client.view_api(return_format="dict")["named_endpoints"]
    assert set(told) == {"/clip", "/pictures"}
    assert [value["label"] for value in told["/clip"]["returns"]] == ["record", "flip", "curve", "movement", "units"]


def test_errors_say_what_to_do_and_tell_no_paths(client, page, blank, tmp_path):
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear visitor,")
    for path, message in ((letter, "“letter.mp4” cannot be read"), (blank, "No face was found in “blank.mp4”")):
        with pytest.raises(client_module.exceptions.AppError) as failure:
            client.predict(client_module.handle_file(path), api_name="/clip")
        assert message in str(failure.value) and str(page[2]) not in str(failure.value)
    with pytest.raises(client_module.exceptions.AppError, match="“letter.mp4” cannot be read as a picture"):
        client.predict(*2 * [client_module.handle_file(letter)], api_name="/pictures")
    with pytest.raises(client_module.exceptions.AppError, match="Upload or record a clip first"):
        client.predict(None, api_name="/clip")
    with pytest.raises(client_module.exceptions.AppError, match="Upload both pictures"):
        client.predict(client_module.handle_file(path), None, api_name="/pictures")


def test_large_upload_is_refused_at_the_door(client, tmp_path):
    large = tmp_path / "large.mp4"
    with open(large, "wb") as file:
        file.truncate((app.LARGEST_FILE + 1) * 2**20)
    with pytest.raises(Exception, match="(?i)size|large|413"):
        client.predict(client_module.handle_file(large), api_name="/clip")


def test_no_way_past_the_queue(page):
    for way in ("run", "api"):
        assert httpx.post(f"{page[1]}gradio_api/{way}/clip", json={"data": [None]}).status_code == 404


def test_visitors_wait_for_each_other(client, film):
    jobs = [client.submit(client_module.handle_file(film[0]), api_name="/clip") for _ in range(3)]
    assert len({json.dumps(job.result(timeout=300)[0]) for job in jobs}) == 1


def test_files_are_deleted(client, page, film):
    demo, _, scratch = page
    client.predict(client_module.handle_file(film[0]), api_name="/clip")

    def names():
        return {path.name for path in scratch.rglob("*") if path.is_file()}

    assert {"smile.mp4", "movement.png"} <= names()
    assert demo.delete_cache == (60, 600) and "within 11 minutes" in httpx.get(page[1]).text
    delete_files_created_by_app(demo, age=0)
    assert not names() & {"smile.mp4", "movement.png"}


def test_file_of_a_visitor_who_waits_is_not_deleted(client, page, film, tmp_path, monkeypatch):
    demo, _, scratch = page
    follow, looked, leave = app.Analyst._follow, threading.Event(), threading.Event()

    def busy(self, path, tell):
        looked.set()
        while not leave.wait(0.05):
            tell(0.5, "Following the face")
        return follow(self, path, tell)

    monkeypatch.setattr(app.Analyst, "_follow", busy)
    try:
        first = client.submit(client_module.handle_file(film[0]), api_name="/clip")
        assert looked.wait(120)
        shutil.copy(film[0], tmp_path / "waiting.mp4")
        second = client.submit(client_module.handle_file(tmp_path / "waiting.mp4"), api_name="/clip")
        while not len(demo._queue):
            time.sleep(0.1)
        time.sleep(3)
        delete_files_created_by_app(demo, age=2.5)
        assert not list(scratch.glob("*/smile.mp4")) and list(scratch.glob("*/waiting.mp4"))
    finally:
        leave.set()
    assert first.result(timeout=300)[0]["label"] == second.result(timeout=300)[0]["label"]


def test_page_asks_nobody_else(page):
    text = httpx.get(page[1]).text
    assert "This is not a lie detector" in text and "Pictures are not kept" in text
    assert not [word for word in ("fonts.googleapis", "cdnjs", "gtag(") if word in text]


def test_browsers_are_told_what_the_page_may_do(page):
    headers = httpx.get(page[1]).headers
    assert (
        headers["x-content-type-options"] == "nosniff" and "default-src 'self'" in headers["content-security-policy"]
    )


def stream(url, page, image):
    """What the camera's event answers to one frame, sent as the page does: value of the curve, or the error."""
    settings = httpx.get(f"{url}config").json()
    number = next(d["id"] for d in settings["dependencies"] if any(t[1] == "stream" for t in d["targets"]))
    ask = {"fn_index": number, "session_hash": page, "data": [image, None], "event_data": None, "trigger_id": None}
    event = httpx.post(f"{url}gradio_api/queue/join", json=ask).json()["event_id"]
    with httpx.stream("GET", f"{url}gradio_api/queue/data?session_hash={page}", timeout=120) as answer:
        for line in answer.iter_lines():
            told = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if told.get("msg") in ("process_generating", "process_completed", "process_streaming"):
                httpx.post(f"{url}gradio_api/stream/{event}/close")  # or it has the camera for the rest of its turn
                return json.dumps(told["output"])
    raise AssertionError("nothing was answered")


def frame(side, form="JPEG"):
    file = io.BytesIO()
    Image.new("RGB", (side, side), (90, 120, 150)).save(file, form)
    content = base64.b64encode(file.getvalue()).decode()
    return {"url": f"data:image/jpeg;base64,{content}", "is_stream": True, "meta": {"_type": "gradio.FileData"}}


def test_frames_of_the_camera_are_looked_at_before_they_are_decoded(page, monkeypatch):
    monkeypatch.setattr("micron_bert.demo.turns.PAUSE", -1.0)
    assert "No face in the picture" in stream(page[1], "camera1", frame(64))
    assert "The camera sends 1300x1300 pixels" in stream(page[1], "camera2", frame(1300))
    assert "no picture" in stream(page[1], "camera3", frame(64) | {"url": "data:image/jpeg;base64,AAAA"})


def test_one_visitor_has_one_camera(page, monkeypatch):
    monkeypatch.setattr("micron_bert.demo.turns.PAUSE", -1.0)
    assert "No face in the picture" in stream(page[1], "window1", frame(64))
    monkeypatch.setattr("micron_bert.demo.turns.PAUSE", 1e9)
    assert "in another window" in stream(page[1], "window2", frame(64))


def test_idle_connections_are_closed(page, monkeypatch):
    idle = IdleConnections(page[0].server.server_state.connections, silent=10.0)
    address = page[1].split("/")[2].split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=30) as silent:
        silent.sendall(b"GET / HTTP/1.1\r\nHost: ")  # and no more
        assert httpx.get(page[1]).status_code == 200  # the server has read it by then
        assert idle.close_idle(now=0.0) == 0 == idle.close_idle(now=9.0)
        assert idle.close_idle(now=11.0) >= 1
        with contextlib.suppress(ConnectionResetError):
            assert silent.recv(1) == b""
