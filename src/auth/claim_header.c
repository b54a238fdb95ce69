/* The header form: Authorization: AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=... */
#include "auth/claim.h"

#include "base/text.h"
#include "crypto/hash.h"

static void take_part(struct authorization *ret, struct str part)
{
        ptrdiff_t equals = str_find_byte(part, '=');
        struct {
                struct str name;
                struct str *value;
        } known[] = {
                {STR("Credential"), &ret->credential},
                {STR("SignedHeaders"), &ret->signed_headers},
                {STR("Signature"), &ret->signature},
        };

        if (equals < 0) {
                ret->malformed = part;
                return;
        }
        for (size_t i = 0; i < ARRAY_LEN(known); i++) {
                if (!str_eq(str_part(part, 0, (size_t)equals), known[i].name))
                        continue;
                if (str_is_set(*known[i].value))
                        ret->malformed = part;
                *known[i].value = str_from(part, (size_t)equals + 1);
        }
}

void authorization_split(struct str header, struct authorization *ret)
{
        ptrdiff_t space = str_find_byte(header, ' ');

        *ret = (struct authorization){.algorithm = header};
        if (space < 0)
                return;
        ret->algorithm = str_part(header, 0, (size_t)space);
        for (struct str rest = str_trim(str_from(header, (size_t)space + 1)), part;
             str_cut(&rest, ',', &part);) {
                part = str_trim(part);
                if (part.len)
                        take_part(ret, part);
        }
}

/* AWS gives the header back only as a hash, since clients put all kinds of secrets there by mistake. */
static struct str hashed(struct check *check, struct str text)
{
        uint8_t digest[SHA256_LEN];

        sha256(text, digest);
        return base64_encode(check->arena, str_make(digest, sizeof(digest)));
}

static int check_complete(struct check *check, const struct authorization *parts, struct str header,
                          bool has_date)
{
        bool no_credential = parts->credential.len == 0, no_signature = parts->signature.len == 0;
        bool no_headers = parts->signed_headers.len == 0;
        struct str hash;

        if (!no_credential && !no_signature && !no_headers && has_date)
                return 0;
        hash = hashed(check, header);
        return refuse(check, AUTH_INCOMPLETE,
                      "%s%s%s%s(Hashed with SHA-256 and encoded with Base64) Authorization=%.*s",
                      no_credential ? "Authorization header requires 'Credential' parameter. " : "",
                      no_signature ? "Authorization header requires 'Signature' parameter. " : "",
                      no_headers ? "Authorization header requires 'SignedHeaders' parameter. " : "",
                      has_date ? ""
                               : "Authorization header requires existence of either a 'X-Amz-Date' or a "
                                 "'Date' header. ",
                      STR_ARG(hash));
}

static int check_parts(struct check *check, const struct authorization *parts)
{
        struct str hash;

        if (!str_is_set(parts->malformed))
                return 0;
        hash = hashed(check, parts->malformed);
        return refuse(check, AUTH_INCOMPLETE,
                      "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with "
                      "SHA-256 and "
                      "encoded with Base64): '%.*s'.",
                      STR_ARG(hash));
}

/* X-Amz-Date goes before Date, which may have any of HTTP's forms: what is signed is the same moment in the
 * basic form. */
static int read_date(struct check *check, struct str amz_date, struct str date)
{
        int64_t ms;

        if (!str_is_set(amz_date) && time_parse(date, &ms) == 0)
                return claim_set_timestamp(check, time_basic(check->arena, ms));
        return claim_set_timestamp(check, str_is_set(amz_date) ? amz_date : date);
}

int claim_read_header(struct check *check, struct str header)
{
        struct claim *claim = &check->claim;
        struct str amz_date = http_header_value(check->request, STR("X-Amz-Date"));
        struct str date = http_header_value(check->request, STR("Date"));
        struct authorization parts;

        authorization_split(header, &parts);
        check->result->signature_version = parts.algorithm;
        TRY(check_parts(check, &parts));
        TRY(check_complete(check, &parts, header, str_is_set(amz_date) || str_is_set(date)));
        TRY(read_date(check, amz_date, date));
        if (!str_eq(parts.algorithm, STR(SIGNING_ALGORITHM)))
                return refuse(check, AUTH_INCOMPLETE, "Unsupported AWS 'algorithm': '%.*s'.",
                              SHOWN_ARG(parts.algorithm));
        claim->signed_headers = parts.signed_headers;
        claim->signature = parts.signature;
        claim->token = http_header_value(check->request, STR("X-Amz-Security-Token"));
        claim->payload_hash = http_header_value(check->request, STR("X-Amz-Content-Sha256"));
        return claim_split_credential(check, parts.credential);
}
