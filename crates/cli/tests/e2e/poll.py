"""A driver on pyserial that reads what a server sends: python poll.py DEVICE HOST PORT [in-a-hurry]"""

import sys

import serial

device, host, port = sys.argv[1:4]
modem = serial.Serial(device, 115200, timeout=30)


def ask(line, end=b"OK\r\n"):
    modem.write(line.encode() + b"\r")
    answer = modem.read_until(end)
    if not answer.endswith(end):
        sys.exit(f"{line}: {answer!r}")
    return answer


ask("ATE0")
# In one write, so that no answer can come in between.
ask("AT+CSQ\rAT+QIACT=1" if "in-a-hurry" in sys.argv else "AT+QIACT=1")
ask(f'AT+QSSLOPEN=1,1,4,"{host}",{port},0', b"+QSSLOPEN: 4,0\r\n")
ask("AT+QSSLSEND=4", b"\r\n> ")
modem.write(b"hello\x1a")
modem.read_until(b'\r\n+QSSLURC: "recv",4\r\n')
answer = ask("AT+QSSLRECV=4,1500")
if b"\r\n+QSSLRECV: 5\r\nhello\r\n" not in answer:
    sys.exit(f"{answer!r}")
ask("AT+QSSLCLOSE=4")
