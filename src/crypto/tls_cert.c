#include <openssl/evp.h> /* first, as in algorithm.h */
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/tls_cert.h"

#include "base/clock.h"
#include "base/ids.h"
#include "crypto/key_pair_inside.h"
#include "crypto/tls_names.h"

#define SERIAL_LEN 16

static void certificate_freep(X509 **certificate)
{
        X509_free(*certificate);
}

static void bio_freep(BIO **bio)
{
        (void)BIO_free(*bio);
}

static int ok(int result)
{
        return result == 1 ? 0 : -EIO;
}

/* -- Out of and into PEM. */

static int write_certificate(X509 *certificate, struct arena *arena, struct str *ret)
{
        _cleanup_(bio_freep) BIO *bio = BIO_new(BIO_s_mem());
        char *bytes;
        long len;

        if (!bio || PEM_write_bio_X509(bio, certificate) != 1)
                return -ENOMEM;
        len = BIO_get_mem_data(bio, &bytes);
        *ret = arena_dup_bytes(arena, bytes, (size_t)len);
        return arena->failed ? -ENOMEM : 0;
}

static int write_key(EVP_PKEY *key, struct secret *ret)
{
        _cleanup_(bio_freep) BIO *bio = BIO_new(BIO_s_secmem());
        char *bytes;
        long len;

        if (!bio || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
                return -ENOMEM;
        len = BIO_get_mem_data(bio, &bytes);
        return secret_copy(ret, str_make(bytes, (size_t)len));
}

static int write_identity(X509 *certificate, EVP_PKEY *key, struct arena *arena, struct tls_identity *ret)
{
        struct tls_identity made = {};

        TRY(write_certificate(certificate, arena, &made.certificate));
        TRY(write_key(key, &made.key));
        *ret = made;
        return 0;
}

static X509 *read_certificate(struct str pem)
{
        _cleanup_(bio_freep) BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);

        return bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
}

static EVP_PKEY *read_key(const struct secret *pem)
{
        _cleanup_(bio_freep) BIO *bio = BIO_new_mem_buf(pem->bytes, (int)pem->len);

        return bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
}

/* -- The parts of a certificate. */

static int set_serial(X509 *certificate)
{
        uint8_t bytes[SERIAL_LEN];
        ASN1_INTEGER *serial = X509_get_serialNumber(certificate);
        BIGNUM *number;
        int r;

        random_fill(bytes, sizeof(bytes));
        bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive, and of a constant length */
        number = BN_bin2bn(bytes, sizeof(bytes), NULL);
        r = number && BN_to_ASN1_INTEGER(number, serial) ? 0 : -ENOMEM;
        BN_free(number);
        return r;
}

static int set_validity(X509 *certificate, struct tls_validity validity)
{
        if (validity.until_ms <= validity.from_ms)
                return -EINVAL;
        if (!ASN1_TIME_set(X509_getm_notBefore(certificate), validity.from_ms / MS_PER_S) ||
            !ASN1_TIME_set(X509_getm_notAfter(certificate), validity.until_ms / MS_PER_S))
                return -EINVAL;
        return 0;
}

static int set_name(X509_NAME *name, const char *common_name)
{
        TRY(ok(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const uint8_t *)"Merlon", -1, -1, 0)));
        return ok(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)common_name, -1, -1,
                                             0));
}

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
        X509V3_CTX context;
        X509_EXTENSION *extension;
        int r;

        X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
        extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
        r = extension && X509_add_ext(certificate, extension, -1) == 1 ? 0 : -EIO;
        X509_EXTENSION_free(extension);
        return r;
}

struct extension {
        int nid;
        const char *value;
};

static int add_extensions(X509 *certificate, X509 *issuer, const struct extension *extensions, size_t count)
{
        for (size_t i = 0; i < count; i++)
                TRY(add_extension(certificate, issuer, extensions[i].nid, extensions[i].value));
        return 0;
}

/* -- The two kinds. */

static int begin(X509 *certificate, EVP_PKEY *key, const char *common_name, struct tls_validity validity)
{
        TRY(ok(X509_set_version(certificate, X509_VERSION_3)));
        TRY(set_serial(certificate));
        TRY(set_validity(certificate, validity));
        TRY(set_name(X509_get_subject_name(certificate), common_name));
        return ok(X509_set_pubkey(certificate, key));
}

static int sign(X509 *certificate, EVP_PKEY *issuer_key)
{
        return X509_sign(certificate, issuer_key, EVP_sha256()) > 0 ? 0 : -EIO;
}

int tls_make_ca(struct tls_validity validity, struct arena *arena, struct tls_identity *ret)
{
        static const struct extension EXTENSIONS[] = {
                {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                {NID_key_usage, "critical,keyCertSign,cRLSign"},
                {NID_subject_key_identifier, "hash"},
        };
        _cleanup_(key_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
        _cleanup_(certificate_freep) X509 *certificate = X509_new();

        if (!key || !certificate)
                return -ENOMEM;
        TRY(begin(certificate, key, "Merlon local CA", validity));
        TRY(ok(X509_set_issuer_name(certificate, X509_get_subject_name(certificate))));
        TRY(add_extensions(certificate, certificate, EXTENSIONS, ARRAY_LEN(EXTENSIONS)));
        TRY(sign(certificate, key));
        return write_identity(certificate, key, arena, ret);
}

int tls_make_server(const struct tls_identity *ca, const struct str *names, size_t name_count,
                    struct tls_validity validity, struct arena *arena, struct tls_identity *ret)
{
        static const struct extension EXTENSIONS[] = {
                {NID_basic_constraints, "critical,CA:FALSE"},
                {NID_key_usage, "critical,digitalSignature"},
                {NID_ext_key_usage, "serverAuth"},
                {NID_subject_key_identifier, "hash"},
                {NID_authority_key_identifier, "keyid:always"},
        };
        _cleanup_(certificate_freep) X509 *issuer = read_certificate(ca->certificate);
        _cleanup_(key_freep) EVP_PKEY *issuer_key = read_key(&ca->key);
        _cleanup_(key_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
        _cleanup_(certificate_freep) X509 *certificate = X509_new();

        if (!issuer || !issuer_key)
                return -EINVAL;
        if (!key || !certificate)
                return -ENOMEM;
        TRY(begin(certificate, key, "localhost", validity));
        TRY(ok(X509_set_issuer_name(certificate, X509_get_subject_name(issuer))));
        TRY(add_extensions(certificate, issuer, EXTENSIONS, ARRAY_LEN(EXTENSIONS)));
        TRY(tls_set_names(certificate, names, name_count));
        TRY(sign(certificate, issuer_key));
        return write_identity(certificate, key, arena, ret);
}

int tls_make_signer(const struct key_pair *pair, const char *name, struct tls_validity validity,
                    struct arena *arena, struct str *ret_certificate)
{
        char alternative[128];
        const struct extension extensions[] = {
                {NID_basic_constraints, "critical,CA:FALSE"},
                {NID_key_usage, "critical,digitalSignature"},
                {NID_subject_key_identifier, "hash"},
                {NID_subject_alt_name, alternative},
        };
        _cleanup_(certificate_freep) X509 *certificate = X509_new();

        if (!certificate)
                return -ENOMEM;
        (void)snprintf(alternative, sizeof(alternative), "DNS:%s", name);
        TRY(begin(certificate, pair->key, name, validity));
        TRY(ok(X509_set_issuer_name(certificate, X509_get_subject_name(certificate))));
        TRY(add_extensions(certificate, certificate, extensions, ARRAY_LEN(extensions)));
        TRY(sign(certificate, pair->key));
        return write_certificate(certificate, arena, ret_certificate);
}

int tls_certificate_end(struct str pem, int64_t *ret_until_ms)
{
        _cleanup_(certificate_freep) X509 *certificate = read_certificate(pem);
        struct tm tm;

        if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
                return -EBADMSG;
        *ret_until_ms = (int64_t)timegm(&tm) * MS_PER_S;
        return 0;
}
