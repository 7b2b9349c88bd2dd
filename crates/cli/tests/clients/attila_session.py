"""A whole session by attila, the AT runtime environment: python attila_session.py MODEM CA-FILE SERVER-PORT"""
import sys
from attila.atre import ATRuntimeEnvironment
from attila.atcommand import ATCommand

MODEM, CA_FILE, PORT = sys.argv[1:]
CA = open(CA_FILE).read()

modem = ATRuntimeEnvironment(abort_on_failure=True)
modem.configure_communicator(MODEM, 115200, 10, "\r\n", rtscts=False, dsrdtr=False)
modem.open_serial()


def say(command, expected="OK", seconds=10):
    """One command; a response without `expected` is an exception."""
    modem.init_session([ATCommand(command, expected, seconds)])
    return modem.exec_next()


say("ATE0")
say("ATI", "Quectel")
say("AT+CGMM", "EC200N")
say("AT+CPIN?", "READY")
say("AT+CREG?", "0,1")
say('AT+QICSGP=1,1,"cmnet"')
say("AT+QIACT=1")
say("AT+QIACT?", "10")
say(f'AT+QFUPL="ca.pem",{len(CA)}', "CONNECT")
say(CA, "QFUPL")
say('AT+QSSLCFG="sslversion",1,3;+QSSLCFG="seclevel",1,1')
say('AT+QSSLCFG="cacert",1,"ca.pem"')
say(f'AT+QSSLOPEN=1,1,4,"127.0.0.1",{PORT},0')
# It drops what comes between its commands, so it asks.
modem = ATRuntimeEnvironment(abort_on_failure=False)
modem.configure_communicator(MODEM, 115200, 10, "\r\n", rtscts=False, dsrdtr=False)
modem.open_serial()


def ask(command, expected):
    """Asks until the answer has `expected` in it."""
    for _ in range(1000):
        answer = say(command, "OK")
        if answer and expected in "\n".join(answer.full_response):
            return
    raise SystemExit(f"{command}: never {expected}")


ask("AT+QSSLSTATE=4", ",2,1,4,0,")
say("AT+QSSLSEND=4,12", ">")
say("hello attila", "SEND OK")
ask("AT+QSSLRECV=4,1500", "hello attila")
say("AT+QSSLCLOSE=4")
say("AT+QIDEACT=1")
modem.close_serial()
