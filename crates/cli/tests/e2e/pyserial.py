"""An unmodified pyserial on an RFC 2217 port: everything that it can set, ask and be told.

With a second argument another server stands between. One that asks for the COM port option before pyserial has offered
it does not get it offered, and then may keep the lines to itself: the next connection has another chance.
"""

import sys
import warnings

import serial

warnings.simplefilter("ignore")
relayed = len(sys.argv) > 2


def connect():
    return serial.serial_for_url(sys.argv[1], baudrate=115200, timeout=10)


port = connect()


def say(line, answer=b"OK\r\n"):
    port.write(line + b"\r")
    heard = port.read_until(answer)
    assert heard.endswith(answer), heard
    return heard


def has(line):
    try:
        return getattr(port, line)
    except serial.SerialException:  # never told so far
        return None


def until(state, line):
    for _ in range(1000):
        if has(line) == state:
            return
        say(b"AT")
    raise AssertionError(f"{line} is not {state}")


assert b"Quectel" in say(b"ATI")
# The module's lines: CTS and DSR are on from the start, DCD by AT&C.
# ser2net 4.3.11 loses them now and then (with a logging proxy on either side: in 3 of 14 openings; in the two that were read this side
# had sent NOTIFY-MODEMSTATE 30). When that reaches ser2net before it has told pyserial "FF FC 2C" it passes nothing on; when it
# comes behind, ser2net has told pyserial its own "6B 00" by then and does not tell the change. It asks for nothing again. The next
# connection has another chance.
while relayed and not has("cts"):
    say(b"AT&C0")
    say(b"AT&C1")
    if not has("cts"):
        port.close()
        port = connect()
# What stands between may bring them later than the answers.
for state, line in ((True, "cts"), (True, "dsr"), (False, "cd"), (False, "ri")):
    until(state, line)
say(b"AT&C0")
until(True, "cd")
say(b"AT&C1")
until(False, "cd")
# Every setting is confirmed, or pyserial raises an error.
for baud in (9600, 921600, 115200):
    port.baudrate = baud
for bits, parity, stop in ((7, "E", 2), (5, "S", 1.5), (8, "N", 1)):
    port.bytesize, port.parity, port.stopbits = bits, parity, stop
for rtscts, xonxoff in ((True, False), (False, True), (False, False)):
    port.rtscts, port.xonxoff = rtscts, xonxoff
for _ in range(3):
    port.rts = port.dtr = False
    port.rts = port.dtr = True
port.break_condition = True
port.break_condition = False
port.reset_input_buffer()
port.reset_output_buffer()
# 255 is a command of telnet; noise in front of a command line means nothing to a module.
say(b"\xff" * 9 + b"AT")
say(b"ATE0")
say(b'AT+QFUPL="every",256', b"CONNECT\r\n")
every = bytes(range(256))
port.write(every)
assert b"+QFUPL: 256," in port.read_until(b"OK\r\n")
port.write(b'AT+QFDWL="every"\r')
port.read_until(b"CONNECT\r\n")
assert port.read(256) == every
port.read_until(b"OK\r\n")
say(b'AT+QFDEL="every"')
port.close()
