"""The control interface of a running modemtwin (docs/control.md), with nothing but the standard library."""

from __future__ import annotations

import json
import urllib.parse
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Dict, Iterator, Optional

Json = Dict[str, Any]

# Longest wait for an answer, in seconds.
PATIENCE = 30.0


class ControlError(Exception):
    """The interface has refused: ``status``, and in words place, reason and remedy. Status 0: it does not answer."""

    def __init__(self, status: int, problem: Json) -> None:
        self.status = status
        self.problem = problem
        text = "{place}: {detail} ({remedy})"
        super().__init__(text.format_map({"place": "", "detail": "", "remedy": "", **problem}))


class Control:
    """One control interface. ``place`` is what modemtwin prints behind ``control``."""

    def __init__(self, place: str) -> None:
        words = place.split()
        self.url = words[0]
        # A connection for each request: whoever reads an answer has all of it.
        self._headers = {"Connection": "close"}
        if words[1:2] == ["token"]:
            self._headers["Authorization"] = f"Bearer {words[2]}"

    def open(
        self, method: str, path: str, body: Optional[bytes] = None, timeout: float = PATIENCE
    ) -> HTTPResponse:
        """The answer to a request, to be read by the caller."""
        try:
            connection = HTTPConnection(self.url.partition("//")[2], timeout=timeout)
            connection.request(method, path, body, self._headers)
            answer = connection.getresponse()
        except (OSError, HTTPException) as error:
            gone = {"place": self.url, "detail": str(error), "remedy": "does the module still run?"}
            raise ControlError(0, gone) from None
        if answer.status < 400:
            return answer
        with answer:
            text = answer.read()
        try:
            problem = json.loads(text)
        except ValueError:
            problem = {"detail": text.decode("utf-8", "replace")}
        raise ControlError(answer.status, problem)

    def bytes(self, method: str, path: str, body: Optional[bytes] = None) -> bytes:
        """The answer as it is."""
        with self.open(method, path, body) as answer:
            return answer.read()

    def json(self, method: str, path: str, value: Any = None) -> Any:
        """The answer as a value; ``None`` where there is nothing to say."""
        body = None if value is None else json.dumps(value).encode()
        text = self.bytes(method, path, body)
        return json.loads(text) if text else None

    def events(self, path: str, timeout: float) -> Iterator[Optional[Json]]:
        """What happens from now on; ``None`` now and then while nothing does. The first thing is ``None``: from then
        on nothing is missed. Ends with the module; ``TimeoutError`` after so long a silence."""
        with self.open("GET", path, timeout=timeout) as answer:
            yield None
            while line := _line(answer):
                if line.startswith(b"data:"):
                    yield json.loads(line[5:])
                elif line.startswith(b":"):
                    yield None


def _line(answer: HTTPResponse) -> bytes:
    """The next line; nothing at the end, which comes in the midst of a stream when the module ends."""
    try:
        return answer.readline()
    except (ConnectionError, HTTPException):
        return b""


def segment(name: str) -> str:
    """A name as a segment of a path."""
    return urllib.parse.quote(name, safe="")
