/* Forms of browsers. The first byte says the size of pieces, the rest up to a line feed is Content-Type, and
 * then comes the body: what is told of it is the same however it is cut, fits into the limits, and nothing of
 * it is longer than what came. */
#include "base/buf.h"
#include "wire/form_data.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TOLD_MAX ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
        struct buf text;
        size_t head, file;
        bool has_file;
};

static int take_field(void *arg, struct str name, struct str value)
{
        struct told *told = arg;

        assert(!told->has_file && name.len > 0 && str_is_set(value));
        told->head += name.len + value.len;
        buf_addf(&told->text, "%zu %zu ", name.len, value.len);
        buf_add(&told->text, name);
        buf_add(&told->text, value);
        return 0;
}

static int take_file(void *arg, struct str file_name)
{
        struct told *told = arg;

        assert(!told->has_file && !str_has_byte(file_name, '/') && !str_has_byte(file_name, '\\'));
        told->has_file = true;
        buf_add(&told->text, file_name);
        return 0;
}

static int take_bytes(void *arg, struct str bytes)
{
        struct told *told = arg;

        assert(told->has_file && bytes.len > 0);
        told->file += bytes.len;
        buf_add(&told->text, bytes);
        return 0;
}

static enum form_data_problem decode(struct str type, struct str body, size_t piece, struct told *told)
{
        static struct form_data form;
        const struct form_data_taker taker = {take_field, take_file, take_bytes, told};
        int r = form_data_begin(&form, type);

        *told = (struct told){};
        buf_init(&told->text, TOLD_MAX);
        for (size_t at = 0; r == 0 && at < body.len; at += piece)
                r = form_data_push(&form, str_part(body, at, piece), &taker);
        if (r == 0)
                r = form_data_end(&form);
        assert(r == (form.problem ? -EBADMSG : 0) && (r < 0 || told->has_file));
        assert(told->head <= FORM_DATA_HEAD_MAX && told->file <= body.len && !told->text.failed);
        return form.problem;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct told whole, cut;
        struct str body = str_make(data, size), type, first;

        if (size < 2)
                return 0;
        first = str_part(body, 0, 1);
        body = str_from(body, 1);
        (void)str_cut(&body, '\n', &type);
        if (!str_is_set(body))
                body = STR("");
        assert(decode(type, body, body.len + 1, &whole) ==
               decode(type, body, (size_t)(unsigned char)first.ptr[0] % 64 + 1, &cut));
        /* Of a head that is too long a last field may or may not have been told. */
        assert(whole.has_file == cut.has_file && str_eq(buf_str(&whole.text), buf_str(&cut.text)));
        buf_done(&whole.text);
        buf_done(&cut.text);
        return 0;
}
