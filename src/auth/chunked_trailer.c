#include "auth/chunked_inside.h"

#define SIGNATURE_NAME  "x-amz-trailer-signature"
#define CHECKSUM_PREFIX "x-amz-checksum-"

static bool has_trailers(const struct chunked *chunked)
{
        return chunked->payload != PAYLOAD_CHUNKS;
}

static void lower(char *out, struct str s)
{
        for (size_t i = 0; i < s.len; i++)
                out[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] - 'A' + 'a') : s.ptr[i];
}

/* -- What is announced. */

static bool is_announced(const struct chunked *chunked, struct str name)
{
        struct str rest = str_make(chunked->announced, chunked->announced_len);

        for (struct str one; str_cut(&rest, ',', &one);)
                if (one.len && str_eq(one, name))
                        return true;
        return false;
}

/* S3 takes checksums there and nothing else. */
static int announce(struct chunked *chunked, struct str name)
{
        char *place = chunked->announced + chunked->announced_len;

        if (name.len >= sizeof(chunked->announced) - chunked->announced_len ||
            name.len <= sizeof(CHECKSUM_PREFIX) - 1 || !str_starts_nocase(name, STR(CHECKSUM_PREFIX)))
                return chunked_refuse(chunked, CHUNKED_UNSUPPORTED_TRAILER);
        lower(place, name);
        if (is_announced(chunked, str_make(place, name.len)))
                return chunked_refuse(chunked, CHUNKED_BAD_TRAILER);
        place[name.len] = ',';
        chunked->announced_len += name.len + 1;
        return 0;
}

int chunked_announce(struct chunked *chunked, const struct http_request *request)
{
        for (size_t i = 0; i < request->header_count; i++) {
                struct str rest = request->headers[i].value;

                if (!str_eq_nocase(request->headers[i].name, STR("X-Amz-Trailer")))
                        continue;
                for (struct str name; str_cut(&rest, ',', &name);)
                        TRY(announce(chunked, str_trim(name)));
        }
        if (has_trailers(chunked) != (chunked->announced_len > 0))
                return chunked_refuse(chunked, CHUNKED_BAD_TRAILER);
        return 0;
}

/* -- What comes. */

bool chunked_next_trailer(const struct chunked *chunked, size_t *at, struct str *ret_name,
                          struct str *ret_value)
{
        struct str line, rest = str_from(str_make(chunked->trailers, chunked->trailers_len), *at);

        if (rest.len == 0 || !str_cut(&rest, '\n', &line) || !str_cut(&line, ':', ret_name))
                return false;
        *ret_value = line;
        *at += ret_name->len + line.len + 2;
        return true;
}

struct str chunked_trailer(const struct chunked *chunked, struct str lower_case_name)
{
        struct str name, value;

        for (size_t at = 0; chunked_next_trailer(chunked, &at, &name, &value);)
                if (str_eq(name, lower_case_name))
                        return value;
        return STR_NONE;
}

/* Where a trailer of this name belongs: they are signed in the order of their names. */
static size_t place_of(const struct chunked *chunked, struct str lower_case_name)
{
        struct str name, value;
        size_t place = 0;

        for (size_t at = 0; chunked_next_trailer(chunked, &at, &name, &value); place = at)
                if (str_cmp(name, lower_case_name) > 0)
                        break;
        return place;
}

static int insert(struct chunked *chunked, struct str lower_case_name, struct str value)
{
        size_t len = lower_case_name.len + value.len + 2, place = place_of(chunked, lower_case_name);
        char *out = chunked->trailers + place;

        if (len > sizeof(chunked->trailers) - chunked->trailers_len)
                return chunked_refuse(chunked, CHUNKED_BAD_TRAILER);
        memmove(out + len, out, chunked->trailers_len - place);
        memcpy(out, lower_case_name.ptr, lower_case_name.len);
        out[lower_case_name.len] = ':';
        if (value.len)
                memcpy(out + lower_case_name.len + 1, value.ptr, value.len);
        out[len - 1] = '\n';
        chunked->trailers_len += len;
        return 0;
}

static int take_signature(struct chunked *chunked, struct str signature)
{
        chunked->has_trailer_signature = true;
        return chunked_prove_trailers(chunked, signature);
}

int chunked_add_trailer(struct chunked *chunked, struct str line)
{
        char lower_case[CHUNKED_LINE_MAX];
        ptrdiff_t colon = str_find_byte(line, ':');
        struct str name, value;

        /* Where none belong, and what has no name, is no trailer at all for AWS. */
        if (!has_trailers(chunked) || colon <= 0)
                return chunked_refuse(chunked, CHUNKED_MALFORMED);
        if (chunked->has_trailer_signature) /* which is the last */
                return chunked_refuse(chunked, CHUNKED_BAD_TRAILER);
        name = str_part(line, 0, (size_t)colon);
        value = str_trim(str_from(line, (size_t)colon + 1));
        lower(lower_case, name);
        name.ptr = lower_case;
        if (chunked_is_signed(chunked) && str_eq(name, STR(SIGNATURE_NAME)))
                return take_signature(chunked, value);
        return insert(chunked, name, value);
}

/* The signature goes first: what it does not cover is nobody's mistake but a forger's. */
int chunked_check_trailers(struct chunked *chunked)
{
        struct str rest = str_make(chunked->announced, chunked->announced_len), name, value,
                   previous = STR_NONE;

        if (has_trailers(chunked) && chunked_is_signed(chunked) && !chunked->has_trailer_signature)
                return chunked_refuse(chunked, CHUNKED_MALFORMED);
        for (size_t at = 0; chunked_next_trailer(chunked, &at, &name, &value); previous = name)
                if (!is_announced(chunked, name) || str_eq(name, previous))
                        return chunked_refuse(chunked, CHUNKED_BAD_TRAILER);
        while (str_cut(&rest, ',', &name))
                if (name.len && !str_is_set(chunked_trailer(chunked, name)))
                        return chunked_refuse(chunked, CHUNKED_BAD_TRAILER);
        return 0;
}
