/* Which events a trail wants.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html */
#include <jansson.h>

#include "services/cloudtrail/watch.h"

#define S3_OBJECT      STR("AWS::S3::Object")
#define S3_BUCKET      STR("AWS::S3::Bucket")
#define RESOURCES_SIZE ((size_t)4 * 1024 * 1024) /* more than a record has */

/* -- Where it happened */

static bool is_of_global_service(const struct event *event)
{
        for (size_t i = 0; i < api_service_count; i++)
                if (api_services[i]->is_global && str_eq(api_services[i]->event_source, event->source))
                        return true;
        return false;
}

static bool is_in_its_regions(const struct cloudtrail_watch_record *watch, const struct event *event)
{
        if (!watch->multi_region.value && !str_eq(watch->region, event->region))
                return false;
        return watch->global_events.value || !is_of_global_service(event);
}

/* -- Resources of data events. One that concerns a bucket as a whole, such as a listing, is an event of its
 * objects, under the bucket's ARN and a slash: CloudTrail names them by "ARNPrefix". */

static struct str whole_bucket(const struct event *event, char room[128])
{
        struct str bucket = STR_NONE;
        int len;

        for (size_t i = 0; i < event->resource_count; i++) {
                if (str_eq(event->resources[i].type, S3_OBJECT))
                        return STR_NONE;
                if (str_eq(event->resources[i].type, S3_BUCKET))
                        bucket = event->resources[i].arn;
        }
        if (!str_is_set(bucket) || bucket.len > 100)
                return STR_NONE;
        len = snprintf(room, 128, "%.*s/", STR_ARG(bucket));
        return str_make(room, (size_t)len);
}

/* "sqs.amazonaws.com" has "AWS::SQS::Queue". */
static bool has_type(struct str source, struct str type)
{
        struct str service;

        if (!str_starts(type, STR("AWS::")))
                return false;
        type = str_from(type, strlen("AWS::"));
        return str_cut(&type, ':', &service) && str_cut(&source, '.', &type) && str_eq_nocase(service, type);
}

struct resources {
        const struct event_resource *items;
        size_t count;
        bool is_known; /* else these are some of its resources: there are more */
        struct str whole;
        char room[128];
        struct arena arena;
};

static void resources_done(struct resources *resources)
{
        arena_done(&resources->arena);
}

static struct str member_of(struct arena *arena, const json_t *object, const char *name)
{
        const json_t *member = json_object_get(object, name);

        return json_is_string(member)
                       ? arena_dup(arena, str_make(json_string_value(member), json_string_length(member)))
                       : STR_NONE;
}

/* An event carries a few; a deletion of a thousand objects has all of them in its record, unless some were
 * left out of that as well, which it says. */
static void read_from_record(const struct event *event, struct resources *ret)
{
        json_t *record = json_loadb(event->json.ptr, event->json.len, 0, NULL);
        const json_t *list = json_object_get(record, "resources");
        size_t count = json_array_size(list);
        struct event_resource *items = arena_new_array(&ret->arena, struct event_resource, count + 1);

        for (size_t i = 0; items && i < count; i++)
                items[i] = (struct event_resource){
                        .arn = member_of(&ret->arena, json_array_get(list, i), "ARN"),
                        .type = member_of(&ret->arena, json_array_get(list, i), "type"),
                };
        ret->is_known = count > 0 && !ret->arena.failed && !json_is_true(json_object_get(record, "omitted"));
        json_decref(record);
        if (!ret->is_known)
                return;
        ret->items = items;
        ret->count = count;
}

static void find_resources(const struct event *event, struct resources *ret)
{
        *ret = (struct resources){
                .items = event->resources,
                .count = event->is_data ? event->resource_count : 0,
                .is_known = true,
        };
        arena_init(&ret->arena, RESOURCES_SIZE);
        if (!event->is_data)
                return;
        ret->whole = whole_bucket(event, ret->room);
        if (event->resource_count == OUTBOX_RESOURCES)
                read_from_record(event, ret);
}

/* Whether one of the type fits; what is not known is not passed over. */
static bool any_of(const struct resources *resources, struct str type,
                   bool (*fits)(const void *arg, struct str arn), const void *arg)
{
        if (str_eq(type, S3_OBJECT) && str_is_set(resources->whole) && fits(arg, resources->whole))
                return true;
        for (size_t i = 0; i < resources->count; i++)
                if (str_eq(resources->items[i].type, type) &&
                    (!resources->is_known || fits(arg, resources->items[i].arn)))
                        return true;
        return false;
}

/* -- Basic selectors */

/* "Lambda function ARNs are exact", and so are those of tables; without a region, all are meant. */
static bool covers(struct str value, struct str type, struct str arn)
{
        bool is_prefix = str_eq(type, S3_OBJECT) || str_eq(value, STR("arn:aws:lambda")) ||
                         str_eq(value, STR("arn:aws:dynamodb"));

        return is_prefix ? str_starts(arn, value) : str_eq(arn, value);
}

static bool covers_one(const void *arg, struct str arn)
{
        const struct cloudtrail_data_resource *wanted = arg;

        for (size_t i = 0; i < wanted->values.count; i++)
                if (covers(wanted->values.items[i], wanted->type, arn))
                        return true;
        return false;
}

static bool has_str(const struct str_list *list, struct str text)
{
        for (size_t i = 0; i < list->count; i++)
                if (str_eq(list->items[i], text))
                        return true;
        return false;
}

static bool fits_basic(const struct cloudtrail_event_selector *selector, const struct event *event,
                       const struct resources *resources)
{
        if (str_eq(selector->read_write_type, event->is_read_only ? STR("WriteOnly") : STR("ReadOnly")))
                return false;
        if (!event->is_data)
                return selector->include_management_events.value &&
                       !has_str(&selector->exclude_management_event_sources, event->source);
        for (size_t i = 0; i < selector->data_resources.count; i++)
                if (any_of(resources, selector->data_resources.items[i].type, covers_one,
                           &selector->data_resources.items[i]))
                        return true;
        return false;
}

/* -- Advanced ones */

/* SELECT operators are OR'd together, DESELECT operators AND'd together, and both groups AND'd. */
static bool fits_value(const struct cloudtrail_advanced_field_selector *field, struct str value)
{
        bool selects = field->equals.count + field->starts_with.count + field->ends_with.count > 0;
        bool is_selected = has_str(&field->equals, value);

        for (size_t i = 0; i < field->starts_with.count; i++)
                is_selected |= str_starts(value, field->starts_with.items[i]);
        for (size_t i = 0; i < field->ends_with.count; i++)
                is_selected |= str_ends(value, field->ends_with.items[i]);
        if ((selects && !is_selected) || has_str(&field->not_equals, value))
                return false;
        for (size_t i = 0; i < field->not_starts_with.count; i++)
                if (str_starts(value, field->not_starts_with.items[i]))
                        return false;
        for (size_t i = 0; i < field->not_ends_with.count; i++)
                if (str_ends(value, field->not_ends_with.items[i]))
                        return false;
        return true;
}

/* What only the record itself says; looked up there for those few that are asked for it. */
static bool fits_record(const struct cloudtrail_advanced_field_selector *field, const struct event *event)
{
        json_t *record = json_loadb(event->json.ptr, event->json.len, 0, NULL);
        const json_t *at = record;
        struct str rest = field->field, part;
        char name[64];
        struct str value;
        bool fits;

        while (str_cut(&rest, '.', &part) && str_to_buffer(part, name, sizeof(name)) == 0)
                at = json_object_get(at, name);
        value = json_is_true(at)     ? STR("true")
                : json_is_string(at) ? str_make(json_string_value(at), json_string_length(at))
                                     : STR("");
        fits = fits_value(field, value);
        json_decref(record);
        return fits;
}

static bool fits_arn(const void *arg, struct str arn)
{
        const struct cloudtrail_advanced_field_selector *field = arg;

        return !field || fits_value(field, arn);
}

/* It names none, and is of the service that has this type: a listing of all. */
static bool is_of_all(const struct event *event, struct str type)
{
        return event->is_data && event->resource_count == 0 && has_type(event->source, type);
}

/* Of those resources that are of the selector's type, one must fit. */
static bool fits_field(const struct cloudtrail_advanced_field_selector *field, const struct event *event,
                       const struct resources *resources, struct str type)
{
        if (str_eq(field->field, STR("eventCategory")))
                return fits_value(field, event->is_data ? STR("Data") : STR("Management"));
        if (str_eq(field->field, STR("resources.type")))
                return any_of(resources, type, fits_arn, NULL) || is_of_all(event, type);
        if (str_eq(field->field, STR("resources.ARN")))
                return any_of(resources, type, fits_arn, field);
        if (str_eq(field->field, STR("readOnly")))
                return fits_value(field, event->is_read_only ? STR("true") : STR("false"));
        if (str_eq(field->field, STR("eventSource")))
                return fits_value(field, event->source);
        if (str_eq(field->field, STR("eventName")))
                return fits_value(field, event->name);
        return fits_record(field, event);
}

static struct str type_of(const struct cloudtrail_advanced_event_selector *selector)
{
        for (size_t i = 0; i < selector->field_selectors.count; i++)
                if (str_eq(selector->field_selectors.items[i].field, STR("resources.type")) &&
                    selector->field_selectors.items[i].equals.count)
                        return selector->field_selectors.items[i].equals.items[0];
        return STR_NONE;
}

static bool fits_advanced(const struct cloudtrail_advanced_event_selector *selector,
                          const struct event *event, const struct resources *resources)
{
        struct str type = type_of(selector);

        for (size_t i = 0; i < selector->field_selectors.count; i++)
                if (!fits_field(&selector->field_selectors.items[i], event, resources, type))
                        return false;
        return true;
}

/* -- All of it */

/* What CloudTrail itself does: deliveries, mostly. A user or a session may have its name, and must not be
 * taken for it: the record says who it was. */
static bool is_its_own(const struct event *event)
{
        struct str type = STR("AWSService");
        const struct cloudtrail_advanced_field_selector of_service = {
                .field = STR("userIdentity.type"),
                .equals = {.items = &type, .count = 1, .is_set = true},
        };

        return str_eq(event->username, TRAIL_SERVICE) && fits_record(&of_service, event);
}

bool event_is_of_feed(const struct event *event)
{
        struct str service = TRAIL_SERVICE;
        const struct cloudtrail_advanced_field_selector by_it = {
                .field = STR("userIdentity.invokedBy"),
                .equals = {.items = &service, .count = 1, .is_set = true},
        };

        return event->is_data && str_eq(event->source, STR("logs.amazonaws.com")) &&
               str_eq(event->name, STR("PutLogEvents")) && fits_record(&by_it, event);
}

bool watch_covers(const struct cloudtrail_watch_record *watch, const struct event *event)
{
        if (event->time_ms < watch->begins.value ||
            (watch->ends.is_set && event->time_ms >= watch->ends.value))
                return false;
        if (watch->recursive.is_set && !watch->recursive.value && is_its_own(event))
                return false;
        return is_in_its_regions(watch, event);
}

bool choice_is_usual(const struct event *event)
{
        return !event->is_data;
}

bool choice_fits(const struct cloudtrail_choice_record *choice, const struct event *event)
{
        _cleanup_(resources_done) struct resources resources = {};

        find_resources(event, &resources);
        for (size_t i = 0; i < choice->selectors.count; i++)
                if (fits_basic(&choice->selectors.items[i], event, &resources))
                        return true;
        for (size_t i = 0; i < choice->advanced.count; i++)
                if (fits_advanced(&choice->advanced.items[i], event, &resources))
                        return true;
        return false;
}
