/* Rules by the sources of which they take events, so that an event is held against those alone that it could
 * be for. A rule whose pattern does not say sources word for word stands under "*". */
#include "base/ids.h"
#include "services/events/event.h"
#include "services/events/listener.h"

#include <stdlib.h>

#define SOURCE_MAX 200

struct str events_source_key(struct str source)
{
        return str_part(source, 0, SOURCE_MAX);
}

#define WILDCARD STR("\"wildcard\"")

/* "wild\u0063ard" is the same word. */
static bool has_escaped_wildcard(struct str pattern)
{
        _cleanup_(events_json_done) json_t *json = json_loadb(pattern.ptr, pattern.len, 0, NULL);
        char *text = json_dumps(json, JSON_COMPACT);
        bool has = text && str_find(str_of(text), WILDCARD) >= 0;

        free(text);
        return has;
}

/* Nobody's patterns are read for their meaning here: the word is enough to count by. */
bool events_has_wildcard(struct str pattern)
{
        if (!str_is_set(pattern))
                return false;
        return str_find(pattern, WILDCARD) >= 0 ||
               (str_find(pattern, STR("\\u")) >= 0 && has_escaped_wildcard(pattern));
}

static bool are_words(const json_t *sources)
{
        for (size_t i = 0; i < json_array_size(sources); i++)
                if (!json_is_string(json_array_get(sources, i)))
                        return false;
        return json_array_size(sources) > 0;
}

static int each_source(struct call *call, const struct events_rule_record *rule,
                       int (*change)(struct call *call, const struct events_listener_record *listener))
{
        struct events_listener_record listener = {
                .bus = rule->bus,
                .source = EVENTS_ANY_SOURCE,
                .rule = rule->name,
                .pattern = rule->pattern,
                .takes_reads =
                        OPT_BOOL(str_eq(rule->state, STR("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"))),
        };
        _cleanup_(events_json_done) json_t *pattern =
                json_loadb(rule->pattern.ptr, rule->pattern.len, 0, NULL);
        const json_t *sources = json_object_get(pattern, "source");

        if (!are_words(sources))
                return change(call, &listener);
        for (size_t i = 0; i < json_array_size(sources); i++) {
                const json_t *source = json_array_get(sources, i);

                listener.source =
                        events_source_key(str_make(json_string_value(source), json_string_length(source)));
                TRY(change(call, &listener));
        }
        return 0;
}

static int drop(struct call *call, const struct events_listener_record *listener)
{
        int r = call_delete(call, &events_listener_record_type, listener);

        return r == -ENOENT ? 0 : r; /* a source that the pattern says twice */
}

static int keep(struct call *call, const struct events_listener_record *listener)
{
        return call_put(call, &events_listener_record_type, listener);
}

static bool listens(const struct events_rule_record *rule)
{
        return rule && str_is_set(rule->pattern) && events_rule_is_on(rule);
}

/* What is kept of the bus in memory holds no more. */
static int draw_version(struct call *call, struct str bus_arn)
{
        const struct events_listening_record listening = {.bus = bus_arn, .version = id_uuid(&call->arena)};

        return call_put(call, &events_listening_record_type, &listening);
}

int events_listen(struct call *call, const struct events_rule_record *before,
                  const struct events_rule_record *after)
{
        if (listens(before))
                TRY(each_source(call, before, drop));
        if (listens(after))
                TRY(each_source(call, after, keep));
        return listens(before) || listens(after) ? draw_version(call, (after ? after : before)->bus) : 0;
}
