import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Prints records.txt: protected records of every format, made from a master secret by the RFCs alone, with the
 * primitives of the Java platform. It shares nothing with the client but the texts.
 *
 * <p>{@code java RecordVectors.java > records.txt}
 */
public class RecordVectors {
    enum Bulk { RC4, DES3, AES128, AES256, GCM128, GCM256 }

    record Suite(int code, Bulk bulk, String hash, String prf, int oldest) {
        int keyLen() {
            return switch (bulk) {
                case RC4, AES128, GCM128 -> 16;
                case DES3 -> 24;
                case AES256, GCM256 -> 32;
            };
        }

        int block() {
            return switch (bulk) {
                case DES3 -> 8;
                case AES128, AES256 -> 16;
                case RC4, GCM128, GCM256 -> 0;
            };
        }

        boolean gcm() {
            return bulk == Bulk.GCM128 || bulk == Bulk.GCM256;
        }

        int macLen() throws GeneralSecurityException {
            return gcm() ? 0 : MessageDigest.getInstance(hash).getDigestLength();
        }
    }

    static final Suite[] SUITES = {
        new Suite(0x0004, Bulk.RC4, "MD5", "SHA-256", 0x0300),
        new Suite(0x0005, Bulk.RC4, "SHA-1", "SHA-256", 0x0300),
        new Suite(0x000A, Bulk.DES3, "SHA-1", "SHA-256", 0x0300),
        new Suite(0x002F, Bulk.AES128, "SHA-1", "SHA-256", 0x0300),
        new Suite(0x0035, Bulk.AES256, "SHA-1", "SHA-256", 0x0300),
        new Suite(0xC027, Bulk.AES128, "SHA-256", "SHA-256", 0x0303),
        new Suite(0x003D, Bulk.AES256, "SHA-256", "SHA-256", 0x0303),
        new Suite(0xC028, Bulk.AES256, "SHA-384", "SHA-384", 0x0303),
        new Suite(0xC02F, Bulk.GCM128, null, "SHA-256", 0x0303),
        new Suite(0xC030, Bulk.GCM256, null, "SHA-384", 0x0303),
    };

    static final byte[] MASTER = sequence(0x40, 48);
    static final byte[] CLIENT = sequence(0x80, 32);
    static final byte[] SERVER = sequence(0xC0, 32);

    public static void main(String[] args) throws Exception {
        System.out.println("# Made by RecordVectors.java: VERSION SUITE [etm], then for each record of the client (>)");
        System.out.println("# or server (<) its type and content, and the record.");
        System.out.println("master " + hex(MASTER) + "\nclient " + hex(CLIENT) + "\nserver " + hex(SERVER));
        for (int version = 0x0300; version <= 0x0303; version++) {
            for (Suite suite : SUITES) {
                for (boolean etm : new boolean[] {false, true}) {
                    if (version >= suite.oldest && (!etm || version > 0x0300 && suite.block() > 0)) {
                        print(version, suite, etm);
                    }
                }
            }
        }
    }

    static void print(int version, Suite suite, boolean etm) throws Exception {
        System.out.printf("%04x %04x%s%n", version, suite.code, etm ? " etm" : "");
        int mac = suite.macLen(), key = suite.keyLen(), iv = suite.gcm() ? 4 : suite.block();
        byte[] block = keyBlock(version, suite, 2 * (mac + key + iv));
        for (int side = 0; side < 2; side++) {
            byte[] macKey = Arrays.copyOfRange(block, side * mac, (side + 1) * mac);
            int keys = 2 * mac + side * key, vectors = 2 * (mac + key) + side * iv;
            byte[] cipherKey = Arrays.copyOfRange(block, keys, keys + key);
            byte[] vector = Arrays.copyOfRange(block, vectors, vectors + iv);
            Direction direction = new Direction(version, suite, etm, macKey, cipherKey, vector);
            // A client chooses its explicit vectors at random, so only what it receives can be written down.
            boolean random = suite.block() > 0 && version >= 0x0302;
            String sign = side == 0 ? ">" : "<";
            if (side == 1 || !random) {
                int longest = side == 1 && version > 0x0300 ? 255 : 0;
                direction.print(sign, 22, sequence(0, 16), 0);
                direction.print(sign, 23, sequence(1, 1), 0);
                direction.print(sign, 23, sequence(2, 37), longest);
                direction.print(sign, 21, new byte[] {1, 0}, 0);
            }
        }
    }

    static class Direction {
        final int version;
        final Suite suite;
        final boolean etm;
        final byte[] macKey;
        final SecretKeySpec key;
        byte[] vector;
        long sequence = 0;
        Cipher rc4;

        Direction(int version, Suite suite, boolean etm, byte[] macKey, byte[] key, byte[] vector) throws Exception {
            this.version = version;
            this.suite = suite;
            this.etm = etm;
            this.macKey = macKey;
            this.vector = vector;
            String algorithm = suite.bulk == Bulk.RC4 ? "ARCFOUR" : suite.bulk == Bulk.DES3 ? "DESede" : "AES";
            this.key = new SecretKeySpec(key, algorithm);
            if (suite.bulk == Bulk.RC4) {
                rc4 = Cipher.getInstance("ARCFOUR");
                rc4.init(Cipher.ENCRYPT_MODE, this.key);
            }
        }

        void print(String sign, int type, byte[] content, int longest) throws Exception {
            byte[] fragment = protect(type, content, longest);
            byte[] header = {(byte) type, (byte) (version >> 8), (byte) version, 0, (byte) fragment.length};
            header[3] = (byte) (fragment.length >> 8);
            System.out.println(sign + " " + type + " " + hex(content) + " " + hex(join(header, fragment)));
            sequence++;
        }

        byte[] protect(int type, byte[] content, int longest) throws Exception {
            if (suite.gcm()) {
                Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
                byte[] explicit = number(sequence, 8);
                gcm.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, join(vector, explicit)));
                gcm.updateAAD(pseudoHeader(type, content.length));
                return join(explicit, gcm.doFinal(content));
            }
            if (suite.bulk == Bulk.RC4) {
                return rc4.update(join(content, mac(type, content)));
            }
            if (etm) {
                byte[] encrypted = encrypt(pad(content, longest));
                return join(encrypted, mac(type, encrypted));
            }
            return encrypt(pad(join(content, mac(type, content)), longest));
        }

        byte[] pad(byte[] inner, int longest) {
            int padding = suite.block() - 1 - inner.length % suite.block();
            while (padding + suite.block() <= longest) {
                padding += suite.block();
            }
            byte[] bytes = new byte[padding + 1];
            Arrays.fill(bytes, (byte) padding);
            return join(inner, bytes);
        }

        byte[] encrypt(byte[] padded) throws Exception {
            byte[] first = {};
            if (version >= 0x0302) {
                first = vector = sequence((int) (0x11 + sequence), suite.block());
            }
            Cipher cbc = Cipher.getInstance(suite.bulk == Bulk.DES3 ? "DESede/CBC/NoPadding" : "AES/CBC/NoPadding");
            cbc.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(vector));
            byte[] encrypted = cbc.doFinal(padded);
            vector = Arrays.copyOfRange(encrypted, encrypted.length - suite.block(), encrypted.length);
            return join(first, encrypted);
        }

        /** RFC 6101 5.2.3.1, RFC 5246 6.2.3.1. */
        byte[] mac(int type, byte[] data) throws Exception {
            byte[] header = pseudoHeader(type, data.length);
            if (version > 0x0300) {
                return hmac(suite.hash, macKey, join(header, data));
            }
            MessageDigest hash = MessageDigest.getInstance(suite.hash);
            byte[] pad = new byte[suite.hash.equals("MD5") ? 48 : 40];
            Arrays.fill(pad, (byte) 0x36);
            byte[] inner = hash.digest(join(macKey, pad, header, data));
            Arrays.fill(pad, (byte) 0x5c);
            return hash.digest(join(macKey, pad, inner));
        }

        byte[] pseudoHeader(int type, int len) {
            byte[] version = this.version > 0x0300 ? number(this.version, 2) : new byte[0];
            return join(number(sequence, 8), new byte[] {(byte) type}, version, number(len, 2));
        }
    }

    /** RFC 6101 6.2.2, RFC 2246 5 and 6.3, RFC 5246 5. */
    static byte[] keyBlock(int version, Suite suite, int len) throws Exception {
        byte[] seed = join(SERVER, CLIENT);
        if (version == 0x0300) {
            byte[] block = {};
            for (int i = 0; block.length < len; i++) {
                byte[] letters = new byte[i + 1];
                Arrays.fill(letters, (byte) ('A' + i));
                byte[] inner = MessageDigest.getInstance("SHA-1").digest(join(letters, MASTER, seed));
                block = join(block, MessageDigest.getInstance("MD5").digest(join(MASTER, inner)));
            }
            return Arrays.copyOf(block, len);
        }
        seed = join("key expansion".getBytes(), seed);
        if (version == 0x0303) {
            return expand(suite.prf, MASTER, seed, len);
        }
        byte[] block = expand("MD5", Arrays.copyOf(MASTER, 24), seed, len);
        byte[] other = expand("SHA-1", Arrays.copyOfRange(MASTER, 24, 48), seed, len);
        for (int i = 0; i < len; i++) {
            block[i] ^= other[i];
        }
        return block;
    }

    static byte[] expand(String hash, byte[] secret, byte[] seed, int len) throws Exception {
        byte[] out = {}, a = seed;
        while (out.length < len) {
            a = hmac(hash, secret, a);
            out = join(out, hmac(hash, secret, join(a, seed)));
        }
        return Arrays.copyOf(out, len);
    }

    static byte[] hmac(String hash, byte[] key, byte[] data) throws Exception {
        Mac mac = Mac.getInstance("Hmac" + hash.replace("-", ""));
        mac.init(new SecretKeySpec(key, "RAW"));
        return mac.doFinal(data);
    }

    static byte[] sequence(int from, int len) {
        byte[] bytes = new byte[len];
        for (int i = 0; i < len; i++) {
            bytes[i] = (byte) (from + i);
        }
        return bytes;
    }

    static byte[] number(long value, int len) {
        byte[] bytes = new byte[len];
        for (int i = len - 1; i >= 0; i--, value >>= 8) {
            bytes[i] = (byte) value;
        }
        return bytes;
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
