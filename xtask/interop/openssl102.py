"""An echo server over the shared libraries of OpenSSL 1.0.2, with everything that they have.

Its arguments are the folder of libssl and libcrypto, a folder and the names of identities in it: NAME.pem is a chain,
NAME.key its key, roots.pem whom clients have to come from. For each identity it listens twice, the second time for
clients with a certificate only, and prints "NAME false PORT" and "NAME true PORT". It serves one connection at a time,
and ends with its standard input. With --no-tickets before all that, it keeps the sessions itself.
"""

import ctypes
import glob
import select
import socket
import sys

PEM = 1
VERIFY_PEER_AND_FAIL_WITHOUT = 3
SET_ECDH_AUTO, SET_CURVES_LIST = 94, 92
OPTIONS, NO_TICKET = 32, 0x4000


def library(folder, name):
    (path,) = glob.glob(f"{folder}/{name}-*")
    return ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)


class Library:
    """The functions of libssl, whose pointers are as wide as pointers."""

    def __init__(self, folder):
        library(folder, "libcrypto")
        self.ssl = library(folder, "libssl")
        self.ssl.SSL_library_init()

    def __getattr__(self, name):
        function = getattr(self.ssl, name)
        if name.endswith(("_method", "_new", "_file")) and "_use_" not in name:
            function.restype = ctypes.c_void_p

        def call(*arguments):
            wide = [ctypes.c_void_p(a) if isinstance(a, int) and a > 1 << 31 else a for a in arguments]
            return function(*wide)

        return call


def context(lib, folder, name, asks, tickets):
    context = lib.SSL_CTX_new(lib.SSLv23_server_method())
    chain, key, roots = (f"{folder}/{file}".encode() for file in (f"{name}.pem", f"{name}.key", "roots.pem"))
    done = [
        lib.SSL_CTX_set_cipher_list(context, b"ALL:COMPLEMENTOFALL"),
        lib.SSL_CTX_use_certificate_chain_file(context, chain),
        lib.SSL_CTX_use_PrivateKey_file(context, key, PEM),
        lib.SSL_CTX_load_verify_locations(context, roots, None),
        lib.SSL_CTX_set_session_id_context(context, b"echo", 4),
        lib.SSL_CTX_ctrl(context, SET_ECDH_AUTO, 1, None),
        lib.SSL_CTX_ctrl(context, SET_CURVES_LIST, 0, b"P-256"),
    ]
    if not all(done):
        sys.exit(f"{name}: {done}")
    if not tickets:
        lib.SSL_CTX_ctrl(context, OPTIONS, NO_TICKET, None)
    if asks:
        lib.SSL_CTX_set_verify(context, VERIFY_PEER_AND_FAIL_WITHOUT, None)
        lib.SSL_CTX_set_client_CA_list(context, lib.SSL_load_client_CA_file(roots))
    return context


def echo(lib, context, connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ssl = lib.SSL_new(context)
    lib.SSL_set_fd(ssl, connection.fileno())
    buffer = ctypes.create_string_buffer(1 << 16)
    if lib.SSL_accept(ssl) == 1:
        while (n := lib.SSL_read(ssl, buffer, len(buffer))) > 0:
            lib.SSL_write(ssl, buffer, n)
        lib.SSL_shutdown(ssl)
    lib.SSL_free(ssl)
    connection.close()


def main():
    arguments = sys.argv[1:]
    tickets = arguments[0] != "--no-tickets"
    libraries, folder, *names = arguments if tickets else arguments[1:]
    lib = Library(libraries)
    contexts = {}
    for name in names:
        for asks in (False, True):
            listener = socket.create_server(("127.0.0.1", 0))
            contexts[listener] = context(lib, folder, name, asks, tickets)
            print(name, str(asks).lower(), listener.getsockname()[1], flush=True)
    while True:
        ready, _, _ = select.select([sys.stdin, *contexts], [], [])
        for listener in ready:
            if listener is sys.stdin:
                return
            connection, _ = listener.accept()
            echo(lib, contexts[listener], connection)


main()
