#include "services/iam/document.h"

#include "base/text.h"

#include <jansson.h>

size_t iam_document_length(struct str document)
{
        size_t length = 0;

        for (size_t i = 0; i < document.len; i++) {
                unsigned char c = (unsigned char)document.ptr[i];
                bool is_white = c == ' ' || c == '\t' || c == '\n' || c == '\r';
                bool continues = (c & 0xC0) == 0x80; /* of a character already counted */

                length += !is_white && !continues;
        }
        return length;
}

struct str iam_document_encode(struct arena *arena, struct str document)
{
        _cleanup_(buf_done) struct buf buf;

        buf_init(&buf, 3 * document.len + 1);
        percent_encode(&buf, document, false);
        return arena_dup(arena, buf_str(&buf));
}

static void json_done(json_t **json)
{
        json_decref(*json);
}

bool iam_document_is_current(struct str document)
{
        _cleanup_(json_done) json_t *json = json_loadb(document.ptr, document.len, 0, NULL);
        const char *version = json_string_value(json_object_get(json, "Version"));

        return version && str_eq(str_of(version), STR("2012-10-17"));
}
