/* Query protocol and EC2's, input: parameters into the struct that a shape describes.
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html and
 * https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 *
 * As AWS's services do it: unknown parameters are ignored, gaps in the numbers of a list's items close up, of
 * a parameter given twice the last counts, "Tags=" is a list that was given and is empty. Messages are
 * Coral's. EC2 has its lists without ".member", and refuses parameters that it does not know. */
#include "wire/ec2_faults.h"
#include "wire/form_order.h"
#include "wire/protocol.h"
#include "wire/scalar.h"

struct query_in {
        struct arena *arena;
        struct wire_fault *fault;
        enum api_protocol protocol;
        unsigned int depth;
};

static int decode_value(struct query_in *in, const struct wire_type *type, uint32_t flags,
                        struct form_run run, void *place);

static int malformed(struct query_in *in, const char *message)
{
        return wire_refuse(in->fault, in->arena, wire_common_error(in->protocol, WIRE_ERROR_MALFORMED), "%s",
                           message);
}

static int decode_scalar(struct query_in *in, const struct wire_type *type, struct form_run run, void *place)
{
        struct str text = form_take_value(&run);
        int problem;

        if (!form_run_is_empty(&run))
                return malformed(in, "Start of structure or map found where not expected");
        problem = wire_scalar_parse(type, text, in->arena, place);
        if (problem == 0 || problem == -ENOMEM)
                return problem;
        return wire_refuse(
                in->fault, in->arena, wire_common_error(in->protocol, WIRE_ERROR_MALFORMED),
                "%s can not be converted to %s %s", problem == -ERANGE ? "NUMBER_VALUE" : "STRING_VALUE",
                strchr("AEIOU", wire_kind_name(type->kind)[0]) ? "an" : "a", wire_kind_name(type->kind));
}

/* -- Items of lists and entries of maps, by their numbers. */

struct numbered {
        uint32_t number;
        struct form_run run;
};

static int parse_number(struct query_in *in, struct str segment, uint32_t *ret)
{
        uint64_t number;

        if (segment.len > 9 || str_to_u64(segment, &number) < 0 || segment.ptr[0] == '0')
                return malformed(in, "The number of a list's item is not a number from 1.");
        *ret = (uint32_t)number;
        return 0;
}

static size_t count_segments(struct form_run rest)
{
        struct str segment;
        struct form_run run;
        size_t count = 0;

        while (form_next(&rest, &segment, &run))
                count++;
        return count;
}

static int by_number(const void *a, const void *b)
{
        const struct numbered *left = a, *right = b;

        return (left->number > right->number) - (left->number < right->number);
}

/* Names sort 1, 10, 2; most lists have less than ten items, which stand in their places. */
static void sort_numbered(struct numbered *items, size_t count)
{
        for (size_t i = 1; i < count; i++)
                if (items[i - 1].number > items[i].number) {
                        qsort(items, count, sizeof(*items), by_number);
                        return;
                }
}

/* "member.1" ... of a wrapped list, "1" ... of a flattened one. Anything else under the name is refused:
 * silently to drop half of a list of tags would be worse. */
static int unwrap(struct query_in *in, struct form_run *run, struct str wrapper, bool is_flat)
{
        struct form_run inner;
        struct str segment;

        if (is_flat || form_run_is_empty(run))
                return 0;
        if (!form_next(run, &segment, &inner) || !form_run_is_empty(run) || !str_eq(segment, wrapper))
                return malformed(in, "Unexpected list element termination");
        if (str_is_set(form_take_value(&inner)))
                return malformed(in, "Unexpected list element termination");
        *run = inner;
        return 0;
}

static int collect(struct query_in *in, struct form_run run, struct numbered **ret, size_t *ret_count)
{
        size_t count = count_segments(run);
        struct numbered *items = arena_new_array(in->arena, struct numbered, count + 1);
        struct str segment;

        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < count && form_next(&run, &segment, &items[i].run); i++)
                TRY(parse_number(in, segment, &items[i].number));
        sort_numbered(items, count);
        *ret = items;
        *ret_count = count;
        return 0;
}

static bool is_letter(char c)
{
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "AttributeName=All", "Attribute.Name=a&Attribute.Value=b": of a flattened list or map of one item the
 * number may be left out, as the samples of the services that have them do.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html and
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
static bool is_sole_item(const struct query_in *in, bool is_flat, struct form_run run)
{
        struct form_run inner;
        struct str segment;

        if (in->protocol != API_QUERY || !is_flat)
                return false;
        if (form_take_value(&run).len)
                return true;
        return form_next(&run, &segment, &inner) && segment.len && is_letter(segment.ptr[0]);
}

static int collect_sole(struct query_in *in, struct form_run run, struct numbered **ret, size_t *ret_count)
{
        struct numbered *items = arena_new(in->arena, struct numbered);

        if (!items)
                return -ENOMEM;
        *items = (struct numbered){.number = 1, .run = run};
        *ret = items;
        *ret_count = 1;
        return 0;
}

/* What stands under a list's or map's own name: nothing, or the empty value of an empty one. */
static int take_empty(struct query_in *in, struct form_run *run)
{
        struct str own = form_take_value(run);

        return own.len ? malformed(in, "Unexpected list element termination") : 0;
}

static int take_items(struct query_in *in, struct form_run run, struct str wrapper, bool is_flat,
                      struct numbered **ret, size_t *ret_count)
{
        if (is_sole_item(in, is_flat, run))
                return collect_sole(in, run, ret, ret_count);
        TRY(take_empty(in, &run));
        TRY(unwrap(in, &run, wrapper, is_flat));
        return collect(in, run, ret, ret_count);
}

static int decode_list(struct query_in *in, const struct wire_type *type, uint32_t flags, struct form_run run,
                       struct wire_list *list)
{
        struct numbered *items;
        char *place;

        list->is_set = true;
        TRY(take_items(in, run, type->element_name,
                       in->protocol == API_EC2 || (flags | type->flags) & WIRE_FLATTENED, &items,
                       &list->count));
        place = arena_alloc_array(in->arena, list->count + 1, type->element->size);
        if (!place)
                return -ENOMEM;
        list->items = place;
        for (size_t i = 0; i < list->count; i++)
                TRY(decode_value(in, type->element, 0, items[i].run, place + i * type->element->size));
        return 0;
}

/* "key" and "value" of one entry. */
static int decode_entry(struct query_in *in, const struct wire_type *type, struct form_run run, char *entry)
{
        struct str *key = (struct str *)(void *)entry;
        bool has_value = false;
        struct form_run inner;
        struct str segment;

        if (str_is_set(form_take_value(&run)))
                return malformed(in, "Unexpected complex element termination");
        while (form_next(&run, &segment, &inner)) {
                if (str_eq(segment, type->key_name))
                        *key = form_take_value(&inner);
                if (!str_eq(segment, type->element_name))
                        continue;
                TRY(decode_value(in, type->element, 0, inner, entry + type->value_offset));
                has_value = true;
        }
        if (!str_is_set(*key))
                return malformed(in, "An entry of a map has no key.");
        return has_value ? 0 : malformed(in, "An entry of a map has no value.");
}

static int decode_map(struct query_in *in, const struct wire_type *type, uint32_t flags, struct form_run run,
                      struct wire_map *map)
{
        size_t size = wire_entry_size(type);
        struct numbered *entries;
        char *place;

        map->is_set = true;
        TRY(take_items(in, run, STR("entry"), (flags | type->flags) & WIRE_FLATTENED, &entries, &map->count));
        place = arena_alloc_array(in->arena, map->count + 1, size);
        if (!place)
                return -ENOMEM;
        map->items = place;
        for (size_t i = 0; i < map->count; i++)
                TRY(decode_entry(in, type, entries[i].run, place + i * size));
        return wire_map_drop_duplicates(type, map);
}

/* -- Structures. */

static const struct wire_member *find_by_wire_name(const struct wire_type *type, struct str name)
{
        for (size_t i = 0; i < type->member_count; i++)
                if (str_eq(wire_form_name(&type->members[i]), name))
                        return &type->members[i];
        return NULL;
}

static int decode_member(struct query_in *in, const struct wire_member *member, struct form_run run,
                         void *in_struct)
{
        void *place = wire_at(member, in_struct);

        if (member->type->kind == WIRE_STRUCT) {
                void *inner = arena_alloc(in->arena, member->type->size);

                if (!inner)
                        return -ENOMEM;
                *(void **)place = inner;
                place = inner;
        }
        return decode_value(in, member->type, member->flags, run, place);
}

static int decode_members(struct query_in *in, const struct wire_type *type, struct form_run run, void *place)
{
        struct form_run inner;
        struct str segment;

        while (form_next(&run, &segment, &inner)) {
                const struct wire_member *member = find_by_wire_name(type, segment);

                if (member)
                        TRY(decode_member(in, member, inner, place));
                else if (in->protocol == API_EC2 && !(in->depth == 0 && ec2_is_common_parameter(segment)))
                        return ec2_fault_of_unknown(str_part(inner.params[inner.begin].key, 0, inner.at),
                                                    in->arena, in->fault);
        }
        return 0;
}

static int decode_struct(struct query_in *in, const struct wire_type *type, struct form_run run, void *place)
{
        if (form_take_value(&run).len)
                return malformed(in, "Unexpected complex element termination");
        return decode_members(in, type, run, place);
}

static int decode_value(struct query_in *in, const struct wire_type *type, uint32_t flags,
                        struct form_run run, void *place)
{
        int result;

        if (wire_is_scalar(type))
                return decode_scalar(in, type, run, place);
        if (in->depth >= WIRE_MAX_DEPTH)
                return malformed(in, "The input is nested too deeply.");
        in->depth++;
        if (type->kind == WIRE_LIST)
                result = decode_list(in, type, flags, run, place);
        else if (type->kind == WIRE_MAP)
                result = decode_map(in, type, flags, run, place);
        else
                result = decode_struct(in, type, run, place);
        in->depth--;
        return result;
}

static int decode(enum api_protocol protocol, const struct wire_type *type,
                  const struct wire_request *request, struct arena *arena, void *ret_in,
                  struct wire_fault *ret_fault)
{
        struct query_in in = {.arena = arena, .fault = ret_fault, .protocol = protocol};
        struct form_run all;

        TRY(form_order(request->form, arena, &all));
        return decode_members(&in, type, all, ret_in);
}

int wire_query_decode(const struct wire_type *type, const struct wire_request *request, struct arena *arena,
                      void *ret_in, struct wire_fault *ret_fault)
{
        return decode(API_QUERY, type, request, arena, ret_in, ret_fault);
}

int wire_ec2_decode(const struct wire_type *type, const struct wire_request *request, struct arena *arena,
                    void *ret_in, struct wire_fault *ret_fault)
{
        return decode(API_EC2, type, request, arena, ret_in, ret_fault);
}
