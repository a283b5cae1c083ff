"""A real HTTP server on 127.0.0.1 whose answers a test writes down beforehand."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """One answer.

    ``cut`` breaks the connection off after so many bytes of the body; ``length`` replaces the
    declared length (None: none); ``drip`` is the seconds between two KiB of the body.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
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
        self.times: list[float] = []  # of the requests, seconds

    def answer(self, path: str) -> Answer:
        """Take the next answer of a path."""
        answers = self.routes.get(path, [Answer(status=404)])
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.times.append(time.monotonic())
        self.server.requests.append((self.path, dict(self.headers)))
        answer = self.server.answer(self.path)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.length is not None:
            self.send_header("Content-Length", str(max(answer.length, len(answer.body))))
        self.end_headers()
        sent = answer.body[: answer.cut]
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
