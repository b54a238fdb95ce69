/* date_format(): "compatible with the MySQL date_parse and str_to_date functions".
 * https://trino.io/docs/current/functions/datetime.html#mysql-date-functions */
#include "services/cloudtrail/sql.h"

#include <time.h>

#include "base/clock.h"

#define TEXT_MAX 64

/* MySQL's letters, in strftime()'s words. 0: there is no such. */
static size_t write_letter(char letter, const struct tm *tm, char text[TEXT_MAX])
{
        switch (letter) {
        case 'Y':
                return strftime(text, TEXT_MAX, "%Y", tm);
        case 'm':
                return strftime(text, TEXT_MAX, "%m", tm);
        case 'c':
                return strftime(text, TEXT_MAX, "%-m", tm);
        case 'M':
                return strftime(text, TEXT_MAX, "%B", tm);
        case 'b':
                return strftime(text, TEXT_MAX, "%b", tm);
        case 'd':
                return strftime(text, TEXT_MAX, "%d", tm);
        case 'e':
                return strftime(text, TEXT_MAX, "%-d", tm);
        case 'j':
                return strftime(text, TEXT_MAX, "%j", tm);
        case 'W':
                return strftime(text, TEXT_MAX, "%A", tm);
        case 'a':
                return strftime(text, TEXT_MAX, "%a", tm);
        case 'H':
                return strftime(text, TEXT_MAX, "%H", tm);
        case 'k':
                return strftime(text, TEXT_MAX, "%-H", tm);
        case 'h':
        case 'I':
                return strftime(text, TEXT_MAX, "%I", tm);
        case 'i':
                return strftime(text, TEXT_MAX, "%M", tm);
        case 's':
        case 'S':
                return strftime(text, TEXT_MAX, "%S", tm);
        case 'p':
                return strftime(text, TEXT_MAX, "%p", tm);
        case 'T':
                return strftime(text, TEXT_MAX, "%T", tm);
        }
        return 0;
}

/* A letter that means nothing stands for itself. */
static void write_format(struct str format, int64_t ms, struct buf *out)
{
        struct tm tm = sql_parts_of(ms);
        char text[TEXT_MAX];

        for (size_t i = 0; i < format.len; i++) {
                size_t len;

                if (format.ptr[i] == '%' && i + 1 < format.len)
                        i++;
                else {
                        buf_add_byte(out, format.ptr[i]);
                        continue;
                }
                len = write_letter(format.ptr[i], &tm, text);
                if (format.ptr[i] == 'f')
                        buf_addf(out, "%03d000", (int)(ms - sql_floor_to(ms, MS_PER_S)));
                else if (len > 0)
                        buf_add_bytes(out, text, len);
                else
                        buf_add_byte(out, format.ptr[i]);
        }
}

/* date_format(moment, format) */
static void format(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        _cleanup_(buf_done) struct buf out = {};
        struct sql_time moment;

        if (sql_has_null(argc, argv) || !sql_read_time(context, argv[0], &moment))
                return;
        buf_init(&out, SQL_BYTES_MAX);
        write_format(sql_text_of(argv[1]), moment.ms, &out);
        if (buf_check(&out) < 0)
                sqlite3_result_error_toobig(context);
        else
                sql_give(context, buf_str(&out));
}

int sql_add_format_function(sqlite3 *db)
{
        return sqlite3_create_function(db, "date_format", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, format,
                                       NULL, NULL) == SQLITE_OK
                       ? 0
                       : -ENOMEM;
}
