"""Linux's own multiplexer, the line discipline N_GSM0710, at the host's end of a port.

Prints why and ends with 77 where the kernel has none, or does not let this user have it.
"""

import fcntl
import os
import select
import struct
import sys
import termios
import time
import tty

# From linux/tty.h and linux/gsmmux.h: struct gsm_config is 19 unsigned integers.
N_GSM0710 = 21
CONFIG = struct.Struct("19I")
GSMIOC_GETCONF = 0x80004700 | CONFIG.size << 16
GSMIOC_SETCONF = 0x40004701 | CONFIG.size << 16
GSMIOC_GETFIRST = 0x80044704
ENCAPSULATION, INITIATOR, MRU, MTU = 1, 2, 7, 8


def skip(why):
    print(why)
    sys.exit(77)


def connect(path):
    # A channel's terminal waits for DCD, which is off outside of a data call, unless told not to wait.
    port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(port)
    return port


def say(port, line, end=b"OK\r\n"):
    os.write(port, line + b"\r")
    heard, until = b"", time.monotonic() + 10
    while not heard.endswith(end):
        assert select.select([port], [], [], max(0, until - time.monotonic()))[0], heard
        heard += os.read(port, 4096)
    return heard


port = connect(sys.argv[1])
say(port, b"AT+CMUX=0")
try:
    fcntl.ioctl(port, termios.TIOCSETD, struct.pack("i", N_GSM0710))
except OSError as error:
    skip(f"the kernel gives no line discipline N_GSM0710: {error}")

config = list(CONFIG.unpack(fcntl.ioctl(port, GSMIOC_GETCONF, bytes(CONFIG.size))))
config[ENCAPSULATION], config[INITIATOR] = 0, 1
config[MRU] = config[MTU] = 31
fcntl.ioctl(port, GSMIOC_SETCONF, CONFIG.pack(*config))

try:
    (first,) = struct.unpack("I", fcntl.ioctl(port, GSMIOC_GETFIRST, bytes(4)))
except OSError:
    first = 1
names = [f"/dev/gsmtty{first + channel}" for channel in range(2)]
for name in names:
    if not os.path.exists(name):
        skip(f"there is no {name}")
channels = [connect(name) for name in names]
for channel in channels:
    say(channel, b"ATE0")
for channel in channels:
    assert say(channel, b"AT+GMI") == b"\r\nQuectel\r\n\r\nOK\r\n"
