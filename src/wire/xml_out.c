#include "xml_out.h"

#include "base/text.h"

/* Bytes that go out as they are: ASCII but for markup and control characters. */
static bool is_plain(unsigned char c)
{
        return c >= 0x20 && c < 0x7f && c != '<' && c != '>' && c != '&' && c != '"';
}

static size_t plain_run(struct str s)
{
        size_t n = 0;

        while (n < s.len && is_plain((unsigned char)s.ptr[n]))
                n++;
        return n;
}

static bool is_xml_character(uint32_t code)
{
        return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code < 0xfffe) ||
               code > 0xffff;
}

static void add_character(struct buf *buf, uint32_t code)
{
        switch (code) {
        case '<':
                buf_add(buf, STR("&lt;"));
                return;
        case '>':
                buf_add(buf, STR("&gt;"));
                return;
        case '&':
                buf_add(buf, STR("&amp;"));
                return;
        case '"':
                buf_add(buf, STR("&quot;"));
                return;
        case '\r':
                buf_add(buf, STR("&#xD;"));
                return;
        default:
                utf8_append(buf, is_xml_character(code) ? code : 0xfffd);
        }
}

void xml_text(struct buf *buf, struct str text)
{
        while (text.len) {
                size_t n = plain_run(text);
                uint32_t code;

                buf_add(buf, str_part(text, 0, n));
                text = str_from(text, n);
                if (text.len == 0)
                        return;
                if (utf8_next(&text, &code) < 0) {
                        code = 0xfffd;
                        text = str_from(text, 1);
                }
                add_character(buf, code);
        }
}

static bool is_kept_in_attribute(char c)
{
        return c != '\t' && c != '\n';
}

void xml_attribute(struct buf *buf, struct str name, struct str value)
{
        buf_add_byte(buf, ' ');
        buf_add(buf, name);
        buf_add(buf, STR("=\""));
        while (value.len) {
                size_t n = 0;

                while (n < value.len && is_kept_in_attribute(value.ptr[n]))
                        n++;
                xml_text(buf, str_part(value, 0, n));
                if (n < value.len)
                        buf_add(buf, value.ptr[n] == '\t' ? STR("&#x9;") : STR("&#xA;"));
                value = str_from(value, n + 1);
        }
        buf_add_byte(buf, '"');
}

void xml_open(struct buf *buf, struct str name)
{
        buf_add_byte(buf, '<');
        buf_add(buf, name);
        buf_add_byte(buf, '>');
}

void xml_close(struct buf *buf, struct str name)
{
        buf_add(buf, STR("</"));
        buf_add(buf, name);
        buf_add_byte(buf, '>');
}

void xml_element(struct buf *buf, struct str name, struct str text)
{
        if (!str_is_set(text))
                return;
        xml_open(buf, name);
        xml_text(buf, text);
        xml_close(buf, name);
}
