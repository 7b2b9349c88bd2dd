"""A module in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Type, Union

from ._control import PATIENCE, Control, ControlError, Json, segment
from .values import (
    Coverage,
    CoverageName,
    Failure,
    File,
    Finding,
    Lines,
    Module,
    PdpContext,
    Port,
    Socket,
    SslContext,
)

# What a module is called that has no name of its own.
NAME = "module0"


class StartError(Exception):
    """modemtwin could not be started: what it said."""


class EndError(Exception):
    """modemtwin has ended by itself, or not in good order: its exit status, and what it said."""


class LintError(AssertionError):
    """The driver did something that breaks on the real module."""

    def __init__(self, findings: List[Finding]) -> None:
        self.findings = findings
        super().__init__("\n".join(["what the driver does breaks on the real module:", *map(_sentence, findings)]))


def _sentence(finding: Finding) -> str:
    """As docs/lint.md has it."""
    detail = finding["detail"] and ": " + finding["detail"]
    form = "{severity}[{rule}] {port} at {t:.6f}: {what}{tail} ({section}); remedy: {remedy}"
    return form.format_map({**finding, "tail": detail})


def program() -> str:
    """The modemtwin of ``MODEMTWIN``, else the one of this package, else the one of ``PATH``."""
    named = os.environ.get("MODEMTWIN")
    if named:
        return named
    own = Path(sysconfig.get_path("scripts"), "modemtwin")
    found = str(own) if own.exists() else shutil.which("modemtwin")
    if not found:
        raise StartError("there is no modemtwin: install the wheel, or set MODEMTWIN to the program")
    return found


class ModemTwin:
    """An emulated module, from ``start`` (or ``with``) to ``stop``.

    ``model`` is a name such as ``"EC800M-CN"``; ``files`` are there from the start, as bytes, text or paths; ``clock`` is
    what the module's clock shows then; ``faults`` are texts of docs/faults.md; ``tolerance`` is ``"strict"`` or
    ``"lenient"``; ``sim_pin`` locks the SIM card and ``sim=False`` leaves the holder empty; ``ports`` are places as behind
    ``--port``; ``ignore_lint`` are rules that the driver may break; ``args`` are other options of ``modemtwin``.

    What it shows of itself is made of the types of ``modemtwin.values``.
    """

    def __init__(
        self,
        *,
        model: Optional[str] = None,
        files: Optional[Mapping[str, Union[bytes, str, Path]]] = None,
        clock: Optional[datetime] = None,
        faults: Sequence[str] = (),
        tolerance: Optional[str] = None,
        sim: bool = True,
        sim_pin: Optional[str] = None,
        real_time: bool = False,
        ports: Optional[Mapping[str, str]] = None,
        ignore_lint: Sequence[str] = (),
        args: Sequence[str] = (),
    ) -> None:
        options: List[str] = []
        for name, endpoint in (ports or {"uart1": "pty"}).items():
            options += ["--port", f"{name}={endpoint}"]
        if model is not None:
            options += ["--model", model]
        if clock is not None:
            options += ["--clock", rfc3339(clock)]
        for fault in faults:
            options += ["--fault", fault]
        if tolerance is not None:
            options.append(f"--{tolerance}")
        if sim_pin is not None:
            options += ["--sim-pin", sim_pin]
        if not sim:
            options.append("--no-sim")
        if real_time:
            options.append("--real-time")
        for rule in ignore_lint:
            options += ["--lint-ignore", rule]
        self._options = [*options, *args]
        self._files = dict(files or {})
        self._process: Optional[subprocess.Popen[str]] = None
        self._trace: Optional[IO[bytes]] = None
        self._findings: Optional[IO[bytes]] = None
        self._control: Optional[Control] = None
        self.places: Dict[str, str] = {}
        self.trace = ""
        """The trace of a module that has ended (docs/trace.md)."""

    # From start to stop.

    def start(self) -> ModemTwin:
        """Starts the module; its ports are open when this returns."""
        __tracebackhide__ = True
        # Files without a name, and a process that ends with its standard input: a test that is killed leaves nothing.
        self._trace, self._findings = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        files = (self._trace.fileno(), self._findings.fileno())
        places = ["--trace", f"/proc/self/fd/{files[0]}", "--lint-json", f"/proc/self/fd/{files[1]}"]
        command = [program(), "run", *self._options, "--control", "127.0.0.1:0", "--end-with-stdin", *places]
        pipe = subprocess.PIPE
        try:
            # In a session of its own: Ctrl-C is for the tests, which end it in good order.
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=files, text=True, start_new_session=True
            )
        except OSError as error:
            raise StartError(f"{command[0]}: {error.strerror} (MODEMTWIN, or the wheel, names the program)") from None
        try:
            self._hear_start(self._process)
            for name, content in self._files.items():
                if isinstance(content, Path):
                    content = content.read_bytes()
                self.put_file(name, content)
        except BaseException:
            self.abandon()
            raise
        return self

    def _hear_start(self, process: subprocess.Popen[str]) -> None:
        __tracebackhide__ = True
        assert process.stdout is not None and process.stderr is not None
        # What never comes ends with the process.
        alarm = threading.Timer(PATIENCE, process.kill)
        alarm.start()
        try:
            for line in process.stdout:
                words = line.split(maxsplit=2)
                if words[0] == "control":
                    self._control = Control(line.split(maxsplit=1)[1])
                elif words[0] == "port":
                    self.places[words[1]] = words[2].strip()
                elif words[0] == "ready":
                    return
            raise StartError(process.stderr.read().strip() or "modemtwin ended at its start")
        finally:
            alarm.cancel()

    def stop(self) -> None:
        """Ends the module in good order. Raises ``LintError`` when the driver has done something that breaks on the real
        module, and ``EndError`` when it is not there any more."""
        __tracebackhide__ = True
        process = self._process
        if process is None:
            return
        findings, said = self._end(process)
        errors = [finding for finding in findings if finding["severity"] == "error"]
        if errors:
            raise LintError(errors)
        if process.returncode != 0:
            raise EndError(f"modemtwin has ended with status {process.returncode}: {said.strip() or 'it said nothing'}")

    def abandon(self) -> None:
        """Ends the module, whatever the driver has done."""
        if self._process is not None:
            self._end(self._process)

    def _end(self, process: subprocess.Popen[str]) -> Tuple[List[Finding], str]:
        """Ends the process; what was found, and what it said of trouble."""
        trace, findings = self._trace, self._findings
        self._process = self._trace = self._findings = None
        process.terminate()
        try:
            _, said = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
        assert trace is not None and findings is not None
        with trace, findings:
            self.trace = trace.read().decode(errors="replace")
            # What was killed may have left half a line.
            whole = [line for line in findings if line.endswith(b"\n")]
        return [json.loads(line) for line in whole], said

    def story(self, lines: int = 60) -> str:
        """Ends the module and tells of it: its last failures, and the end of its trace."""
        failures = []
        if self.is_running:
            try:
                failures = [failure["text"] for failure in self.why()]
            except ControlError as error:
                failures = [str(error)]
            self.abandon()
        return "\n".join([*failures, *self.trace.splitlines()[-lines:]])

    @property
    def is_running(self) -> bool:
        """Started, and not stopped yet."""
        return self._process is not None

    def __enter__(self) -> ModemTwin:
        return self.start()

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if error is None:
            self.stop()
        else:
            # The test has failed already, and says why.
            self.abandon()

    # Where the driver finds it.

    @property
    def port(self) -> str:
        """The path of the first pty, for the driver to open like a serial port."""
        for place in self.places.values():
            kind, _, path = place.partition(" ")
            if kind == "pty":
                return path
        raise LookupError("no port of this module is a pty: see places")

    @property
    def control(self) -> Control:
        """The control interface."""
        if self._control is None:
            raise StartError("the module does not run: use `with ModemTwin(...)`, or start()")
        return self._control

    def _ask(self, method: str, path: str, value: Any = None) -> Any:
        return self.control.json(method, f"/v1/modules/{NAME}{path}", value)

    # Look inside.

    def state(self) -> Module:
        """The module as a whole: identity, power, SIM, network, clock, last error."""
        state: Module = self._ask("GET", "")
        return state

    def ports(self) -> List[Port]:
        """Its ports: who is there, what they do, modem lines."""
        return list(self._ask("GET", "/ports")["ports"])

    def sockets(self) -> List[Socket]:
        """Its sockets that are not in Initial."""
        return list(self._ask("GET", "/sockets")["sockets"])

    def socket(self, number: int) -> Optional[Socket]:
        """One socket, if it is not in Initial."""
        return next((socket for socket in self.sockets() if socket["id"] == number), None)

    def ssl_contexts(self) -> List[SslContext]:
        """What AT+QSSLCFG has set."""
        return list(self._ask("GET", "/ssl")["contexts"])

    def pdp_contexts(self) -> List[PdpContext]:
        """PDP contexts that the host has defined or activated."""
        return list(self._ask("GET", "/pdp")["contexts"])

    def files(self) -> List[File]:
        """Its files."""
        return list(self._ask("GET", "/files")["files"])

    def read_file(self, name: str) -> bytes:
        """The content of a file."""
        return self.control.bytes("GET", f"/v1/modules/{NAME}/files/{segment(name)}")

    def why(self) -> List[Failure]:
        """The last failures: what happened, and what helps."""
        return list(self._ask("GET", "/why")["failures"])

    def lint(self) -> List[Finding]:
        """What the driver has done wrong so far."""
        return list(self._ask("GET", "/lint")["findings"])

    def coverage(self) -> Coverage:
        """What of the module the driver has met so far."""
        coverage: Coverage = self._ask("GET", "/coverage")
        return coverage

    # Act on it.

    def put_file(self, name: str, content: Union[bytes, str]) -> None:
        """Puts a file in place of whatever has its name."""
        body = content.encode() if isinstance(content, str) else content
        self.control.bytes("PUT", f"/v1/modules/{NAME}/files/{segment(name)}", body)

    def remove_file(self, name: str) -> None:
        """Removes a file."""
        self._ask("DELETE", f"/files/{segment(name)}")

    def set_clock(self, time: datetime) -> None:
        """Sets the module's clock."""
        self._ask("PUT", "/clock", {"utc": rfc3339(time)})

    def press_power(self) -> None:
        """PWRKEY: switches the module off, or on again."""
        self._ask("POST", "/power", {"press": "power"})

    def reset(self) -> None:
        """RESET_N: the module starts anew."""
        self._ask("POST", "/power", {"press": "reset"})

    def insert_sim(self, pin: Optional[str] = None) -> None:
        """Another SIM card, which asks for a PIN or not."""
        self._ask("PUT", "/sim", {"pin": pin})

    def remove_sim(self) -> None:
        """An empty SIM holder."""
        self._ask("DELETE", "/sim")

    def set_signal(self, strength: int) -> None:
        """Signal strength as AT+CSQ prints it, 0 to 31."""
        self._ask("PATCH", "/network", {"signal": strength})

    def set_coverage(self, coverage: CoverageName) -> None:
        """What there is to find for the module: none, home, roaming, denied."""
        self._ask("PATCH", "/network", {"coverage": coverage})

    def refuse_pdp(self, refuses: bool) -> None:
        """The network refuses PDP contexts, or does not."""
        self._ask("PATCH", "/network", {"refuse_pdp": refuses})

    def drop_pdp(self, context: int) -> None:
        """The network ends a PDP context."""
        self._ask("POST", f"/pdp/{context}/drop")

    def set_lines(self, port: str = "uart1", *, dtr: Optional[bool] = None, rts: Optional[bool] = None) -> Lines:
        """Drives the host's modem lines of a port whose wire has none; all lines of the port."""
        lines: Lines = self._ask("PATCH", f"/ports/{segment(port)}/lines", {"dtr": dtr, "rts": rts})
        return lines

    def add_fault(self, fault: str) -> int:
        """Asks for a fault of docs/faults.md; its number."""
        return int(self._ask("POST", "/faults", {"fault": fault})["id"])

    def end_faults(self, which: Union[int, str] = "all") -> int:
        """Ends faults by number, name, family, or all of them; how many there were."""
        return int(self._ask("DELETE", f"/faults/{segment(str(which))}")["lifted"])

    # Wait and check.

    def events(self, *kinds: str, timeout: float = PATIENCE) -> Iterator[Optional[Json]]:
        """What happens from now on, of these kinds (docs/trace.md) or all; ``None`` at the start, and now and then."""
        query = "?kind=" + segment(",".join(kinds)) if kinds else ""
        return self.control.events(f"/v1/modules/{NAME}/events{query}", timeout)

    def wait_until(
        self, what: str, is_so: Callable[[ModemTwin], bool], timeout: float = PATIENCE
    ) -> None:
        """Waits until something is so: looks at once, and again after whatever happens in the module."""
        __tracebackhide__ = True
        deadline = time.monotonic() + timeout
        try:
            for _ in self.events(timeout=timeout):
                if is_so(self):
                    return
                if time.monotonic() > deadline:
                    break
            else:
                raise AssertionError(f"{what}: the module has ended before")
        except TimeoutError:
            pass
        raise AssertionError(f"{what}: not within {timeout} s; sockets {self.sockets()}, ports {self.ports()}")

    def assert_no_failures(self) -> None:
        """Fails when something has failed in the module; says what happened, and what helps."""
        __tracebackhide__ = True
        failures = [failure["text"] for failure in self.why()]
        assert not failures, "failures of the module:\n" + "\n".join(failures)


def rfc3339(time: datetime) -> str:
    """A time as modemtwin reads it; one without a zone is UTC."""
    aware = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
    return aware.isoformat(timespec="seconds")
