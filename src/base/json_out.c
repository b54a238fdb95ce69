#include "json_out.h"

#include "text.h"

#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Has one of eight bytes to be looked at? Above 0x7e, below 0x20, a quote, a backslash: it may say so of
 * others beside one of these, never the other way round. */
static bool is_any_special(uint64_t bytes)
{
        uint64_t quote = bytes ^ EIGHT('"'), backslash = bytes ^ EIGHT('\\');

        return (((bytes - EIGHT(0x20)) | (bytes + EIGHT(0x01)) | bytes | (quote - EIGHT(0x01)) |
                 (backslash - EIGHT(0x01))) &
                EIGHT(0x80)) != 0;
}

/* How many bytes from the front need no escape and are plain ASCII. */
static size_t plain_run(struct str s)
{
        size_t n = 0;
        uint64_t eight;

        for (; n + sizeof(eight) <= s.len; n += sizeof(eight)) {
                memcpy(&eight, s.ptr + n, sizeof(eight));
                if (is_any_special(eight))
                        break;
        }
        while (n < s.len) {
                unsigned char c = (unsigned char)s.ptr[n];

                if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7f)
                        break;
                n++;
        }
        return n;
}

static void add_escaped(struct buf *buf, uint32_t code)
{
        switch (code) {
        case '"':
                buf_add(buf, STR("\\\""));
                break;
        case '\\':
                buf_add(buf, STR("\\\\"));
                break;
        case '\n':
                buf_add(buf, STR("\\n"));
                break;
        case '\r':
                buf_add(buf, STR("\\r"));
                break;
        case '\t':
                buf_add(buf, STR("\\t"));
                break;
        default:
                if (code < 0x20 || code == 0x7f)
                        buf_addf(buf, "\\u%04x", (unsigned int)code);
                else
                        utf8_append(buf, code);
        }
}

static void add_plain(struct buf *buf, struct str s)
{
        char *room = buf_extend(buf, s.len + 2);

        if (!room)
                return;
        room[0] = room[s.len + 1] = '"';
        if (s.len)
                memcpy(room + 1, s.ptr, s.len);
}

void json_add_string(struct buf *buf, struct str s)
{
        if (!str_is_set(s)) {
                buf_add(buf, STR("null"));
                return;
        }
        if (plain_run(s) == s.len) {
                add_plain(buf, s);
                return;
        }
        buf_add_byte(buf, '"');
        while (s.len) {
                size_t n = plain_run(s);
                uint32_t code;

                buf_add(buf, str_part(s, 0, n));
                s = str_from(s, n);
                if (s.len == 0)
                        break;
                if (utf8_next(&s, &code) < 0) {
                        code = 0xfffd;
                        s = str_from(s, 1);
                }
                add_escaped(buf, code);
        }
        buf_add_byte(buf, '"');
}

static void before_value(struct json_out *out)
{
        if (out->need_comma)
                buf_add_byte(out->buf, ',');
        out->need_comma = true;
}

void json_open(struct json_out *out, char bracket)
{
        before_value(out);
        buf_add_byte(out->buf, bracket);
        out->need_comma = false;
}

void json_close(struct json_out *out, char bracket)
{
        buf_add_byte(out->buf, bracket);
        out->need_comma = true;
}

void json_key(struct json_out *out, struct str key)
{
        before_value(out);
        json_add_string(out->buf, key);
        buf_add_byte(out->buf, ':');
        out->need_comma = false;
}

void json_str(struct json_out *out, struct str value)
{
        before_value(out);
        json_add_string(out->buf, value);
}

void json_int(struct json_out *out, int64_t value)
{
        before_value(out);
        buf_add_int(out->buf, value);
}

void json_bool(struct json_out *out, bool value)
{
        before_value(out);
        buf_add(out->buf, value ? STR("true") : STR("false"));
}

void json_nil(struct json_out *out)
{
        before_value(out);
        buf_add(out->buf, STR("null"));
}

void json_raw(struct json_out *out, struct str json)
{
        before_value(out);
        buf_add(out->buf, json);
}

void json_pair(struct json_out *out, struct str key, struct str value)
{
        json_key(out, key);
        json_str(out, value);
}

void json_pair_opt(struct json_out *out, struct str key, struct str value)
{
        if (str_is_set(value))
                json_pair(out, key, value);
}
