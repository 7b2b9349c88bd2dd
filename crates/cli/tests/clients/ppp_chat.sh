#!/bin/sh
# A whole session by chat of Debian's ppp: sh ppp_chat.sh MODEM CA-FILE SERVER-PORT
# A string of a chat script is short, so the certificate goes line by line; `\c`: no CR behind it.
set -eu
modem=$1 ca=$2 port=$3
script=$(mktemp)
trap 'rm -f "$script"' EXIT
{
    cat <<CHAT
ABORT ERROR
TIMEOUT 10
'' ATE0
OK ATI
'Revision: ' '\c'
OK AT+CGSN
OK AT+CPIN?
'CPIN: READY' '\c'
OK AT+CEREG?
'0,1' '\c'
OK 'AT+QICSGP=1,1,"cmnet"'
OK AT+QIACT=1
OK 'AT+QFUPL="ca.pem",$(wc -c <"$ca")'
CONNECT '\c'
CHAT
    # Chat waits a little behind each string, which the module's 5 s between bytes bear.
    while IFS= read -r line; do
        printf "'' '%s\\\\n\\\\c'\n" "$line"
    done <"$ca"
    cat <<CHAT
'+QFUPL: ' '\c'
OK 'AT+QSSLCFG="sslversion",1,3;+QSSLCFG="seclevel",1,1'
OK 'AT+QSSLCFG="cacert",1,"ca.pem"'
OK 'AT+QSSLOPEN=1,1,4,"127.0.0.1",$port,0'
'+QSSLOPEN: 4,0' AT+QSSLSEND=4,10
'> ' 'hello chat\c'
'recv",4' AT+QSSLRECV=4,1500
'hello chat' '\c'
OK AT+QSSLCLOSE=4
OK AT+QIDEACT=1
OK '\c'
CHAT
} >"$script"
stty -F "$modem" raw -echo
PATH=$PATH:/usr/sbin
chat -e -f "$script" <>"$modem" 1>&0
