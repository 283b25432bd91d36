import importlib.util
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from micron_bert.cli.main import main
from micron_bert.synthesis.clips.dataset import DatasetSettings, write_dataset
from micron_bert.synthesis.portraits import Portrait

SOURCE = Path(__file__).with_name("local_hub.py")


@pytest.fixture(scope="session", autouse=True)
def exported_once():
    """Equal weights are exported once, which takes half a minute; `tests/onnx` looks at the graphs themselves."""
    from micron_bert.onnx.weights import digest_of_model
    from micron_bert.publishing import graphs

    export, kept = graphs.export_model, {}

    def copy_or_export(model, processor, folder):
        key = digest_of_model(model)
        if key in kept:
            folder.mkdir()
            for name, content in kept[key].items():
                (folder / name).write_bytes(content)
        else:
            export(model, processor, folder)
            kept[key] = {path.name: path.read_bytes() for path in folder.iterdir()}

    graphs.export_model = copy_or_export
    yield
    graphs.export_model = export


@pytest.fixture(scope="session", autouse=True)
def built_once():
    """The wheel is built once, which takes seconds; `tests/publishing/test_wheel.py` looks at it."""
    from micron_bert.publishing import model

    add_wheel, kept = model.add_wheel, {}

    def copy_or_build(folder):
        if not kept:
            name = add_wheel(folder)
            kept[name] = (folder / name).read_bytes()
        for name, content in kept.items():
            (folder / name).write_bytes(content)
        return next(iter(kept))

    model.add_wheel = copy_or_build
    yield
    model.add_wheel = add_wheel


@pytest.fixture(scope="session")
def hub():
    """A Hub on this machine, empty at first."""
    spec = importlib.util.spec_from_file_location("local_hub", SOURCE)
    sys.modules["local_hub"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.LocalHub() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def talk_to(hub, patch):
    """Makes `huggingface_hub` of this process talk to the Hub, with a token."""
    from huggingface_hub import constants

    files = f"{hub.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    for name, value in {
        "ENDPOINT": hub.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": files,
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_XET": True,
    }.items():
        patch.setattr(constants, name, value)
    patch.setenv("HF_TOKEN", "hf_rehearsal")


@pytest.fixture(scope="session")
def at_hub(hub):
    """Makes a session of work at the Hub: `with at_hub(): …`."""

    @contextmanager
    def work():
        with pytest.MonkeyPatch.context() as patch:
            talk_to(hub, patch)
            yield hub

    return work


@pytest.fixture
def on_hub(hub, monkeypatch):
    """This process talks to the Hub, which forgets what was asked before."""
    talk_to(hub, monkeypatch)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # no waiting between attempts
    hub.requests.clear()
    return hub


@pytest.fixture(scope="session")
def portraits(face):
    """Two people, as the London set would name them."""
    return [Portrait.from_photograph(name, *face, 112) for name in ("001", "002")]


@pytest.fixture(scope="session")
def data(portraits, tmp_path_factory):
    small = [Portrait(p.subject, p.image[::2, ::2].copy(), p.landmarks / 2) for p in portraits]
    settings = DatasetSettings(clips=6, size=56, fps=25.0, clips_per_shard=1, sources=("london",))
    return write_dataset(small, tmp_path_factory.mktemp("data") / "clips", settings)


@pytest.fixture(scope="session")
def published(at_hub, data, tmp_path_factory):
    """All of a release on the Hub, and the folder where it was built."""
    folder = tmp_path_factory.mktemp("staged")
    with at_hub():
        arguments = ["--what", "all", "--data", str(data), "--output", str(folder)]
        assert main(["publish", "--repo", "org/micron-bert", *arguments]) == 0
    return folder
