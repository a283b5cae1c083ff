"""A real HTTP server on 127.0.0.1 whose answers a test writes down beforehand."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """One answer. With ``ranges`` a Range request gets 206 or 416, else the whole body.

    ``cut`` breaks the connection off after so many bytes of the body; ``shift`` makes the server
    lie about where its range begins; ``length`` replaces the declared length (None: none); ``drip``
    is the seconds between two KiB of the body.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    cut: int | None = None
    shift: int = 0
    length: int | None = -1
    drip: float = 0


class Server(ThreadingHTTPServer):
    """Serves each path's answers one after another; the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.routes: dict[str, list[Answer]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []

    def answer(self, path: str) -> Answer:
        """Take the next answer of a path."""
        answers = self.routes.get(path, [Answer(status=404)])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def ranges(self) -> list[str | None]:
        """The Range header of each request so far."""
        return [headers.get("Range") for _, headers in self.requests]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers)))
        answer = self.server.answer(self.path)
        status, headers, body = answer.status, dict(answer.headers), answer.body
        wanted = self.headers.get("Range")
        fresh = self.headers.get("If-Range", headers.get("ETag")) == headers.get("ETag")
        if status == 200 and wanted and answer.ranges and fresh:
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) + answer.shift
            if start >= len(body):
                status, headers["Content-Range"], body = 416, f"bytes */{len(body)}", b""
            else:
                headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                status, body = 206, body[start:]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.length is not None:
            self.send_header("Content-Length", str(max(answer.length, len(body))))
        self.end_headers()
        sent = body[: answer.cut]
        piece = 1024 if answer.drip else len(sent) or 1
        for start in range(0, len(sent), piece):
            self.wfile.write(sent[start : start + piece])
            time.sleep(answer.drip)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server for as long as the block lasts."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
