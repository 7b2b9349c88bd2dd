"""The OpenAPI description of the control interface before libraries of others: is it one, and are real answers what it says?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Set, Tuple

import pytest
import serial
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from modemtwin import ControlError, ModemTwin
from modemtwin._twin import NAME, program

M = "/v1/modules/{module}"


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Tuple[int, bytes]]:
    """A TLS server that sends everything back: its port, and the certificate of its authority."""
    command = [program(), "peer", "echo=127.0.0.1:0", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        place = process.stdout.readline().split()[2]
        assert process.stdout.readline() == "ready\n"
        yield int(place.rpartition(":")[2]), (tmp_path / "ca.pem").read_bytes()
        process.terminate()


class Described:
    """Asks by way of the description, and holds every answer against it."""

    def __init__(self, twin: ModemTwin) -> None:
        self.control = twin.control
        self.description: Dict[str, Any] = self.control.json("GET", "/openapi.json")
        self.asked: Set[str] = set()

    def check(self, value: Any, schema: Dict[str, Any]) -> None:
        Draft202012Validator({**schema, "components": self.description["components"]}).validate(value)

    def content(self, value: Any, content: Dict[str, Any], kind: str) -> None:
        assert kind in content, f"{kind} is not described: {list(content)}"
        if kind.endswith("json"):
            self.check(value, content[kind]["schema"])

    def ask(self, verb: str, path: str, body: Any = None, query: str = "", **parameters: str) -> Any:
        operation = self.description["paths"][path][verb.lower()]
        self.asked.add(f"{verb} {path}")
        named = {name for name in ("module", "port", "file", "fault", "context") if f"{{{name}}}" in path}
        assert {p["name"] for p in operation["parameters"] if p["in"] == "path"} == named
        sent: Optional[bytes] = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if body is None:
            assert "requestBody" not in operation
        else:
            kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
            self.content(body, operation["requestBody"]["content"], kind)
        url = path.format(**{"module": NAME, **parameters}) + query
        with self.control.open(verb, url, sent) as answer:
            described = operation["responses"][str(answer.status)]
            if answer.status == 204:
                assert answer.read() == b"" and "content" not in described
                return None
            kind = answer.headers["content-type"]
            if kind == "text/event-stream":
                self.content(None, described["content"], kind)
                return None
            content = answer.read()
            value = json.loads(content) if kind.endswith("json") else content
            self.content(value, described["content"], kind)
            return value

    def refused(self, status: int, verb: str, url: str, body: Optional[bytes] = None) -> None:
        with pytest.raises(ControlError) as refused:
            self.control.bytes(verb, url, body)
        assert refused.value.status == status
        some = next(iter(self.description["paths"].values()))["get"]
        self.content(refused.value.problem, some["responses"]["default"]["content"], "application/problem+json")


def test_answers_are_what_an_independent_reader_of_the_description_expects(echo: Tuple[int, bytes]) -> None:
    port, authority = echo
    with ModemTwin(ignore_lint=["misprint"]) as twin, serial.Serial(twin.port, timeout=30) as host:

        def says(line: str, end: str = "OK\r\n") -> None:
            host.write(line.encode() + b"\r")
            heard = host.read_until(end.encode())
            assert heard.endswith(end.encode()), heard

        api = Described(twin)
        validate(api.description)
        api.ask("GET", "/openapi.json")
        assert api.ask("GET", "/v1/modules")["modules"][0]["name"] == NAME

        # Something to see everywhere.
        api.ask("PUT", f"{M}/files/{{file}}", authority, file="ca.pem")
        says("AT+QIACT=1")
        says('AT+QSSLCFG="seclevel",1,1;+QSSLCFG="sslversion",1,4')
        says('AT+QSSLCFG="cacert",1,"UFS:ca.pem"')
        says(f'AT+QSSLOPEN=1,1,0,"127.0.0.1",{port},0', "+QSSLOPEN: 0,0\r\n")
        api.ask("POST", f"{M}/faults", {"fault": "net.refuse"})
        says(f'AT+QIOPEN=1,1,"TCP","127.0.0.1",{port}', "+QIOPEN: 1,566\r\n")

        for path in ("", "/ports", "/pdp", "/ssl", "/sockets", "/files", "/clock", "/sim", "/network", "/faults"):
            api.ask("GET", M + path)
        for path in ("/lint", "/coverage", "/why"):
            api.ask("GET", M + path)
        assert api.ask("GET", f"{M}/files/{{file}}", file="ca.pem") == authority
        assert api.ask("GET", f"{M}/sockets")["sockets"][0]["tls"]["version"] == "TLS 1.2"
        assert api.ask("GET", f"{M}/why")["failures"][-1]["fault"] == "net.refuse"
        api.ask("GET", f"{M}/ports/{{port}}/lines", port="uart1")
        api.ask("PATCH", f"{M}/ports/{{port}}/lines", {"rts": False}, port="uart1")
        api.ask("PATCH", f"{M}/ports/{{port}}/lines", {"dtr": None, "rts": True}, port="uart1")
        api.ask("DELETE", f"{M}/faults/{{fault}}", fault="net")
        api.ask("DELETE", f"{M}/files/{{file}}", file="ca.pem")
        api.ask("PUT", f"{M}/clock", {"utc": "2030-01-02T03:04:05Z"})
        api.ask("PUT", f"{M}/clock", {"unix": 86400})
        api.ask("POST", f"{M}/pdp/{{context}}/drop", context="1")
        api.ask("PATCH", f"{M}/network", {"signal": 9, "coverage": "roaming", "refuse_pdp": False})
        api.ask("DELETE", f"{M}/sim")
        api.ask("PUT", f"{M}/sim", {"pin": "1234"})
        api.ask("POST", f"{M}/power", {"press": "reset"})
        api.ask("GET", f"{M}/events", query="?kind=urc,socket")

        api.refused(400, "PUT", f"/v1/modules/{NAME}/sim", b"nothing")
        api.refused(404, "GET", "/v1/modules/none")
        api.refused(405, "DELETE", "/v1/modules")
        api.refused(409, "POST", f"/v1/modules/{NAME}/pdp/7/drop")
        api.refused(413, "PUT", f"/v1/modules/{NAME}/files/big", bytes(600 * 1024))

        api.ask("POST", "/v1/shutdown")
        paths = api.description["paths"]
        assert api.asked == {f"{verb.upper()} {path}" for path, item in paths.items() for verb in item}
