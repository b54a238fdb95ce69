/* Whether selectors are such as CloudTrail takes.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
#include "services/cloudtrail/trail.h"

#define SELECTORS_MAX 5
#define RESOURCES_MAX 250
#define VALUES_MAX    500
#define VALUE_MAX     2048                /* as of advanced ones */
#define ENTRIES_MAX   (4 * RESOURCES_MAX) /* a value that means all, too, can be said again and again */

static int refuse(struct call *call, const char *what, struct str value, const char *why)
{
        return fail(call, &cloudtrail_invalid_event_selectors_exception, "%s %.*s %s", what, STR_ARG(value),
                    why);
}

static bool is_one_of(struct str text, const struct str *list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (str_eq(text, list[i]))
                        return true;
        return false;
}

/* -- Basic ones */

static const struct {
        struct str type;
        struct str all[2]; /* values that mean every resource of the type */
        struct str start;  /* of any other */
} RESOURCES[] = {
        {STR_INIT("AWS::S3::Object"),
         {STR_INIT("arn:aws:s3"), STR_INIT("arn:aws:s3:::")},
         STR_INIT("arn:aws:s3:::")},
        {STR_INIT("AWS::Lambda::Function"),
         {STR_INIT("arn:aws:lambda"), STR_INIT("arn:aws:lambda")},
         STR_INIT("arn:aws:lambda:")},
        {STR_INIT("AWS::DynamoDB::Table"),
         {STR_INIT("arn:aws:dynamodb"), STR_INIT("arn:aws:dynamodb")},
         STR_INIT("arn:aws:dynamodb:")},
};

/* "arn:aws:s3:::bucket/" or "arn:aws:s3:::bucket/prefix"; ARNs of the others. No wildcards. */
static bool is_value(size_t kind, struct str value)
{
        struct str rest;

        if (is_one_of(value, RESOURCES[kind].all, 2))
                return true;
        if (!str_starts(value, RESOURCES[kind].start) || value.len > VALUE_MAX)
                return false;
        rest = str_from(value, RESOURCES[kind].start.len);
        if (kind > 0)
                return rest.len > 0 && !str_has_byte(rest, '*');
        return str_find_byte(rest, '/') > 0 &&
               !str_has_byte(str_part(rest, 0, (size_t)str_find_byte(rest, '/')), '*');
}

/* What a selector lists, as far as it is bounded: single resources; and all entries, of whatever kind, for
 * they are read and compared for each event. */
struct counts {
        size_t resources, entries;
};

static int check_resource(struct call *call, const struct cloudtrail_data_resource *resource,
                          struct counts *counts)
{
        size_t kind = 0;

        while (kind < ARRAY_LEN(RESOURCES) && !str_eq(RESOURCES[kind].type, resource->type))
                kind++;
        if (kind == ARRAY_LEN(RESOURCES))
                return refuse(call, "Value", resource->type, "for DataResources.Type is invalid.");
        for (size_t i = 0; i < resource->values.count; i++) {
                struct str value = resource->values.items[i];

                if (!is_value(kind, value))
                        return refuse(call, "Value", value, "for DataResources.Values is invalid.");
                counts->resources += !is_one_of(value, RESOURCES[kind].all, 2);
        }
        counts->entries += 1 + resource->values.count;
        return 0;
}

static int check_excluded(struct call *call, const struct cloudtrail_event_selector *selector)
{
        static const struct str SOURCES[] = {STR_INIT("kms.amazonaws.com"),
                                             STR_INIT("rdsdata.amazonaws.com")};
        const struct str_list *list = &selector->exclude_management_event_sources;

        for (size_t i = 0; i < list->count; i++)
                if (!is_one_of(list->items[i], SOURCES, ARRAY_LEN(SOURCES)))
                        return refuse(call, "Value", list->items[i],
                                      "for ExcludeManagementEventSources is invalid.");
        if (list->count && selector->include_management_events.is_set &&
            !selector->include_management_events.value)
                return refuse(call, "ExcludeManagementEventSources", STR("requires"),
                              "IncludeManagementEvents to be true.");
        return 0;
}

static int check_selector(struct call *call, const struct cloudtrail_event_selector *selector,
                          struct counts *counts)
{
        TRY(check_excluded(call, selector));
        for (size_t i = 0; i < selector->data_resources.count; i++)
                TRY(check_resource(call, &selector->data_resources.items[i], counts));
        counts->entries += selector->exclude_management_event_sources.count;
        if (selector->include_management_events.is_set && !selector->include_management_events.value &&
            selector->data_resources.count == 0)
                return refuse(call, "An event selector", STR("must include"),
                              "management events, data resources, or both.");
        return 0;
}

int selectors_check(struct call *call, const struct cloudtrail_event_selector_list *selectors)
{
        struct counts counts = {};

        if (selectors->count < 1 || selectors->count > SELECTORS_MAX)
                return fail(call, &cloudtrail_invalid_event_selectors_exception,
                            "Number of event selectors must be between 1 and %d.", SELECTORS_MAX);
        for (size_t i = 0; i < selectors->count; i++)
                TRY(check_selector(call, &selectors->items[i], &counts));
        if (counts.resources > RESOURCES_MAX || counts.entries > ENTRIES_MAX)
                return fail(call, &cloudtrail_invalid_event_selectors_exception,
                            "Number of data resources exceeds the limit of %d.", RESOURCES_MAX);
        return 0;
}

/* -- Advanced ones */

/* Of management events, those who select for an event data store may say more of than those for a trail. */
enum { MANAGEMENT = 1, DATA = 2, NETWORK = 4, STORED_MANAGEMENT = 8 };

enum operators { EQUALS_ONLY, EQUALITY, NOT_EQUALS, ALL_OPERATORS };

static const struct {
        struct str field;
        unsigned int categories; /* of selectors, where it may stand */
        enum operators operators;
} FIELDS[] = {
        {STR_INIT("eventCategory"), MANAGEMENT | STORED_MANAGEMENT | DATA | NETWORK, EQUALS_ONLY},
        {STR_INIT("readOnly"), MANAGEMENT | STORED_MANAGEMENT | DATA, EQUALS_ONLY},
        {STR_INIT("eventSource"), MANAGEMENT | STORED_MANAGEMENT, NOT_EQUALS},
        {STR_INIT("eventSource"), DATA, ALL_OPERATORS},
        {STR_INIT("eventSource"), NETWORK, EQUALS_ONLY},
        {STR_INIT("eventName"), STORED_MANAGEMENT | DATA | NETWORK, ALL_OPERATORS},
        {STR_INIT("eventType"), STORED_MANAGEMENT | DATA, ALL_OPERATORS},
        {STR_INIT("resources.type"), DATA, EQUALS_ONLY},
        {STR_INIT("resources.ARN"), DATA, ALL_OPERATORS},
        {STR_INIT("sessionCredentialFromConsole"), STORED_MANAGEMENT | DATA, EQUALITY},
        {STR_INIT("userIdentity.arn"), STORED_MANAGEMENT | DATA | NETWORK, ALL_OPERATORS},
        {STR_INIT("errorCode"), NETWORK, EQUALS_ONLY},
        {STR_INIT("vpcEndpointId"), NETWORK, ALL_OPERATORS},
};

static bool fits_operators(const struct cloudtrail_advanced_field_selector *field, enum operators operators)
{
        size_t ends = field->starts_with.count + field->ends_with.count + field->not_starts_with.count +
                      field->not_ends_with.count;

        switch (operators) {
        case EQUALS_ONLY:
                return ends + field->not_equals.count == 0;
        case NOT_EQUALS:
                return ends + field->equals.count == 0;
        case EQUALITY:
                return ends == 0;
        case ALL_OPERATORS:
                return true;
        }
        return false;
}

static size_t count_values(const struct cloudtrail_advanced_field_selector *field)
{
        return field->equals.count + field->starts_with.count + field->ends_with.count +
               field->not_equals.count + field->not_starts_with.count + field->not_ends_with.count;
}

static const struct cloudtrail_advanced_field_selector *find_field(
        const struct cloudtrail_advanced_event_selector *selector, struct str name)
{
        for (size_t i = 0; i < selector->field_selectors.count; i++)
                if (str_eq(selector->field_selectors.items[i].field, name))
                        return &selector->field_selectors.items[i];
        return NULL;
}

static int read_category(struct call *call, const struct cloudtrail_advanced_event_selector *selector,
                         unsigned int *ret)
{
        static const struct str NAMES[] = {STR_INIT("Management"), STR_INIT("Data"),
                                           STR_INIT("NetworkActivity")};
        const struct cloudtrail_advanced_field_selector *field = find_field(selector, STR("eventCategory"));

        if (!field || field->equals.count != 1)
                return refuse(call, "Each advanced event selector", STR("must have"),
                              "the field eventCategory with one value of Equals.");
        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
                if (str_eq(field->equals.items[0], NAMES[i])) {
                        *ret = 1U << i;
                        return 0;
                }
        return refuse(call, "Value", field->equals.items[0], "for the field eventCategory is invalid.");
}

/* Values that alone are valid for a field. */
static int check_values(struct call *call, const struct cloudtrail_advanced_field_selector *field,
                        unsigned int category)
{
        static const struct str READ_ONLY[] = {STR_INIT("true"), STR_INIT("false")};
        static const struct str EXCLUDED[] = {STR_INIT("kms.amazonaws.com"),
                                              STR_INIT("rdsdata.amazonaws.com")};
        static const struct str CODES[] = {STR_INIT("VpceAccessDenied")};
        bool is_boolean = str_eq(field->field, STR("readOnly"));
        bool excludes =
                str_eq(field->field, STR("eventSource")) && (category & (MANAGEMENT | STORED_MANAGEMENT));

        for (size_t i = 0; is_boolean && i < field->equals.count; i++)
                if (!is_one_of(field->equals.items[i], READ_ONLY, 2))
                        return refuse(call, "Value", field->equals.items[i],
                                      "for the field readOnly is invalid.");
        for (size_t i = 0; str_eq(field->field, STR("errorCode")) && i < field->equals.count; i++)
                if (!is_one_of(field->equals.items[i], CODES, 1))
                        return refuse(call, "Value", field->equals.items[i],
                                      "for the field errorCode is invalid.");
        for (size_t i = 0; excludes && i < field->not_equals.count; i++)
                if (!is_one_of(field->not_equals.items[i], EXCLUDED, 2))
                        return refuse(call, "Value", field->not_equals.items[i],
                                      "for the field eventSource is invalid.");
        return 0;
}

static int check_field(struct call *call, const struct cloudtrail_advanced_field_selector *field,
                       unsigned int category)
{
        for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++) {
                if (!str_eq(FIELDS[i].field, field->field) || !(FIELDS[i].categories & category))
                        continue;
                if (!fits_operators(field, FIELDS[i].operators))
                        return refuse(call, "Field", field->field, "does not take that operator.");
                if (count_values(field) == 0)
                        return refuse(call, "Field", field->field, "must have an operator.");
                return check_values(call, field, category);
        }
        return refuse(call, "Field", field->field, "is invalid for this event category.");
}

static int check_advanced(struct call *call, const struct cloudtrail_advanced_event_selector *selector,
                          bool is_of_store, size_t *count)
{
        const struct cloudtrail_advanced_field_selector *type = find_field(selector, STR("resources.type"));
        unsigned int category = 0;

        TRY(read_category(call, selector, &category));
        if (category == MANAGEMENT && is_of_store)
                category = STORED_MANAGEMENT;
        for (size_t i = 0; i < selector->field_selectors.count; i++) {
                const struct cloudtrail_advanced_field_selector *field = &selector->field_selectors.items[i];

                if (find_field(selector, field->field) != field)
                        return refuse(call, "Field", field->field, "is given more than once.");
                TRY(check_field(call, field, category));
                *count += count_values(field);
        }
        if (category == DATA && (!type || type->equals.count != 1))
                return refuse(call, "A selector of data events", STR("must have"),
                              "the field resources.type with one value.");
        if (category == NETWORK && !find_field(selector, STR("eventSource")))
                return refuse(call, "A selector of network activity events", STR("must have"),
                              "the field eventSource.");
        return 0;
}

int selectors_check_advanced(struct call *call,
                             const struct cloudtrail_advanced_event_selector_list *selectors,
                             bool are_of_store)
{
        size_t count = 0;

        for (size_t i = 0; i < selectors->count; i++)
                TRY(check_advanced(call, &selectors->items[i], are_of_store, &count));
        if (count > VALUES_MAX)
                return fail(call, &cloudtrail_invalid_event_selectors_exception,
                            "The number of values for all conditions exceeds the limit of %d.", VALUES_MAX);
        return 0;
}
