/* Which events a trail wants.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html */
#include <jansson.h>

#include "services/cloudtrail/watch.h"

#define S3_OBJECT STR("AWS::S3::Object")
#define S3_BUCKET STR("AWS::S3::Bucket")

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

/* What CloudTrail itself does: deliveries, mostly. */
static bool is_its_own(const struct event *event)
{
        return str_eq(event->username, TRAIL_SERVICE);
}

/* -- Resources of data events. One that concerns a bucket as a whole, such as a listing, is an event of its
 * objects, under the bucket's ARN and a slash: CloudTrail names them by "ARNPrefix". */

static struct str object_arn(const struct event *event, char room[128])
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

struct resources {
        struct str type;
        struct str arns[OUTBOX_RESOURCES + 1];
        size_t count;
        char room[128];
};

static void find_resources(const struct event *event, struct str type, struct resources *ret)
{
        struct str whole = str_eq(type, S3_OBJECT) ? object_arn(event, ret->room) : STR_NONE;

        ret->type = type;
        ret->count = 0;
        for (size_t i = 0; i < event->resource_count; i++)
                if (str_eq(event->resources[i].type, type))
                        ret->arns[ret->count++] = event->resources[i].arn;
        if (str_is_set(whole))
                ret->arns[ret->count++] = whole;
}

/* -- Basic selectors */

/* "Lambda function ARNs are exact", and so are those of tables; without a region, all are meant. */
static bool covers(struct str value, struct str type, struct str arn)
{
        bool is_prefix = str_eq(type, S3_OBJECT) || str_eq(value, STR("arn:aws:lambda")) ||
                         str_eq(value, STR("arn:aws:dynamodb"));

        return is_prefix ? str_starts(arn, value) : str_eq(arn, value);
}

static bool covers_any(const struct cloudtrail_data_resource *wanted, const struct event *event)
{
        struct resources found;

        find_resources(event, wanted->type, &found);
        for (size_t i = 0; i < found.count; i++)
                for (size_t k = 0; k < wanted->values.count; k++)
                        if (covers(wanted->values.items[k], wanted->type, found.arns[i]))
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

static bool fits_basic(const struct cloudtrail_event_selector *selector, const struct event *event)
{
        if (str_eq(selector->read_write_type, event->is_read_only ? STR("WriteOnly") : STR("ReadOnly")))
                return false;
        if (!event->is_data)
                return selector->include_management_events.value &&
                       !has_str(&selector->exclude_management_event_sources, event->source);
        for (size_t i = 0; i < selector->data_resources.count; i++)
                if (covers_any(&selector->data_resources.items[i], event))
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

/* Of those resources that are of the selector's type, one must fit. */
static bool fits_resource(const struct cloudtrail_advanced_field_selector *field,
                          const struct resources *resources)
{
        for (size_t i = 0; i < resources->count; i++)
                if (fits_value(field, resources->arns[i]))
                        return true;
        return false;
}

static bool fits_field(const struct cloudtrail_advanced_field_selector *field, const struct event *event,
                       const struct resources *resources)
{
        if (str_eq(field->field, STR("eventCategory")))
                return fits_value(field, event->is_data ? STR("Data") : STR("Management"));
        if (str_eq(field->field, STR("resources.type")))
                return resources->count > 0;
        if (str_eq(field->field, STR("resources.ARN")))
                return fits_resource(field, resources);
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
                          const struct event *event)
{
        struct resources resources = {};

        if (event->is_data)
                find_resources(event, type_of(selector), &resources);
        for (size_t i = 0; i < selector->field_selectors.count; i++)
                if (!fits_field(&selector->field_selectors.items[i], event, &resources))
                        return false;
        return true;
}

/* -- All of it */

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
        for (size_t i = 0; i < choice->selectors.count; i++)
                if (fits_basic(&choice->selectors.items[i], event))
                        return true;
        for (size_t i = 0; i < choice->advanced.count; i++)
                if (fits_advanced(&choice->advanced.items[i], event))
                        return true;
        return false;
}
