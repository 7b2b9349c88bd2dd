"""A whole session by pyserial: python pyserial_session.py MODEM CA-FILE SERVER-PORT"""
import sys
import serial

MODEM, CA_FILE, PORT = sys.argv[1:]
CA = open(CA_FILE, "rb").read()
port = serial.Serial(MODEM, 115200, timeout=10)


def until(end):
    """Everything up to `end`, which has to come."""
    heard = port.read_until(end)
    assert heard.endswith(end), heard
    return heard


def command(line, end=b"\r\nOK\r\n"):
    port.write(line.encode() + b"\r")
    return until(end)


assert b"Quectel\r\n" in command("ATI")
command("ATE0")
assert command("AT+CGSN").strip()[:15].isdigit()
assert b"+CPIN: READY" in command("AT+CPIN?")
assert b"+CEREG: 0,1" in command("AT+CEREG?")
command('AT+QICSGP=1,1,"cmnet","","",0')
command("AT+QIACT=1")
assert b'"10.' in command("AT+CGPADDR=1")
command(f'AT+QFUPL="ca.pem",{len(CA)}', b"\r\nCONNECT\r\n")
port.write(CA)
assert f"+QFUPL: {len(CA)},".encode() in until(b"\r\nOK\r\n")
command('AT+QSSLCFG="sslversion",1,3')
command('AT+QSSLCFG="ciphersuite",1,0XFFFF')
command('AT+QSSLCFG="seclevel",1,1')
command('AT+QSSLCFG="cacert",1,"UFS:ca.pem"')
command(f'AT+QSSLOPEN=1,1,4,"127.0.0.1",{PORT},0', b"\r\n+QSSLOPEN: 4,0\r\n")
for length in (1, 16, 1460):
    data = bytes(i % 251 for i in range(length))
    command(f"AT+QSSLSEND=4,{length}", b"> ")
    port.write(data)
    heard = until(b'+QSSLURC: "recv",4\r\n')
    assert b"SEND OK" in heard, heard
    back = b""
    while len(back) < length:
        answer = command("AT+QSSLRECV=4,1500")
        header, _, rest = answer.lstrip(b"\r\n").partition(b"\r\n")
        if header.startswith(b"+QSSLURC"):
            header, _, rest = rest.lstrip(b"\r\n").partition(b"\r\n")
        count = int(header.split(b": ")[1])
        back += rest[:count]
    assert back == data
command("AT+QSSLCLOSE=4")
assert command("AT+QSSLSTATE") == b"\r\nOK\r\n"
command("AT+QIDEACT=1")
