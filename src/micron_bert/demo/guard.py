"""What stands between the network and the page: headers for browsers, and a share for each visitor."""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from time import monotonic

from starlette.responses import PlainTextResponse

from micron_bert.demo.limits import LARGEST_FILE

MINUTE, REMEMBERED = 60.0, 660.0  # seconds: of a rate; and how long an upload may lie on the disk
CALLS = 30  # analyses that one visitor may ask for in a minute, waiting or not
WAITING = 6  # of one visitor's answers that may be open at a time
BYTES, ALL_BYTES = 200 * 2**20, 2 * 2**30  # uploaded within `REMEMBERED`: by one visitor, and by all
DRIP = 30.0  # seconds that a visitor may take for the next part of what is sent
MOST_VISITORS = 10_000  # that are remembered
# where Gradio takes analyses, answers them, and takes files: each has several doors
JOIN = ("/gradio_api/queue/join", "/gradio_api/call/", "/gradio_api/run/", "/gradio_api/api/")
STREAM = ("/gradio_api/queue/data", "/gradio_api/call/")
UPLOAD = ("/gradio_api/upload", "/gradio_api/process_recording", "/gradio_api/component_server")
SPACES = "https://huggingface.co https://*.hf.space"  # which shows Spaces inside its own pages


def on_space() -> bool:
    """Whether this is a Space of the Hub."""
    return "SPACE_ID" in os.environ


def address_of(scope) -> str:
    """The address of who asks."""
    address = (scope.get("client") or ("", 0))[0]
    if on_space():  # it stands behind a proxy, which appends whom it speaks for
        told = dict(scope["headers"]).get(b"x-forwarded-for", b"").decode("latin-1")
        address = told.split(",")[-1].strip() or address
    return address


def headers(on_space: bool) -> list[tuple[bytes, bytes]]:
    """What browsers are told: to guess no types, to ask no other server, and who may show the page inside another."""
    ancestors = f"'self' {SPACES}" if on_space else "'self'"
    policy = (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
        f"connect-src 'self' data: blob:; object-src 'none'; base-uri 'self'; frame-ancestors {ancestors}"
    )
    told = [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("permissions-policy", "camera=(self), microphone=(self), geolocation=()"),
    ]
    if not on_space:
        told.append(("x-frame-options", "SAMEORIGIN"))
    return [(name.encode(), value.encode()) for name, value in told]


class Visitor:
    """What one address asks for."""

    def __init__(self):
        self.calls: deque[float] = deque()
        self.uploads: deque[tuple[float, int]] = deque()
        self.open = 0

    def forget(self, now: float) -> None:
        while self.calls and self.calls[0] < now - MINUTE:
            self.calls.popleft()
        while self.uploads and self.uploads[0][0] < now - REMEMBERED:
            self.uploads.popleft()

    @property
    def idle(self) -> bool:
        return not (self.calls or self.uploads or self.open)

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.uploads)


class Guard:
    """
    ASGI middleware: adds headers to every answer, and refuses in a sentence what goes beyond a visitor's share.

    Args:
        app: what is guarded.
        clock (`Callable`, *optional*): seconds that only grow.
    """

    def __init__(self, app, clock: Callable[[], float] = monotonic):
        self.app, self.clock = app, clock
        self.headers = headers(on_space())
        self.visitors: dict[str, Visitor] = {}

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self.headers]
            await send(message)

        receive = _in_time(receive)
        visitor, path = self._visitor(scope), scope["path"]
        posted = scope["method"] == "POST"
        refusal = self._refusal(visitor, path, _length(scope)) if posted else None
        if refusal is not None:
            return await PlainTextResponse(refusal, 429)(scope, receive, send_with_headers)
        if posted or not path.startswith(STREAM):
            return await self.app(scope, receive, send_with_headers)
        visitor.open += 1
        try:
            return await self.app(scope, receive, send_with_headers)
        finally:
            visitor.open -= 1

    def _visitor(self, scope) -> Visitor:
        now = self.clock()
        address = address_of(scope)
        for one in self.visitors.values():
            one.forget(now)
        if address not in self.visitors:
            kept = {name: one for name, one in self.visitors.items() if not one.idle}
            self.visitors = dict(list(kept.items())[-MOST_VISITORS:])
        return self.visitors.setdefault(address, Visitor())

    def _refusal(self, visitor: Visitor, path: str, length: int) -> str | None:
        """Why something that is sent is refused; what is not is counted."""
        now = self.clock()
        if path.startswith(JOIN):
            if len(visitor.calls) >= CALLS:
                return f"You have asked {CALLS} times within a minute; wait a minute."
            if visitor.open >= WAITING:
                return f"You wait for {WAITING} answers already; wait for one of them."
            visitor.calls.append(now)
        if path.startswith(UPLOAD):
            if visitor.bytes + length > BYTES:
                told = f"{visitor.bytes / 2**20:.0f} MiB"
                return f"You have uploaded {told} within ten minutes; wait until they are deleted."
            if sum(one.bytes for one in self.visitors.values()) + length > ALL_BYTES:
                return "The demo is full; uploads are deleted after ten minutes. Come back then."
            visitor.uploads.append((now, length))
        return None


def _in_time(receive, seconds: float | None = None):
    """`receive` that takes a visitor who sends nothing more for gone, as long as something is to come."""
    whole = False

    async def received():
        nonlocal whole
        if whole:  # what comes now is only that the visitor has left
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), DRIP if seconds is None else seconds)
        except TimeoutError:
            return {"type": "http.disconnect"}
        whole = not message.get("more_body", False)
        return message

    return received


def _length(scope) -> int:
    """Bytes of what is sent: as many as one file may have where that is not said."""
    told = dict(scope["headers"]).get(b"content-length", b"")
    return int(told) if told.isdigit() else LARGEST_FILE * 2**20
