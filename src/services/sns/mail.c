#include "services/sns/mail.h"

#include "base/ids.h"
#include "base/text.h"

#define MAIL_MAX    ((size_t)16 * 1024 * 1024) /* the longest envelope, encoded */
#define ADDRESS_MAX 254                        /* RFC 5321, 4.5.3.1.3 */
#define LINE        76

/* Less than RFC 5321 lets, and all that is in use. */
static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               str_has_byte(STR("!#$%&'*+-/=?^_`{|}~."), c);
}

bool sns_mail_address_is_valid(struct str address)
{
        ptrdiff_t at = str_find_byte(address, '@');

        if (at <= 0 || (size_t)at + 1 >= address.len || address.len > ADDRESS_MAX)
                return false;
        for (size_t i = 0; i < address.len; i++)
                if ((ptrdiff_t)i != at && !is_letter(address.ptr[i]))
                        return false;
        return true;
}

static bool is_plain(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] < ' ' || text.ptr[i] > '~')
                        return false;
        return true;
}

/* As many bytes as an encoded word takes, of whole characters. */
static size_t word_length(struct str text)
{
        size_t len = text.len < LINE / 2 ? text.len : LINE / 2;

        while (len > 1 && len < text.len && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
                len--;
        return len;
}

/* RFC 2047, in words of a length that may stand in a line: also what would be read as such a word. */
static void add_subject(struct call *call, struct buf *out, struct str subject)
{
        struct str rest = subject;

        buf_add(out, STR("Subject: "));
        if (is_plain(subject) && str_find(subject, STR("=?")) < 0) {
                buf_add(out, subject);
                rest = STR("");
        }
        while (rest.len) {
                size_t len = word_length(rest);

                buf_addf(out, "%s=?UTF-8?B?%.*s?=", rest.len < subject.len ? "\r\n " : "",
                         STR_ARG(base64_encode(&call->arena, str_part(rest, 0, len))));
                rest = str_from(rest, len);
        }
        buf_add(out, STR("\r\n"));
}

static void add_lines(struct call *call, struct buf *out, struct str text)
{
        struct str encoded = base64_encode(&call->arena, text);

        for (size_t i = 0; i < encoded.len; i += LINE) {
                buf_add(out, str_part(encoded, i, LINE));
                buf_add(out, STR("\r\n"));
        }
}

int sns_write_mail(struct call *call, const struct sns_mail *mail, struct str *ret)
{
        _cleanup_(buf_done) struct buf out = {};

        buf_init(&out, MAIL_MAX);
        buf_addf(&out, "Date: %.*s\r\n", STR_ARG(time_http(&call->arena, call->now_ms)));
        buf_addf(&out, "From: AWS Notifications <%.*s>\r\n", STR_ARG(call->host->mail_from));
        buf_addf(&out, "To: %.*s\r\n", STR_ARG(mail->to));
        buf_addf(&out, "Message-ID: <%.*s@merlon>\r\n", STR_ARG(id_uuid(&call->arena)));
        add_subject(call, &out, mail->subject);
        buf_addf(&out,
                 "MIME-Version: 1.0\r\nContent-Type: %s; charset=UTF-8\r\nContent-Transfer-Encoding: "
                 "base64\r\n\r\n",
                 mail->is_json ? "application/json" : "text/plain");
        add_lines(call, &out, mail->text);
        TRY(buf_check(&out));
        *ret = arena_dup(&call->arena, buf_str(&out));
        return 0;
}
