import java.io.*;
import java.net.InetAddress;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.cert.Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.net.ssl.*;

/**
 * An echo server with every protocol and every suite that JSSE has, the disabled ones switched on.
 *
 * <p>Its arguments are a folder and the names of identities in it: {@code NAME.pem} is a chain, {@code NAME.key} its
 * PKCS#8 key, {@code roots.pem} whom clients have to come from. For each identity it listens twice, the second time for
 * clients with a certificate only, and prints {@code NAME false PORT} and {@code NAME true PORT}. It ends with its
 * standard input.
 */
public class JsseServer {
    public static void main(String[] args) throws Exception {
        for (String name : List.of("jdk.tls.disabledAlgorithms", "jdk.certpath.disabledAlgorithms",
                "jdk.tls.legacyAlgorithms")) {
            Security.setProperty(name, "");
        }
        Path folder = Path.of(args[0]);
        TrustManager[] trust = trust(certificates(folder.resolve("roots.pem")));
        for (String name : List.of(args).subList(1, args.length)) {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(folder, name), trust, null);
            for (boolean asks : new boolean[] {false, true}) {
                SSLServerSocket socket = listen(context, asks);
                System.out.println(name + " " + asks + " " + socket.getLocalPort());
                daemon(() -> accept(socket));
            }
        }
        while (System.in.read() >= 0) {
        }
    }

    static SSLServerSocket listen(SSLContext context, boolean asks) throws IOException {
        SSLServerSocket socket = (SSLServerSocket) context.getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        socket.setEnabledProtocols(new String[] {"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"});
        // Suites without encryption or authentication are supported too, but no client here offers them.
        socket.setEnabledCipherSuites(socket.getSupportedCipherSuites());
        socket.setNeedClientAuth(asks);
        return socket;
    }

    static void accept(SSLServerSocket listener) {
        try {
            while (true) {
                SSLSocket socket = (SSLSocket) listener.accept();
                daemon(() -> echo(socket));
            }
        } catch (IOException e) {
            e.printStackTrace();
        }
    }

    static void echo(SSLSocket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] buffer = new byte[1 << 16];
            for (int n; (n = in.read(buffer)) >= 0;) {
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    static KeyManager[] keys(Path folder, String name) throws GeneralSecurityException, IOException {
        Certificate[] chain = certificates(folder.resolve(name + ".pem")).toArray(new Certificate[0]);
        String pem = Files.readString(folder.resolve(name + ".key")).replaceAll("-----[^-]*-----", "");
        PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem));
        PrivateKey key = KeyFactory.getInstance(chain[0].getPublicKey().getAlgorithm()).generatePrivate(encoded);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(name, key, new char[0], chain);
        KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    static TrustManager[] trust(Collection<? extends Certificate> roots) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (Certificate root : roots) {
            store.setCertificateEntry("root" + store.size(), root);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return factory.getTrustManagers();
    }

    static Collection<? extends Certificate> certificates(Path file) throws CertificateException, IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
    }

    static void daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }
}
