"""The openssl command: a second opinion on every key, signature and ciphertext. Keys are DER, as bytes, throughout:
private ones PKCS #8, public ones SubjectPublicKeyInfo."""
import itertools
import subprocess

from harness.environment import clean_environment

CURVES = {"ECC_NIST_P256": "P-256", "ECC_NIST_P384": "P-384", "ECC_NIST_P521": "P-521",
          "ECC_SECG_P256K1": "secp256k1"}


def oaep(digest):
    return ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", f"rsa_oaep_md:{digest}", "-pkeyopt",
            f"rsa_mgf1_md:{digest}"]


class OpenSSL:
    """Works in a folder of the test's own."""

    def __init__(self, folder):
        self.folder, self._numbers = folder, itertools.count(1)
        folder.mkdir(parents=True, exist_ok=True)

    def file(self, data):
        path = self.folder / f"file-{next(self._numbers)}"
        path.write_bytes(data)
        return str(path)

    def try_run(self, *arguments, data=b""):
        """The finished process, whatever its status."""
        return subprocess.run(["openssl", *arguments], input=data, capture_output=True, timeout=120, cwd=self.folder,
                              env=clean_environment(self.folder))

    def run(self, *arguments, data=b""):
        """What it wrote to stdout."""
        done = self.try_run(*arguments, data=data)
        assert done.returncode == 0, f"openssl {' '.join(arguments)}: {done.stderr.decode(errors='replace')}"
        return done.stdout

    # -- Keys
    def private_key(self, spec, *options):
        """A fresh one of a KMS key spec; options go to genpkey."""
        if spec.startswith("RSA_"):
            kind = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{spec.removeprefix('RSA_')}"]
        elif spec == "ECC_NIST_EDWARDS25519":
            kind = ["-algorithm", "ED25519"]
        else:
            kind = ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{CURVES[spec]}"]
        return self.pkcs8(self.run("genpkey", *kind, *options))

    def pkcs8(self, pem, *options):
        return self.run("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", *options, data=pem)

    def public_of(self, private):
        return self.run("pkey", "-inform", "DER", "-pubout", "-outform", "DER", data=private)

    def private_numbers(self, private):
        """{name: number} of what `pkey -text` tells of a private key, the public parts too."""
        numbers, name = {}, None
        for line in self.run("pkey", "-inform", "DER", "-text", "-noout", data=private).decode().splitlines():
            if line.startswith("    ") and name:
                numbers[name] += line.strip().replace(":", "")
            elif line.endswith(":"):
                name = line.rstrip(":")
                numbers[name] = ""
            else:
                name = None
        return {name: bytes.fromhex(digits) for name, digits in numbers.items() if digits}

    # -- Signatures, by KMS's names of algorithms
    @staticmethod
    def _signing(algorithm):
        """The digest's name, and the options that make the scheme."""
        digest = "sha" + algorithm.rsplit("_", 1)[-1]
        if "_PSS_" in algorithm:
            return digest, ["rsa_padding_mode:pss", "rsa_pss_saltlen:digest"]
        if "_PKCS1_" in algorithm:
            return digest, ["rsa_padding_mode:pkcs1"]
        return digest, []

    def sign(self, private, algorithm, message):
        key = self.file(private)
        if algorithm == "ED25519_SHA_512":
            return self.run("pkeyutl", "-sign", "-inkey", key, "-keyform", "DER", "-rawin", "-in", self.file(message))
        digest, options = self._signing(algorithm)
        words = [word for option in options for word in ("-sigopt", option)]
        return self.run("dgst", f"-{digest}", "-sign", key, "-keyform", "DER", *words, self.file(message))

    def verifies(self, public, algorithm, message, signature):
        key, file = self.file(public), self.file(signature)
        if algorithm == "ED25519_SHA_512":
            done = self.try_run("pkeyutl", "-verify", "-pubin", "-inkey", key, "-keyform", "DER", "-rawin", "-in",
                                self.file(message), "-sigfile", file)
        else:
            digest, options = self._signing(algorithm)
            words = [word for option in options for word in ("-sigopt", option)]
            done = self.try_run("dgst", f"-{digest}", "-verify", key, "-keyform", "DER", "-signature", file, *words,
                                self.file(message))
        return done.returncode == 0

    def verifies_digest(self, public, algorithm, digest_bytes, signature):
        digest, options = self._signing(algorithm)
        words = [word for option in [f"digest:{digest}", *options] for word in ("-pkeyopt", option)]
        return self.try_run("pkeyutl", "-verify", "-pubin", "-inkey", self.file(public), "-keyform", "DER", *words, "-in",
                            self.file(digest_bytes), "-sigfile", self.file(signature)).returncode == 0

    # -- Encryption, by the digest of OAEP and its MGF1
    def encrypt(self, public, digest, clear):
        return self.run("pkeyutl", "-encrypt", "-pubin", "-inkey", self.file(public), "-keyform", "DER", *oaep(digest),
                        data=clear)

    def decrypt(self, private, digest, blob):
        return self.run("pkeyutl", "-decrypt", "-inkey", self.file(private), "-keyform", "DER", *oaep(digest), data=blob)

    def derive(self, private, peer_public):
        return self.run("pkeyutl", "-derive", "-inkey", self.file(private), "-keyform", "DER", "-peerkey",
                        self.file(peer_public), "-peerform", "DER")

    def hmac(self, digest, key, message):
        return self.run("dgst", f"-{digest}", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary",
                        self.file(message))

    def wrap(self, aes_key, clear):
        """RFC 5649."""
        return self.run("enc", "-id-aes256-wrap-pad", "-K", aes_key.hex(), "-iv", "A65959A6", "-in", self.file(clear))
