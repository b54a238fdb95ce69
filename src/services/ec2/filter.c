#include "services/ec2/filter.h"

/* "You can specify up to 50 filters and up to 200 values per filter in a single request."
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#query-filters */
#define FILTERS_MAX 50
#define VALUES_MAX  200

/* Steps of patterns: a part of a second. */
#define STEPS_OF_PAGE UINT64_C(50000000)
#define STEPS_MAX     UINT64_C(100000000)
#define STEPS_TO_CALL 8
#define PARTS_OF_PAGE 10000 /* so that the answer fits */

/* -- Wildcards: '*' is any text, '?' one character, and a backslash takes what follows as it is. In
 * time proportional to the square of the text at most, since only the last '*' is gone back to. */

/* The length of what stands in front for one character, and that character. */
static size_t literal(struct str pattern, size_t at, char *ret)
{
        if (pattern.ptr[at] == '\\' && at + 1 < pattern.len) {
                *ret = pattern.ptr[at + 1];
                return 2;
        }
        *ret = pattern.ptr[at];
        return 1;
}

static bool is_continued(struct str text, size_t at)
{
        return at < text.len && ((unsigned char)text.ptr[at] & 0xC0) == 0x80;
}

static size_t character(struct str text, size_t at)
{
        size_t end = at + 1;

        while (is_continued(text, end))
                end++;
        return end - at;
}

/* One step of the pattern on the text; false: it does not fit. */
static bool step(struct str pattern, size_t *at, struct str text, size_t *in_text)
{
        char wanted;

        if (*at >= pattern.len)
                return false;
        if (pattern.ptr[*at] == '?') {
                *in_text += character(text, *in_text);
                *at += 1;
                return true;
        }
        *at += literal(pattern, *at, &wanted);
        return text.ptr[(*in_text)++] == wanted;
}

static bool matches(struct str pattern, struct str text, uint64_t *steps)
{
        size_t at = 0, in_text = 0, star = SIZE_MAX, resume = 0;

        for (*steps += STEPS_TO_CALL; in_text < text.len; *steps += 1) {
                if (at < pattern.len && pattern.ptr[at] == '*') {
                        star = ++at;
                        resume = in_text;
                } else if (!step(pattern, &at, text, &in_text)) {
                        if (star == SIZE_MAX)
                                return false;
                        at = star;
                        in_text = ++resume;
                }
        }
        while (at < pattern.len && pattern.ptr[at] == '*')
                at++;
        return at == pattern.len;
}

/* -- Probes */

void ec2_probe_text(struct ec2_probe *probe, struct str value)
{
        if (!str_is_set(value))
                return;
        for (size_t i = 0; i < probe->patterns->count && !probe->has_matched; i++) {
                if (probe->effort->steps > STEPS_MAX)
                        return;
                probe->has_matched = matches(probe->patterns->items[i], value, &probe->effort->steps);
        }
}

void ec2_probe_number(struct ec2_probe *probe, int64_t value)
{
        char text[24];
        int len = snprintf(text, sizeof(text), "%lld", (long long)value);

        ec2_probe_text(probe, str_make(text, len > 0 ? (size_t)len : 0));
}

void ec2_probe_bool(struct ec2_probe *probe, bool value)
{
        ec2_probe_text(probe, value ? STR("true") : STR("false"));
}

void ec2_probe_tag(struct ec2_probe *probe, const struct ec2_tag_list *tags)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq(tags->items[i].key, probe->key))
                        ec2_probe_text(probe, tags->items[i].value);
}

void ec2_probe_tag_keys(struct ec2_probe *probe, const struct ec2_tag_list *tags)
{
        for (size_t i = 0; i < tags->count; i++)
                ec2_probe_text(probe, tags->items[i].key);
}

/* -- Filters */

#define TAG STR("tag:")

static const struct ec2_filter_field *find(const struct ec2_filter_field *fields, size_t count,
                                           struct str name)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq(fields[i].name, name) ||
                    (str_eq(fields[i].name, TAG) && str_starts(name, TAG) && name.len > TAG.len))
                        return &fields[i];
        return NULL;
}

static int check_filter(struct call *call, const struct ec2_filter *filter,
                        const struct ec2_filter_field *fields, size_t count)
{
        if (!filter->name.len)
                return ec2_missing(call, "The request must contain the parameter Filter.Name");
        if (!find(fields, count, filter->name))
                return ec2_invalid(call, "The filter '%.*s' is invalid",
                                   STR_ARG(str_part(filter->name, 0, 256)));
        if (filter->values.count == 0)
                return ec2_missing(call, "The request must contain the parameter Filter.Value");
        if (filter->values.count > VALUES_MAX)
                return fail(call, &ec2_filter_limit_exceeded,
                            "The maximum number of filter values specified on a single call is %d.",
                            VALUES_MAX);
        return 0;
}

int ec2_check_filters(struct call *call, const struct ec2_filter_list *filters,
                      const struct ec2_filter_field *fields, size_t count)
{
        if (filters->count > FILTERS_MAX)
                return fail(call, &ec2_filter_limit_exceeded,
                            "The maximum number of filters specified on a single call is %d.", FILTERS_MAX);
        for (size_t i = 0; i < filters->count; i++)
                TRY(check_filter(call, &filters->items[i], fields, count));
        return 0;
}

bool ec2_filters_match(const struct ec2_filter_list *filters, const struct ec2_filter_field *fields,
                       size_t count, struct ec2_effort *effort, const void *item)
{
        for (size_t i = 0; i < filters->count; i++) {
                const struct ec2_filter *filter = &filters->items[i];
                struct ec2_probe probe = {.patterns = &filter->values,
                                          .key = str_from(filter->name, TAG.len),
                                          .effort = effort};
                const struct ec2_filter_field *field = find(fields, count, filter->name);

                if (field)
                        field->show(item, &probe);
                if (!probe.has_matched)
                        return false;
        }
        return true;
}

int ec2_effort_check(struct call *call, const struct ec2_effort *effort)
{
        if (effort->steps > STEPS_MAX)
                return fail(call, &ec2_filter_limit_exceeded,
                            "The filters of this call take too long to evaluate.");
        return effort->steps > STEPS_OF_PAGE || effort->parts > PARTS_OF_PAGE ||
               call->arena.used > call->arena.limit / 4 * 3;
}
