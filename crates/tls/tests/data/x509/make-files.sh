#!/bin/sh
# Makes the files in files/ anew: one key of each kind in every form that hosts upload, and certificates for them.
# Needs OpenSSL 3 with its legacy provider. The keys protect nothing; the password is "secret".
set -eu
cd "$(dirname "$0")/files"
legacy="-provider legacy -provider default"

for kind in rsa1024 rsa2048 rsa8192 p256 p384 p521; do
    case $kind in
        rsa*) openssl genrsa -traditional -out $kind.pkcs1.pem "${kind#rsa}" ;;
        p256) openssl ecparam -genkey -name prime256v1 -out $kind.sec1.pem ;;
        *) openssl ecparam -genkey -noout -name "secp${kind#p}r1" -out $kind.sec1.pem ;;
    esac
    own=$(ls $kind.*1.pem)
    openssl req -x509 -key "$own" -sha256 -days 36500 -subj "/C=CN/O=modemtwin/CN=$kind" -out $kind.crt.pem
done

openssl rsa -in rsa2048.pkcs1.pem -traditional -outform DER -out rsa2048.pkcs1.der
openssl ec -in p384.sec1.pem -outform DER -out p384.sec1.der
openssl x509 -in p256.crt.pem -outform DER -out p256.crt.der
for kind in rsa1024.pkcs1 p256.sec1 p521.sec1; do
    openssl pkcs8 -topk8 -nocrypt -in $kind.pem -out "${kind%.*}.pkcs8.pem"
    openssl pkcs8 -topk8 -nocrypt -in $kind.pem -outform DER -out "${kind%.*}.pkcs8.der"
done

pbes2() { openssl pkcs8 -topk8 -in p256.sec1.pem -passout pass:secret $legacy -v2 "$1" -v2prf "$2" -out "p256.pbes2.$1.$2.pem"; }
pbes2 aes-128-cbc hmacWithSHA1
pbes2 aes-192-cbc hmacWithSHA384
pbes2 aes-256-cbc hmacWithSHA256
pbes2 des3 hmacWithSHA512
pbes2 des-cbc hmacWithSHA1
openssl pkcs8 -topk8 -in rsa1024.pkcs1.pem -passout pass:secret -outform DER -out rsa1024.pbes2.der
for scheme in PBE-MD5-DES PBE-SHA1-DES PBE-SHA1-3DES; do
    openssl pkcs8 -topk8 -in p256.sec1.pem -passout pass:secret $legacy -v1 $scheme -out p256.pbes1.$scheme.pem
done
openssl pkcs8 -topk8 -in p256.sec1.pem -passout pass:secret -scrypt -out p256.scrypt.pem
for cipher in aes128 aes192 aes256 des3 des; do
    openssl ec -in p256.sec1.pem -$cipher -passout pass:secret $legacy -out p256.old.$cipher.pem
done
openssl rsa -in rsa1024.pkcs1.pem -aes256 -traditional -passout pass:secret -out rsa1024.old.aes256.pem

openssl x509 -in p256.crt.pem -addtrust serverAuth -trustout -out p256.trusted.pem
sed 's/CERTIFICATE/X509 CERTIFICATE/' p256.crt.pem > p256.x509.pem
openssl ecparam -genkey -noout -name secp256k1 -out secp256k1.sec1.pem
openssl genpkey -algorithm ed25519 -out ed25519.pkcs8.pem
openssl req -x509 -key ed25519.pkcs8.pem -days 36500 -subj "/CN=ed25519" -out ed25519.crt.pem
openssl genrsa -traditional -out rsa512.pkcs1.pem 512
openssl req -x509 -key rsa512.pkcs1.pem -sha256 -days 36500 -subj "/CN=rsa512" -out rsa512.crt.pem
openssl ec -in p256.sec1.pem -pubout -out p256.public.pem
