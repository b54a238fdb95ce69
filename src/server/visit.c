#include "server/visit.h"

int visit_say(struct visit *visit, unsigned int status, const char *format, ...)
{
        struct str text;
        va_list args;

        va_start(args, format);
        text = arena_vprintf(&visit->arena, format, args);
        va_end(args);
        buf_clear(&visit->body);
        visit->out = (struct json_out){.buf = &visit->body};
        json_open(&visit->out, '{');
        json_pair(&visit->out, status < 400 ? STR("status") : STR("error"), text);
        json_close(&visit->out, '}');
        visit->response.status = status;
        return 0;
}

struct str visit_member(struct visit *visit, const char *name)
{
        json_t *value = json_object_get(visit->given, name);

        if (!json_is_string(value))
                return STR_NONE;
        return str_make(json_string_value(value), json_string_length(value));
}
