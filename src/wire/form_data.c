#include "wire/form_data.h"

#include "wire/header_parameters.h"

#include <string.h>

#define MEDIA_TYPE "multipart/form-data"
#define CRLF       STR("\r\n")

/* BETWEEN: behind a delimiter, before the end of its line. */
enum state { VALUE, BETWEEN, HEADERS, FILE_BYTES, REST };

static int refuse(struct form_data *form, enum form_data_problem problem)
{
        form->problem = problem;
        return -EBADMSG;
}

/* -- Content-Type. */

bool form_data_is(struct str content_type)
{
        return str_eq_nocase(header_cut_value(&content_type), STR(MEDIA_TYPE));
}

/* https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1 */
static bool is_boundary(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] < ' ' || text.ptr[i] > '~')
                        return false;
        return text.len > 0 && text.len <= FORM_DATA_BOUNDARY_MAX;
}

static int find_boundary(struct str content_type, struct str *ret)
{
        struct str name, value;
        int more;

        *ret = STR_NONE;
        if (!str_eq_nocase(header_cut_value(&content_type), STR(MEDIA_TYPE)))
                return -EINVAL;
        while ((more = header_next_parameter(&content_type, &name, &value)) > 0) {
                if (!str_eq_nocase(name, STR("boundary")))
                        continue;
                if (str_is_set(*ret))
                        return -EINVAL;
                *ret = value;
        }
        return more == 0 && is_boundary(*ret) ? 0 : -EINVAL;
}

/* What stands before the first delimiter is passed over, as if it were a part without a name. */
int form_data_begin(struct form_data *form, struct str content_type)
{
        struct str boundary;

        form->state = VALUE;
        form->problem = FORM_DATA_OK;
        form->error = 0;
        form->matched = form->at = form->looked_at = 0;
        form->name = form->file_name = STR_NONE;
        memcpy(form->head, "\r\n", 2); /* the first delimiter has no line before it */
        form->head_len = 2;
        if (find_boundary(content_type, &boundary) < 0 || !str_is_set(boundary))
                return form->error = refuse(form, FORM_DATA_MALFORMED);
        memcpy(form->delimiter, "\r\n--", 4);
        memcpy(form->delimiter + 4, boundary.ptr, boundary.len);
        form->delimiter_len = 4 + boundary.len;
        return 0;
}

/* -- The head: all before the file. Each step gives 1 when it took something, 0 when it needs more. */

static struct str delimiter_of(const struct form_data *form)
{
        return str_make(form->delimiter, form->delimiter_len);
}

static struct str unread(const struct form_data *form)
{
        return str_make(form->head + form->at, form->head_len - form->at);
}

/* From where it has not been looked for yet. */
static bool find(struct form_data *form, struct str wanted, struct str *ret_before)
{
        struct str rest = str_make(form->head + form->looked_at, form->head_len - form->looked_at);
        ptrdiff_t found = str_find(rest, wanted);

        if (found < 0) {
                if (rest.len >= wanted.len)
                        form->looked_at = form->head_len - wanted.len + 1;
                return false;
        }
        *ret_before = str_make(form->head + form->at, form->looked_at + (size_t)found - form->at);
        form->at = form->looked_at = form->looked_at + (size_t)found + wanted.len;
        return true;
}

static int end_value(struct form_data *form, const struct form_data_taker *taker)
{
        struct str value;

        if (!find(form, delimiter_of(form), &value))
                return 0;
        form->state = BETWEEN;
        if (str_is_set(form->name))
                TRY(taker->field(taker->arg, form->name, value));
        return 1;
}

static int pass_between(struct form_data *form)
{
        struct str blanks;

        if (str_starts(unread(form), STR("--")))
                return refuse(form, FORM_DATA_NO_FILE);
        if (!find(form, CRLF, &blanks))
                return 0;
        if (str_trim(blanks).len > 0)
                return refuse(form, FORM_DATA_MALFORMED);
        form->name = form->file_name = STR_NONE;
        form->state = HEADERS;
        return 1;
}

static struct str last_piece(struct str path)
{
        for (size_t i = path.len; i > 0; i--)
                if (path.ptr[i - 1] == '/' || path.ptr[i - 1] == '\\')
                        return str_from(path, i);
        return path;
}

static int read_disposition(struct form_data *form, struct str header)
{
        struct str name, value;
        int more;

        if (str_is_set(form->name) || !str_eq_nocase(header_cut_value(&header), STR("form-data")))
                return refuse(form, FORM_DATA_MALFORMED);
        while ((more = header_next_parameter(&header, &name, &value)) > 0) {
                if (str_eq_nocase(name, STR("name")) && !str_is_set(form->name))
                        form->name = value;
                else if (str_eq_nocase(name, STR("filename")) && !str_is_set(form->file_name))
                        form->file_name = last_piece(value);
                else if (str_eq_nocase(name, STR("name")) || str_eq_nocase(name, STR("filename")))
                        return refuse(form, FORM_DATA_MALFORMED);
        }
        return more == 0 && form->name.len > 0 ? 0 : refuse(form, FORM_DATA_MALFORMED);
}

static bool has_control(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (((unsigned char)text.ptr[i] < ' ' && text.ptr[i] != '\t') || text.ptr[i] == 0x7F)
                        return true;
        return false;
}

/* Of the headers of a part only its name counts: what type a file is of the fields say. */
static int read_header(struct form_data *form, struct str line)
{
        struct str name;

        if (str_find_byte(line, ':') <= 0 || has_control(line))
                return refuse(form, FORM_DATA_MALFORMED);
        (void)str_cut(&line, ':', &name);
        if (!str_eq_nocase(name, STR("Content-Disposition")))
                return 1;
        TRY(read_disposition(form, str_trim(line)));
        return 1;
}

static int end_header(struct form_data *form, const struct form_data_taker *taker)
{
        struct str line;

        if (!find(form, CRLF, &line))
                return 0;
        if (line.len > 0)
                return read_header(form, line);
        if (!str_is_set(form->name))
                return refuse(form, FORM_DATA_MALFORMED);
        if (!str_eq_nocase(form->name, STR("file"))) {
                form->state = VALUE;
                return 1;
        }
        form->state = FILE_BYTES;
        TRY(taker->file(taker->arg, form->file_name));
        return 1;
}

static int step(struct form_data *form, const struct form_data_taker *taker)
{
        switch (form->state) {
        case VALUE:
                return end_value(form, taker);
        case BETWEEN:
                return pass_between(form);
        case HEADERS:
                return end_header(form, taker);
        default:
                return 0;
        }
}

/* -- The file. */

static int give(struct str bytes, const struct form_data_taker *taker)
{
        return bytes.len ? taker->bytes(taker->arg, bytes) : 0;
}

/* Where a delimiter is, or might be at the end; no other byte of it is a carriage return. */
static size_t find_delimiter(const struct form_data *form, struct str bytes, size_t *ret_matched)
{
        struct str delimiter = delimiter_of(form);

        *ret_matched = 0;
        for (size_t at = 0; at < bytes.len; at++) {
                struct str rest = str_from(bytes, at), head;
                ptrdiff_t found = str_find_byte(rest, '\r');

                if (found < 0)
                        break;
                at += (size_t)found;
                head = str_part(bytes, at, delimiter.len);
                if (str_starts(delimiter, head)) {
                        *ret_matched = head.len;
                        return at;
                }
        }
        return bytes.len;
}

/* What began as a delimiter at the end of the bytes before. */
static int go_on_matching(struct form_data *form, struct str *bytes, const struct form_data_taker *taker)
{
        struct str wanted = str_from(delimiter_of(form), form->matched);
        struct str came = str_part(*bytes, 0, wanted.len);
        size_t was = form->matched;

        if (str_starts(wanted, came)) {
                form->matched += came.len;
                *bytes = str_from(*bytes, came.len);
                return 0;
        }
        form->matched = 0;
        return give(str_make(form->delimiter, was), taker);
}

static int push_file(struct form_data *form, struct str bytes, const struct form_data_taker *taker)
{
        while (bytes.len > 0 && form->state == FILE_BYTES) {
                size_t before;

                if (form->matched > 0) {
                        TRY(go_on_matching(form, &bytes, taker));
                } else {
                        before = find_delimiter(form, bytes, &form->matched);
                        TRY(give(str_part(bytes, 0, before), taker));
                        bytes = str_from(bytes, before + form->matched);
                }
                if (form->matched == form->delimiter_len)
                        form->state = REST;
        }
        return 0;
}

/* -- The whole. */

/* Takes as much as there is room for, and what has come of the file with it. */
static int push_head(struct form_data *form, struct str *bytes, const struct form_data_taker *taker)
{
        struct str piece = str_part(*bytes, 0, sizeof(form->head) - form->head_len);
        int more;

        if (piece.len == 0)
                return refuse(form, FORM_DATA_TOO_LONG);
        memcpy(form->head + form->head_len, piece.ptr, piece.len);
        form->head_len += piece.len;
        *bytes = str_from(*bytes, piece.len);
        do
                more = step(form, taker);
        while (more > 0);
        TRY(more);
        return form->state == FILE_BYTES ? push_file(form, unread(form), taker) : 0;
}

static int push(struct form_data *form, struct str bytes, const struct form_data_taker *taker)
{
        while (bytes.len > 0 && form->state < FILE_BYTES)
                TRY(push_head(form, &bytes, taker));
        return push_file(form, bytes, taker);
}

int form_data_push(struct form_data *form, struct str bytes, const struct form_data_taker *taker)
{
        if (form->error == 0)
                form->error = push(form, bytes, taker);
        return form->error;
}

int form_data_end(struct form_data *form)
{
        if (form->error == 0 && form->state != REST)
                form->error = refuse(form, FORM_DATA_MALFORMED);
        return form->error;
}
