#include "services/events/event.h"
#include "services/events/input.h"

#include "base/json_out.h"
#include "services/events/json_path.h"

#include <stdlib.h>

#define INPUT_MAX ((size_t)2 * 1024 * 1024)

static void text_done(char **text)
{
        free(*text);
}

/* -- Variables: <name> in a template */

enum reserved { RULE_ARN, RULE_NAME, INGESTION_TIME, EVENT, EVENT_JSON, RESERVED };

static const struct str RESERVED_NAMES[RESERVED] = {
        [RULE_ARN] = STR_INIT("aws.events.rule-arn"),
        [RULE_NAME] = STR_INIT("aws.events.rule-name"),
        [INGESTION_TIME] = STR_INIT("aws.events.event.ingestion-time"),
        [EVENT] = STR_INIT("aws.events.event"),
        [EVENT_JSON] = STR_INIT("aws.events.event.json"),
};

static enum reserved reserved_of(struct str name)
{
        size_t i = 0;

        while (i < RESERVED && !str_eq(RESERVED_NAMES[i], name))
                i++;
        return (enum reserved)i;
}

static const struct str *path_of(const struct events_input_transformer *transformer, struct str name)
{
        for (size_t i = 0; i < transformer->input_paths_map.count; i++)
                if (str_eq(transformer->input_paths_map.items[i].key, name))
                        return &transformer->input_paths_map.items[i].value;
        return NULL;
}

static bool is_name(struct str name)
{
        for (size_t i = 0; i < name.len; i++) {
                char c = name.ptr[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.'))
                        return false;
        }
        return name.len > 0;
}

/* The variable that the rest of a template begins with; absent: it begins with a "<" that means itself. */
static struct str variable_at(struct str rest)
{
        ptrdiff_t end = rest.len > 0 && rest.ptr[0] == '<' ? str_find_byte(rest, '>') : -1;
        struct str name = end > 0 ? str_part(rest, 1, (size_t)end - 1) : STR_NONE;

        return is_name(name) ? name : STR_NONE;
}

/* -- What PutTargets takes */

static int check_json(struct call *call, const struct events_target *target)
{
        _cleanup_(events_json_done) json_t *json = NULL;
        json_error_t error;

        json = json_loadb(target->input.ptr, target->input.len, JSON_DECODE_ANY, &error);
        if (json)
                return 0;
        return call_invalid(call, "JSON syntax error in input for target %.*s : %s at line %d, column %d.",
                            STR_ARG(target->id), error.text, error.line, error.column);
}

static int check_path(struct call *call, const struct events_target *target, struct str path)
{
        if (json_path_is_valid(path))
                return 0;
        return call_invalid(call, "Invalid JSONPath %.*s for target %.*s.", STR_ARG(path),
                            STR_ARG(target->id));
}

static int check_transformer(struct call *call, const struct events_target *target)
{
        const struct events_input_transformer *transformer = target->input_transformer;
        struct str template = transformer->input_template;

        for (size_t i = 0; i < transformer->input_paths_map.count; i++) {
                const struct str_pair *pair = &transformer->input_paths_map.items[i];

                if (str_starts_nocase(pair->key, STR("aws")))
                        return call_invalid(call, "InputPathsMap of target %.*s has the reserved name %.*s.",
                                            STR_ARG(target->id), STR_ARG(pair->key));
                TRY(check_path(call, target, pair->value));
        }
        for (size_t i = 0; i < template.len; i++) {
                struct str name = variable_at(str_from(template, i));

                if (str_is_set(name) && reserved_of(name) == RESERVED && !path_of(transformer, name))
                        return call_invalid(call,
                                            "Invalid InputTemplate for target %.*s : the variable <%.*s> is "
                                            "not in InputPathsMap.",
                                            STR_ARG(target->id), STR_ARG(name));
        }
        return 0;
}

int events_check_input(struct call *call, const struct events_target *target)
{
        int forms = str_is_set(target->input) + str_is_set(target->input_path) +
                    (target->input_transformer != NULL);

        if (forms > 1)
                return call_invalid(call,
                                    "Only one of Input, InputPath, or InputTransformer must be provided for "
                                    "target %.*s.",
                                    STR_ARG(target->id));
        if (str_is_set(target->input))
                return check_json(call, target);
        if (str_is_set(target->input_path))
                return check_path(call, target, target->input_path);
        return target->input_transformer ? check_transformer(call, target) : 0;
}

/* -- What a target gets */

static json_t *value_of(const struct events_input *input, const struct events_input_transformer *transformer,
                        struct str name)
{
        char time[TIME_ISO_LEN];
        const struct str *path;
        json_t *event;

        switch (reserved_of(name)) {
        case RULE_ARN:
                return json_stringn(input->rule_arn.ptr, input->rule_arn.len);
        case RULE_NAME:
                return json_stringn(input->rule_name.ptr, input->rule_name.len);
        case INGESTION_TIME:
                time_iso_write(time, input->taken_ms);
                return json_stringn(time, sizeof(time));
        case EVENT:
                event = json_copy((json_t *)(uintptr_t)input->event);
                json_object_del(event, "detail");
                return event;
        case EVENT_JSON:
                return json_incref((json_t *)(uintptr_t)input->event);
        case RESERVED:
                break;
        }
        path = path_of(transformer, name);
        return path ? json_path_find(input->event, *path) : NULL;
}

/* "If a JSON path references a JSON object or array, but the variable is referenced in a string, EventBridge
 * removes any internal quotes". A string stands there as in the event's JSON, without its quotes. */
static void add_in_string(struct buf *out, const json_t *value, struct str text)
{
        if (json_is_string(value)) {
                buf_add(out, str_part(text, 1, text.len - 2));
                return;
        }
        for (size_t i = 0; i < text.len; i++)
                if (text.ptr[i] != '"')
                        buf_add_byte(out, text.ptr[i]);
}

/* "If you specify a variable to match a JSON path that doesn't exist in the event, that variable isn't
 * created and won't appear in the output." */
static int add_variable(struct buf *out, const struct events_input *input,
                        const struct events_input_transformer *transformer, struct str name, bool in_string)
{
        _cleanup_(events_json_done) json_t *value = value_of(input, transformer, name);
        _cleanup_(text_done) char *text = NULL;

        if (!value)
                return 0;
        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        if (!text)
                return -ENOMEM;
        if (in_string)
                add_in_string(out, value, str_of(text));
        else
                buf_add(out, str_of(text));
        return 0;
}

static int transform(struct buf *out, const struct events_input *input,
                     const struct events_input_transformer *transformer)
{
        bool in_string = false, is_escaped = false;

        /* What is too long already is not made longer: a template may name the whole event hundreds of times.
         */
        for (struct str rest = transformer->input_template; rest.len > 0 && !out->failed;) {
                struct str name = variable_at(rest);

                if (str_is_set(name)) {
                        TRY(add_variable(out, input, transformer, name, in_string));
                        rest = str_from(rest, name.len + 2);
                        continue;
                }
                if (rest.ptr[0] == '"' && !is_escaped)
                        in_string = !in_string;
                is_escaped = rest.ptr[0] == '\\' && !is_escaped;
                buf_add_byte(out, rest.ptr[0]);
                rest = str_from(rest, 1);
        }
        return 0;
}

static int find_path(struct buf *out, const struct events_input *input, struct str path)
{
        _cleanup_(events_json_done) json_t *value = json_path_find(input->event, path);
        _cleanup_(text_done) char *text = NULL;

        if (!value) {
                buf_add(out, STR("null"));
                return 0;
        }
        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        if (!text)
                return -ENOMEM;
        buf_add(out, str_of(text));
        return 0;
}

int events_target_input(struct arena *arena, const struct events_target *target,
                        const struct events_input *input, struct str *ret)
{
        _cleanup_(buf_done) struct buf out = {};

        *ret = STR_NONE;
        if (str_is_set(target->input)) {
                *ret = target->input;
                return 0;
        }
        if (!str_is_set(target->input_path) && !target->input_transformer)
                return 0;
        buf_init(&out, INPUT_MAX);
        if (target->input_transformer)
                TRY(transform(&out, input, target->input_transformer));
        else
                TRY(find_path(&out, input, target->input_path));
        TRY(buf_check(&out));
        *ret = arena_dup(arena, buf_str(&out));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}
