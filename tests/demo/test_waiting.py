"""Uploads of those who wait do not grow old."""

import os

import pytest

from micron_bert.demo.waiting import Waiting


@pytest.fixture
def touched(monkeypatch):
    """Paths whose files were made young, in order."""
    paths = []
    monkeypatch.setattr(os, "utime", paths.append)
    return paths


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return [str(tmp_path / name / "film.mp4") for name in "ab"]


def test_files_stay_young_until_their_turn(uploads, touched):
    waiting = Waiting(turn=180.0)
    waiting.arrive(uploads)
    touched.clear()
    waiting.refresh()
    assert sorted(touched) == uploads
    waiting.begin([uploads[0], None])
    touched.clear()
    waiting.refresh()
    assert touched == uploads[1:]


def test_two_who_wait_with_one_file(uploads, touched):
    waiting = Waiting(turn=180.0)
    waiting.arrive(uploads[:1])
    waiting.arrive(uploads[:1])
    waiting.begin(uploads[:1])
    touched.clear()
    waiting.refresh()
    assert touched == uploads[:1]


def test_who_left_is_forgotten(uploads, touched):
    now = 0.0
    waiting = Waiting(turn=180.0, clock=lambda: now)
    for upload in uploads:
        waiting.arrive([upload])
    now = 181.0  # the second may wait for the first
    touched.clear()
    waiting.refresh()
    assert touched == uploads[1:]
    now = 361.0
    touched.clear()
    waiting.refresh()
    assert not touched


def test_files_that_are_no_uploads_are_left_alone(uploads, touched, tmp_path_factory):
    Waiting(turn=180.0).arrive([str(tmp_path_factory.mktemp("mine") / "film.mp4"), None])
    assert not touched
