#include "crypto/tls_names.h" /* first, as in algorithm.h */

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#define HOST_LEN_MAX 253

static void names_freep(GENERAL_NAMES **names)
{
        GENERAL_NAMES_free(*names);
}

/* 4 or 16 bytes of an address; 0 when the text is none. */
static int address_bytes(const char *text, uint8_t bytes[16])
{
        if (inet_pton(AF_INET, text, bytes) == 1)
                return 4;
        return inet_pton(AF_INET6, text, bytes) == 1 ? 16 : 0;
}

static bool is_host_name(struct str name)
{
        for (struct str rest = str_starts(name, STR("*.")) ? str_from(name, 2) : name, label;
             str_cut(&rest, '.', &label);) {
                if (label.len == 0 || label.len > 63 || label.ptr[0] == '-' ||
                    label.ptr[label.len - 1] == '-')
                        return false;
                for (size_t i = 0; i < label.len; i++) {
                        char c = label.ptr[i];

                        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '-' || c == '_'))
                                return false;
                }
        }
        return true;
}

static int push_name(GENERAL_NAMES *names, int type, const void *bytes, int len)
{
        GENERAL_NAME *name = GENERAL_NAME_new();
        ASN1_STRING *value = type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

        if (!name || !value || ASN1_STRING_set(value, bytes, len) != 1) {
                GENERAL_NAME_free(name);
                ASN1_STRING_free(value);
                return -ENOMEM;
        }
        GENERAL_NAME_set0_value(name, type, value);
        if (sk_GENERAL_NAME_push(names, name) > 0)
                return 0;
        GENERAL_NAME_free(name);
        return -ENOMEM;
}

static int add_name(GENERAL_NAMES *names, struct str name)
{
        char text[HOST_LEN_MAX + 1];
        uint8_t address[16];
        int len;

        if (name.len == 0 || str_to_buffer(name, text, sizeof(text)) < 0)
                return -EINVAL;
        len = address_bytes(text, address);
        if (len)
                return push_name(names, GEN_IPADD, address, len);
        return is_host_name(name) ? push_name(names, GEN_DNS, text, (int)name.len) : -EINVAL;
}

int tls_set_names(X509 *certificate, const struct str *further, size_t count)
{
        static const struct str ALWAYS[] = {STR_INIT("localhost"), STR_INIT("127.0.0.1"), STR_INIT("::1")};
        _cleanup_(names_freep) GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();

        if (!names)
                return -ENOMEM;
        for (size_t i = 0; i < ARRAY_LEN(ALWAYS); i++)
                TRY(add_name(names, ALWAYS[i]));
        for (size_t i = 0; i < count; i++)
                TRY(add_name(names, further[i]));
        if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) != 1)
                return -EIO;
        return 0;
}
