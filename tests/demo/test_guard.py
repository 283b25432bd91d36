"""Each visitor has a share, and browsers are told what the page may do."""

import asyncio

import pytest

from micron_bert.demo import guard
from micron_bert.demo.guard import Guard

JOIN, STREAM, UPLOAD = guard.JOIN[0], guard.STREAM[0], guard.UPLOAD[0]


class Server:
    """A guarded application that answers 200, and a clock that is set by hand."""

    def __init__(self):
        self.now, self.seen, self.hold = 0.0, [], None
        self.guard = Guard(self._app, lambda: self.now)

    async def _app(self, scope, receive, send):
        self.seen.append(scope["path"])
        if self.hold is not None:
            await self.hold.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"yes"})

    async def ask(self, path, length=0, address="1.1.1.1", headers=(), method="POST"):
        sent = []

        async def send(message):
            sent.append(message)

        told = [*([] if length is None else [(b"content-length", str(length).encode())]), *headers]
        scope = {"type": "http", "method": method, "path": path, "headers": told, "client": (address, 5)}
        await self.guard(scope, None, send)
        return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"].decode()


@pytest.fixture
def server():
    return Server()


def ask(server, *arguments, **options):
    return asyncio.run(server.ask(*arguments, **options))


def test_headers(server):
    _, headers, _ = ask(server, "/")
    assert headers[b"x-content-type-options"] == b"nosniff" and headers[b"x-frame-options"] == b"SAMEORIGIN"
    assert b"default-src 'self'" in headers[b"content-security-policy"]
    assert b"frame-ancestors 'self'" in headers[b"content-security-policy"]


def test_a_space_is_shown_by_the_hub(monkeypatch):
    monkeypatch.setenv("SPACE_ID", "org/space")
    _, headers, _ = ask(Server(), "/")
    assert b"https://huggingface.co" in headers[b"content-security-policy"] and b"x-frame-options" not in headers


def test_calls_of_a_minute(server):
    for _ in range(guard.CALLS):
        assert ask(server, JOIN)[0] == 200
    status, headers, body = ask(server, JOIN)
    assert status == 429 and "wait a minute" in body and b"x-content-type-options" in headers
    assert ask(server, JOIN, address="2.2.2.2")[0] == 200 and ask(server, "/")[0] == 200
    server.now += guard.MINUTE + 1
    assert ask(server, JOIN)[0] == 200


def test_every_door_counts(server):
    """Gradio takes an analysis and a file at several addresses; what is asked at one counts at the others."""
    doors = [f"{door}clip" if door.endswith("/") else door for door in guard.JOIN]
    for number in range(guard.CALLS):
        assert ask(server, doors[number % len(doors)])[0] == 200
    assert {ask(server, door)[0] for door in doors} == {429}
    for door in guard.UPLOAD:
        assert ask(server, door, guard.BYTES // 4, "2.2.2.2")[0] == 200
    assert {ask(server, door, guard.BYTES // 2, "2.2.2.2")[0] for door in guard.UPLOAD} == {429}


def test_an_upload_that_does_not_tell_its_length_counts_as_the_largest(server):
    statuses = [ask(server, UPLOAD, None)[0] for _ in range(guard.BYTES // (guard.LARGEST_FILE * 2**20) + 1)]
    assert set(statuses[:-1]) == {200} and statuses[-1] == 429


def test_bytes_on_the_disk(server):
    half = guard.BYTES // 2
    assert [ask(server, UPLOAD, half)[0] for _ in range(2)] == [200, 200]
    status, _, body = ask(server, UPLOAD, half)
    assert status == 429 and "200 MiB" in body
    # others still can, until the disk is full
    statuses = [ask(server, UPLOAD, half, f"3.3.3.{number // 2}")[0] for number in range(30)]
    assert statuses[0] == 200 and statuses[-1] == 429
    assert sum(one.bytes for one in server.guard.visitors.values()) <= guard.ALL_BYTES
    server.now += guard.REMEMBERED + 1
    assert ask(server, UPLOAD, half)[0] == 200


def test_open_answers(server):
    async def visit():
        server.hold = asyncio.Event()
        waiting = [asyncio.create_task(server.ask(STREAM, method="GET")) for _ in range(guard.WAITING)]
        await asyncio.sleep(0)
        refused = await server.ask(JOIN)
        server.hold.set()
        await asyncio.gather(*waiting)
        return refused, await server.ask(JOIN)

    refused, later = asyncio.run(visit())
    assert refused[0] == 429 and "wait for one of them" in refused[2] and later[0] == 200


def test_open_answers_of_the_short_way(server):
    async def visit():
        server.hold = asyncio.Event()
        ways = [f"{guard.STREAM[1]}clip/{number}" for number in range(guard.WAITING)]
        waiting = [asyncio.create_task(server.ask(way, method="GET")) for way in ways]
        await asyncio.sleep(0)
        refused = await server.ask(JOIN)
        server.hold.set()
        await asyncio.gather(*waiting)
        return refused

    assert asyncio.run(visit())[0] == 429


def test_visitors_are_forgotten(server):
    for number in range(50):
        ask(server, JOIN, address=f"4.4.4.{number}")
    server.now += guard.MINUTE + 1
    ask(server, "/", address="5.5.5.5")
    assert len(server.guard.visitors) == 1


def test_who_stops_sending_is_gone(monkeypatch):
    monkeypatch.setattr(guard, "DRIP", 0.01)

    async def read():
        parts = [{"type": "http.request", "body": b"a", "more_body": True}]

        async def receive():
            return parts.pop() if parts else await asyncio.Event().wait()

        told = guard._in_time(receive)
        return [(await told())["type"], (await told())["type"]]

    assert asyncio.run(read()) == ["http.request", "http.disconnect"]


def test_who_waits_for_an_answer_is_not_gone(monkeypatch):
    monkeypatch.setattr(guard, "DRIP", 0.01)

    async def wait():
        left = asyncio.Event()

        async def receive():
            if not left.is_set():
                left.set()
                return {"type": "http.request", "body": b"", "more_body": False}
            await asyncio.sleep(0.1)
            return {"type": "http.disconnect after a while"}

        told = guard._in_time(receive)
        return [(await told())["type"], (await told())["type"]]

    assert asyncio.run(wait())[1] == "http.disconnect after a while"
