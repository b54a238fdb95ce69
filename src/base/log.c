#include "log.h"

#include "clock.h"
#include "json_out.h"

#include <unistd.h>

#define LINE_MAX_LEN    ((size_t)8 * 1024)
#define MESSAGE_MAX_LEN 1024

static const char *const LEVEL_NAMES[] = {"debug", "info", "warning", "error"};

/* The one process-wide setting: logging must work before and after every object that could carry it. */
static _Atomic int least_level = LOG_INFO;

void log_set_level(enum log_level least)
{
        least_level = (int)least;
}

int log_level_parse(struct str name, enum log_level *ret)
{
        for (size_t i = 0; i < ARRAY_LEN(LEVEL_NAMES); i++)
                if (str_eq(name, str_of(LEVEL_NAMES[i]))) {
                        *ret = (enum log_level)i;
                        return 0;
                }
        return -EINVAL;
}

static void open_line(struct json_out *out, enum log_level level, const char *message)
{
        char now[TIME_ISO_LEN];

        time_iso_write(now, clock_wall_ms());
        json_open(out, '{');
        json_pair(out, STR("time"), str_make(now, sizeof(now)));
        json_pair(out, STR("level"), str_of(LEVEL_NAMES[level]));
        json_pair(out, STR("message"), str_part(str_of(message), 0, MESSAGE_MAX_LEN));
}

static void close_line(struct json_out *out, int error)
{
        char text[128];

        if (error < 0)
                json_pair(out, STR("error"), str_of(strerror_r(-error, text, sizeof(text))));
        json_close(out, '}');
        buf_add_byte(out->buf, '\n');
}

static void write_line(enum log_level level, int error, const char *message, va_list fields)
{
        _cleanup_(buf_done) struct buf line = {};
        struct json_out out = {.buf = &line};
        const char *key;

        buf_init(&line, LINE_MAX_LEN);
        open_line(&out, level, message);
        while ((key = va_arg(fields, const char *)))
                json_pair(&out, str_of(key), str_of(va_arg(fields, const char *)));
        close_line(&out, error);
        if (line.failed) { /* fields too long for a line: the message must not go with them */
                buf_clear(&line);
                out.need_comma = false;
                open_line(&out, level, message);
                json_pair(&out, STR("fields"), STR("left out: too long"));
                close_line(&out, error);
        }
        if (!line.failed && write(STDERR_FILENO, line.data, line.len) < 0)
                return; /* nobody listens: there is nowhere else to say so */
}

void log_event(enum log_level level, const char *message, ...)
{
        va_list fields;

        if ((int)level < least_level)
                return;
        va_start(fields, message);
        write_line(level, 0, message, fields);
        va_end(fields);
}

void log_errno(enum log_level level, int negative_errno, const char *message, ...)
{
        va_list fields;

        if ((int)level < least_level)
                return;
        va_start(fields, message);
        write_line(level, negative_errno, message, fields);
        va_end(fields);
}
