"""Each Python snippet of the documents runs as typed, one page after the other from the top."""

import os
import textwrap

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from micron_bert.video.writer import write_video

NOT_RUN = ("<!-- takes hours -->", "<!-- needs the Hub -->")  # stands before a snippet that is not run here
GIVEN = {  # what a page takes for granted before its first snippet
    "README.md": "onset, apex = crops",
    "docs/demo.md": """
        from micron_bert.demo.app import open_demo
        demo = open_demo(server_name="127.0.0.1", quiet=True)
    """,
    "docs/evaluation.md": """
        from micron_bert.metrics import VideoInterval
        labels, predictions = [0, 1, 2], [0, 1, 1]
        spotted = truth = [VideoInterval("s1", "a", 10, 20, emotion="positive")]
    """,
    "docs/faces.md": "onset, apex = crops",
    "docs/spotting.md": "camera = ((picture, number / 30) for number in range(30))",
    "docs/synthesis.md": """
        from micron_bert.faces import FaceDetector, FaceMesh
        photograph = picture
        landmarks = FaceMesh().landmarks(photograph, FaceDetector().detect(photograph)[0])
        from micron_bert.synthesis.films.film import synthesize_film
        from micron_bert.synthesis.films.event_rates import EventRates
    """,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the files that the documents speak of."""
    folder = tmp_path_factory.mktemp("typed")
    picture = astronaut()[0:300, 80:380]
    moved = picture.copy()
    moved[150:190] = np.roll(picture[150:190], 1, axis=0)
    frames = [moved if 132 <= number < 136 else picture for number in range(160)]
    write_video(folder / "interview.mp4", frames, 10)
    (folder / "out").mkdir()
    write_video(folder / "out" / "astronaut.mp4", frames[120:150], 30)
    (folder / "films" / "ann").mkdir(parents=True)
    write_video(folder / "films" / "ann" / "talk.mp4", frames[120:150], 30)
    Image.fromarray(picture).save(folder / "onset.png")
    Image.fromarray(moved).save(folder / "apex.png")
    rng = np.random.default_rng(0)
    (folder / "faces").mkdir()
    for number in range(12):
        tinted = np.rint(picture * rng.uniform(0.7, 1, 3)).astype(np.uint8)
        Image.fromarray(tinted).save(folder / "faces" / f"{number:03}_03.png")
    clip = folder / "data" / "CASME2" / "CASME2-RAW" / "sub01" / "EP02_01f"
    clip.mkdir(parents=True)
    for number in (46, 59, 86):
        Image.fromarray(picture).save(clip / f"img{number}.jpg")
    (folder / "data" / "CASME2" / "CASME2-coding-20140508.csv").write_text(
        "Subject,Filename,OnsetFrame,ApexFrame,OffsetFrame,Action Units,Estimated Emotion\n"
        "1,EP02_01f,46,59,86,12,happiness\n",
        encoding="utf-8",
    )
    return folder


def pages(snippets):
    found = {}
    for snippet in snippets:
        if snippet.language == "python" and not snippet.page.startswith("hub/") and "{{" not in snippet.text:
            found.setdefault(snippet.page, []).append(snippet)
    return found


PAGES = [
    "README.md",
    "docs/datasets.md",
    "docs/demo.md",
    "docs/evaluation.md",
    "docs/faces.md",
    "docs/films.md",
    "docs/publishing.md",
    "docs/runtime.md",
    "docs/spotting.md",
    "docs/synthesis.md",
    "docs/training.md",
    "docs/units.md",
    "docs/transformers.md",
    "src/micron_bert/checkpoints/tiny/README.md",
]


def test_no_page_is_forgotten(snippets):
    assert sorted(pages(snippets)) == sorted(PAGES)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_snippets_run_as_typed(page, snippets, root, place, monkeypatch):
    from micron_bert.checkpoints.names import shipped_checkpoint

    if page == "docs/demo.md":
        pytest.importorskip("gradio")
        monkeypatch.setenv("GRADIO_TEMP_DIR", str(place / "uploads"))
    monkeypatch.chdir(place)
    (place / "hub").exists() or os.symlink(root / "hub", place / "hub")
    picture = np.asarray(Image.open(place / "onset.png"))
    crops = [Image.open(place / name).resize((112, 112)) for name in ("onset.png", "apex.png")]
    names = {"picture": picture, "crops": crops}
    exec(textwrap.dedent(GIVEN.get(page, "")), names)
    text = (root / page).read_text(encoding="utf-8")
    for snippet in pages(snippets)[page]:
        before = text.splitlines()[: snippet.line - 1]
        if next((line for line in reversed(before) if line.strip()), "") in NOT_RUN:
            continue
        code = snippet.text.replace("org/micron-bert", str(shipped_checkpoint())).replace("~", str(place))
        if "demo" in names:
            code = code.replace("http://127.0.0.1:7860/", names["demo"].local_url)
        exec(compile(code, f"{page}:{snippet.line}", "exec"), names)
    if "demo" in names:
        names["demo"].close()
