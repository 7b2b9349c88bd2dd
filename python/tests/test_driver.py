"""A driver with pyserial, and its tests against an emulated module and a TLS server of OpenSSL."""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Iterator, Tuple

import pytest
import serial

from modemtwin import ControlError, LintError, ModemTwin, StartError

pytest_plugins = ["pytester"]


class Driver:
    """Plain reading and writing, as on a real module."""

    def __init__(self, path: str) -> None:
        self.port = serial.Serial(path, 115200, timeout=30)
        self.command("ATE0")

    def hear(self, end: str) -> str:
        heard = self.port.read_until(end.encode())
        assert heard.endswith(end.encode()), heard
        return heard.decode()

    def command(self, line: str) -> str:
        self.port.write(line.encode() + b"\r")
        return self.hear("\r\nOK\r\n")

    def connect(self, port: int, mode: int = 0) -> None:
        self.command("AT+QIACT=1")
        self.command('AT+QSSLCFG="sslversion",1,3')
        self.command('AT+QSSLCFG="seclevel",1,1')
        self.command('AT+QSSLCFG="cacert",1,"UFS:ca.pem"')
        self.command(f'AT+QSSLOPEN=1,1,4,"127.0.0.1",{port},{mode}')
        self.hear("+QSSLOPEN: 4,0\r\n")

    def exchange(self, text: str) -> str:
        self.port.write(f"AT+QSSLSEND=4,{len(text)}\r".encode())
        self.hear("> ")
        self.port.write(text.encode())
        self.hear("SEND OK\r\n")
        heard = ""
        while not heard.endswith("\n"):
            self.hear('+QSSLURC: "recv",4\r\n')
            while True:
                self.port.write(b"AT+QSSLRECV=4,1500\r")
                answer = self.hear("\r\nOK\r\n")
                head, _, rest = answer.lstrip("\r\n").partition("\r\n")
                length = int(head.split(" ")[1])
                heard += rest[:length]
                if length == 0:
                    break
        return heard

    def close(self) -> None:
        self.command("AT+QSSLCLOSE=4")
        self.port.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=127.0.0.1 "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}".split(),
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture
def server(certificate: Tuple[Path, Path]) -> Iterator[int]:
    """A server that sends each line back, reversed; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = f"openssl s_server -accept 127.0.0.1:{port} -cert {certificate[0]} -key {certificate[1]} -rev"
    process = subprocess.Popen(command.split(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(b"ACCEPT"):
            break
    try:
        yield port
    finally:
        process.kill()
        process.communicate()


def test_the_driver_reaches_a_server(modemtwin: ModemTwin, server: int, certificate: Tuple[Path, Path]) -> None:
    modemtwin.put_file("ca.pem", certificate[0].read_bytes())
    driver = Driver(modemtwin.port)
    driver.connect(server)
    assert driver.exchange("hello\n") == "olleh\n"
    connection = modemtwin.socket(4)
    assert connection is not None and connection["state"] == "Connected"
    assert connection["tls"] is not None and connection["tls"]["version"] == "TLS 1.2"
    assert (connection["sent"], connection["received"]) == (6, 6)
    driver.close()
    modemtwin.wait_until("socket 4 is closed", lambda twin: twin.socket(4) is None)
    modemtwin.assert_no_failures()
    assert any(form["command"] == "AT+QSSLOPEN" for form in modemtwin.coverage()["commands"])


@pytest.mark.modemtwin(model="EC800M-CN", clock=datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc), sim_pin="4711")
def test_the_marker_says_what_the_module_is(modemtwin: ModemTwin) -> None:
    state = modemtwin.state()
    assert (state["model"], state["sim"]["wants"]) == ("EC800M-CN", "pin")
    assert state["clock"]["utc"].startswith("2030-01-02T03:04:")
    modemtwin.insert_sim()
    modemtwin.wait_until("it is registered", lambda twin: twin.state()["network"]["registration"] == 1)
    modemtwin.set_signal(3)
    assert modemtwin.state()["network"]["signal"] == 3
    number = modemtwin.add_fault("net.latency ms=5")
    assert modemtwin.end_faults(number) == 1
    modemtwin.put_file("a b", b"\x00")
    assert modemtwin.read_file("a b") == b"\x00"
    modemtwin.remove_file("a b")
    assert modemtwin.files() == []


def test_dtr_of_a_pty_goes_off(modemtwin: ModemTwin, server: int, certificate: Tuple[Path, Path]) -> None:
    modemtwin.put_file("ca.pem", certificate[0].read_bytes())
    driver = Driver(modemtwin.port)
    driver.command("AT&D1")
    driver.command("AT+QIACT=1")
    driver.command('AT+QSSLCFG="sslversion",1,3')
    driver.port.write(f'AT+QSSLOPEN=1,1,4,"127.0.0.1",{server},2\r'.encode())
    driver.hear("\r\nCONNECT\r\n")
    modemtwin.set_lines("uart1", dtr=False)
    driver.hear("\r\nOK\r\n")
    assert [port["activity"] for port in modemtwin.ports()] == ["command"]
    driver.close()


def test_what_breaks_on_the_real_module_fails_the_test() -> None:
    with pytest.raises(LintError, match="misprint"):
        with ModemTwin() as twin:
            Driver(twin.port).command('AT+QSSLCF="sni",1,0')
    with ModemTwin(ignore_lint=["misprint"]) as twin:
        Driver(twin.port).command('AT+QSSLCF="sni",1,0')


def test_what_cannot_be_had_is_said() -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(StartError, match="MODEMTWIN"):
        patch.setenv("MODEMTWIN", "/nowhere/modemtwin")
        ModemTwin().start()
    with pytest.raises(StartError, match="EC200"):
        ModemTwin(model="EC200").start()
    with ModemTwin() as twin:
        with pytest.raises(ControlError, match="file not found"):
            twin.read_file("none")
        with pytest.raises(AssertionError, match="it is another"):
            twin.wait_until("it is another", lambda twin: False, timeout=0.1)


def test_a_test_that_is_killed_leaves_no_module_behind() -> None:
    script = "from modemtwin import ModemTwin; print(ModemTwin().start().control.url, flush=True); input()"
    process = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    host, _, port = process.stdout.readline().strip().rpartition("/")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as module:
        process.kill()
        process.communicate()
        try:
            assert module.recv(1) == b"", "it answers unasked"
        except ConnectionResetError:
            pass  # It is gone, too.


def test_the_fixture_fails_the_test_of_a_driver_that_breaks_rules(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import serial

        def test_bad_driver(modemtwin):
            with serial.Serial(modemtwin.port, timeout=30) as port:
                port.write(b'AT+QSSLCF="sni",1,0\\r')
                assert port.read_until(b"OK\\r\\n").endswith(b"OK\\r\\n")

        def test_bad_test(modemtwin):
            assert modemtwin.port == "somewhere else"

        def test_good_driver(modemtwin):
            with serial.Serial(modemtwin.port, timeout=30) as port:
                port.write(b"AT\\r")
                assert port.read_until(b"OK\\r\\n").endswith(b"OK\\r\\n")
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*misprint*", "*modemtwin*", "*uart1 > AT+QSSLCF*"])


def test_what_the_report_of_a_failure_says(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import os, signal, unittest
        import pytest, serial

        def say(twin, line, end):
            with serial.Serial(twin.port, timeout=30) as port:
                port.write(line)
                assert port.read_until(end).endswith(end)

        @pytest.fixture
        def driver(modemtwin):
            say(modemtwin, b"AT+QICLOSE=99\\r", b"ERROR\\r\\n")
            raise OSError("no driver")

        def test_of_a_fixture_that_fails(driver): ...

        class TestsOfUnittest(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def keep(self, modemtwin):
                self.twin = modemtwin

            def test_with_a_bad_driver(self):
                say(self.twin, b'AT+QSSLCF="sni",1,0\\r', b"OK\\r\\n")

        def test_without_a_module(modemtwin):
            events = modemtwin.events()
            next(events)
            modemtwin.control.json("POST", "/v1/shutdown")
            for _ in events: ...
            modemtwin._process.wait()
            modemtwin.sockets()

        def test_of_a_module_that_ends(modemtwin):
            def end(twin):
                if twin._process.poll() is None:
                    twin.control.json("POST", "/v1/shutdown")
                    twin._process.wait()
            modemtwin.wait_until("it is there", end)

        def test_that_kills_it(modemtwin):
            os.kill(modemtwin._process.pid, signal.SIGKILL)
            modemtwin._process.wait()

        def test_that_is_interrupted(modemtwin):
            os.kill(os.getpid(), signal.SIGINT)
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=4, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at setup of test_of_a_fixture_that_fails*",
            "*- modemtwin -*",
            "*AT+QICLOSE 5*",
            "*with_a_bad_driver*",
            '*error?misprint? uart1 at *; remedy: write +QSSLCFG*',
            "*test_without_a_module*",
            "E *ControlError: http://127.0.0.1:*does the module still run?)",
            "*test_of_a_module_that_ends*",
            "E *AssertionError: it is there: the module has ended before",
            "*test_that_kills_it*",
            "E *EndError: modemtwin has ended with status -9: it said nothing",
            "*KeyboardInterrupt*",
        ]
    )
    assert "INTERNALERROR" not in result.stdout.str() and "Traceback" not in result.stderr.str()
