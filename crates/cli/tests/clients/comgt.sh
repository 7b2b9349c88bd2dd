#!/bin/sh
# A whole session by comgt: sh comgt.sh MODEM CA-FILE SERVER-PORT
set -eu
modem=$1 ca=$2 port=$3
script=$(mktemp)
trap 'rm -f "$script"' EXIT

# say TEXT EXPECTED: a `send` and its `waitfor`.
say() {
    printf 'send "%s"\nwaitfor 10 "%s"\nif %% <> 0 goto failed\n' "$1" "$2"
}
# ask TEXT EXPECTED: the same for what is answered with more than OK.
ask() {
    say "$1" "$2"
    printf 'waitfor 10 "OK"\nif %% <> 0 goto failed\n'
}
# A quote inside a string of comgt.
q=$(printf "\042")
{
    echo "open com $modem"
    echo 'set com 115200n81'
    say 'ATE0^m' OK
    ask 'ATI^m' 'Revision: '
    say 'AT+CGMM^m' OK
    ask 'AT+CPIN?^m' 'READY'
    ask 'AT+CREG?^m' '0,1'
    say "AT+QICSGP=1,1,\\${q}cmnet\\${q}^m" OK
    say 'AT+QIACT=1^m' OK
    say "AT+QFUPL=\\${q}ca.pem\\${q},$(wc -c <"$ca")^m" CONNECT
    while IFS= read -r line; do
        printf 'send "%s^j"\n' "$line"
    done <"$ca"
    printf 'waitfor 10 "QFUPL: "\nif %% <> 0 goto failed\nwaitfor 10 "OK"\n'
    say "AT+QSSLCFG=\\${q}sslversion\\${q},1,3^m" OK
    say "AT+QSSLCFG=\\${q}seclevel\\${q},1,1^m" OK
    say "AT+QSSLCFG=\\${q}cacert\\${q},1,\\${q}ca.pem\\${q}^m" OK
    say "AT+QSSLOPEN=1,1,4,\\${q}127.0.0.1\\${q},$port,0^m" 'QSSLOPEN: 4,0'
    say 'AT+QSSLSEND=4,11^m' '> '
    say 'hello comgt' 'recv'
    ask 'AT+QSSLRECV=4,1500^m' 'hello comgt'
    say 'AT+QSSLCLOSE=4^m' OK
    say 'AT+QIDEACT=1^m' OK
    printf 'exit 0\n:failed\nprint "failed\\n"\nexit 1\n'
} >"$script"
exec comgt -s "$script"
