#include <openssl/pem.h> /* first, as in crypto/algorithm.h */
#include <openssl/x509v3.h>

#include "crypto/tls_cert.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct arena arena;
static struct tls_identity ca, server;
static X509 *ca_certificate, *server_certificate;
static struct tls_validity validity;

static X509 *parse(struct str pem)
{
        BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
        X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

        (void)BIO_free(bio);
        return certificate;
}

static int set_up(void **state)
{
        static const struct str NAMES[] = {STR_INIT("merlon.example"), STR_INIT("*.s3.merlon.example"),
                                           STR_INIT("192.0.2.7"), STR_INIT("2001:db8::7")};

        (void)state;
        arena_init(&arena, (size_t)1 << 20);
        validity.from_ms = clock_wall_ms() / MS_PER_S * MS_PER_S - 60 * MS_PER_S;
        validity.until_ms = validity.from_ms + 365 * MS_PER_DAY;
        if (tls_make_ca(validity, &arena, &ca) < 0 ||
            tls_make_server(&ca, NAMES, ARRAY_LEN(NAMES), validity, &arena, &server) < 0)
                return -1;
        ca_certificate = parse(ca.certificate);
        server_certificate = parse(server.certificate);
        return ca_certificate && server_certificate ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        X509_free(ca_certificate);
        X509_free(server_certificate);
        tls_identity_done(&ca);
        tls_identity_done(&server);
        arena_done(&arena);
        return 0;
}

static void test_chain_verifies(void **state)
{
        X509_STORE *store = X509_STORE_new();
        X509_STORE_CTX *context = X509_STORE_CTX_new();

        (void)state;
        assert_int_equal(X509_STORE_add_cert(store, ca_certificate), 1);
        assert_int_equal(X509_STORE_CTX_init(context, store, server_certificate, NULL), 1);
        assert_int_equal(X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER), 1);
        assert_int_equal(X509_verify_cert(context), 1);
        X509_STORE_CTX_free(context);
        X509_STORE_free(store);
}

static void test_names(void **state)
{
        (void)state;
        assert_int_equal(X509_check_host(server_certificate, "localhost", 0, 0, NULL), 1);
        assert_int_equal(X509_check_host(server_certificate, "merlon.example", 0, 0, NULL), 1);
        assert_int_equal(X509_check_host(server_certificate, "bucket.s3.merlon.example", 0, 0, NULL), 1);
        assert_int_equal(X509_check_host(server_certificate, "other.example", 0, 0, NULL), 0);
        assert_int_equal(X509_check_ip_asc(server_certificate, "127.0.0.1", 0), 1);
        assert_int_equal(X509_check_ip_asc(server_certificate, "::1", 0), 1);
        assert_int_equal(X509_check_ip_asc(server_certificate, "192.0.2.7", 0), 1);
        assert_int_equal(X509_check_ip_asc(server_certificate, "2001:db8::7", 0), 1);
        assert_int_equal(X509_check_ip_asc(server_certificate, "192.0.2.8", 0), 0);
}

static void test_kinds(void **state)
{
        int64_t end;

        (void)state;
        assert_int_equal(X509_check_ca(ca_certificate), 1);
        assert_int_equal(X509_check_ca(server_certificate), 0);
        assert_int_equal(tls_certificate_end(server.certificate, &end), 0);
        assert_int_equal(end, validity.until_ms);
        assert_int_equal(tls_certificate_end(STR("nothing"), &end), -EBADMSG);
}

static void test_key_belongs_to_certificate(void **state)
{
        BIO *bio = BIO_new_mem_buf(server.key.bytes, (int)server.key.len);
        EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

        (void)state;
        assert_non_null(key);
        assert_int_equal(X509_check_private_key(server_certificate, key), 1);
        EVP_PKEY_free(key);
        (void)BIO_free(bio);
}

static void test_bad_input(void **state)
{
        static const struct str BAD[] = {STR_INIT(""),
                                         STR_INIT("a b"),
                                         STR_INIT("a..b"),
                                         STR_INIT("-a"),
                                         STR_INIT("a,DNS:evil.example"),
                                         STR_INIT("*")};
        struct tls_identity made = {}, broken = ca;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                assert_int_equal(tls_make_server(&ca, &BAD[i], 1, validity, &arena, &made), -EINVAL);
        broken.certificate = STR("-----BEGIN NOTHING-----");
        assert_int_equal(tls_make_server(&broken, NULL, 0, validity, &arena, &made), -EINVAL);
        assert_int_equal(tls_make_ca((struct tls_validity){5000, 5000}, &arena, &made), -EINVAL);
}

static void of_a_signer(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        struct str pem;
        X509 *certificate;

        (void)state;
        assert_int_equal(key_pair_make(KEY_RSA_2048, &pair), 0);
        assert_int_equal(tls_make_signer(pair, "sns.amazonaws.com", validity, &arena, &pem), 0);
        certificate = parse(pem);
        assert_non_null(certificate);
        assert_int_equal(X509_verify(certificate, X509_get0_pubkey(certificate)), 1);
        assert_int_equal(X509_check_host(certificate, "sns.amazonaws.com", 0, 0, NULL), 1);
        assert_int_equal(X509_check_ca(certificate), 0);
        X509_free(certificate);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(of_a_signer),
                cmocka_unit_test(test_chain_verifies),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_key_belongs_to_certificate),
                cmocka_unit_test(test_bad_input),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
