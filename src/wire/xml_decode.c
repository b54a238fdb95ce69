/* XML documents, input: straight into structs, without a tree.
 * https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
 *
 * Elements that nobody asks for are refused, so that one whose name is misspelt is not taken for one that is
 * not there; as are text where elements belong, and elements where text belongs. Unknown attributes are
 * ignored, and of a member given twice the last counts. */
#include "base/buf.h"
#include "base/text.h"
#include "wire/protocol.h"
#include "wire/scalar.h"
#include "wire/xml_read.h"

/* An open element: a value, or an entry of a map (then the type is the map's and the place the entry's). */
struct xml_frame {
        const struct wire_type *type;
        void *place;
        bool is_entry, has_key, has_value;
};

struct xml_in {
        struct arena *arena;
        struct xml_frame root;
        struct buf text; /* of the open value */
        struct xml_frame frames[WIRE_MAX_DEPTH];
        size_t depth;
        struct wire_xml_root names;
};

static bool is_flat(const struct wire_member *member)
{
        return (member->flags | member->type->flags) & WIRE_FLATTENED;
}

static int open_frame(struct xml_in *in, struct xml_frame frame)
{
        if (in->depth >= WIRE_MAX_DEPTH)
                return -EINVAL;
        in->frames[in->depth++] = frame;
        return 0;
}

/* -- Values of one piece. */

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* White space around anything but text means nothing. */
static struct str trim(struct str text)
{
        while (text.len && is_blank(text.ptr[0]))
                text = str_from(text, 1);
        while (text.len && is_blank(text.ptr[text.len - 1]))
                text.len--;
        return text;
}

static int parse_scalar(struct xml_in *in, const struct wire_type *type, struct str text, void *place)
{
        bool is_text = type->kind == WIRE_STRING || type->kind == WIRE_DOCUMENT;
        int problem = -EINVAL;

        if (utf8_is_valid(text))
                problem = wire_scalar_parse(type, is_text ? text : trim(text), in->arena, place);
        return problem == -ERANGE ? -EINVAL : problem;
}

static int take_attribute(struct xml_in *in, const struct wire_type *type, struct str name, struct str value,
                          void *in_struct)
{
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if ((member->flags & WIRE_ATTRIBUTE) && str_eq(xml_local_name(member->wire_name), name))
                        return parse_scalar(in, member->type, arena_dup(in->arena, value),
                                            wire_at(member, in_struct));
        }
        return 0;
}

/* Opens the frame of a value whose place is clean. */
static int open_value(struct xml_in *in, const struct wire_type *type, void *place, const char **attributes)
{
        if (type->kind == WIRE_STRUCT)
                for (size_t i = 0; attributes[i]; i += 2) {
                        struct str name = xml_local_name(str_of(attributes[i]));

                        if (str_is_set(name))
                                TRY(take_attribute(in, type, name, str_of(attributes[i + 1]), place));
                }
        if (type->kind == WIRE_LIST)
                ((struct wire_list *)place)->is_set = true;
        if (type->kind == WIRE_MAP)
                ((struct wire_map *)place)->is_set = true;
        return open_frame(in, (struct xml_frame){.type = type, .place = place});
}

/* -- Elements by what they stand in. */

static int open_item(struct xml_in *in, const struct wire_type *type, struct wire_list *list,
                     const char **attributes)
{
        void *place = wire_grow(in->arena, &list->items, list->count, type->element->size);

        if (!place)
                return -ENOMEM;
        list->is_set = true;
        list->count++;
        return open_value(in, type->element, place, attributes);
}

static int open_entry(struct xml_in *in, const struct wire_type *type, struct wire_map *map)
{
        void *place = wire_grow(in->arena, &map->items, map->count, wire_entry_size(type));

        if (!place)
                return -ENOMEM;
        map->is_set = true;
        map->count++;
        return open_frame(in, (struct xml_frame){.type = type, .place = place, .is_entry = true});
}

static int open_member(struct xml_in *in, const struct wire_member *member, void *in_struct,
                       const char **attributes)
{
        void *place = wire_at(member, in_struct);

        if (is_flat(member) && member->type->kind == WIRE_LIST)
                return open_item(in, member->type, place, attributes);
        if (is_flat(member) && member->type->kind == WIRE_MAP)
                return open_entry(in, member->type, place);
        memset(place, 0, wire_member_size(member->type)); /* given twice */
        if (member->type->kind == WIRE_STRUCT) {
                void *inner = arena_alloc(in->arena, member->type->size);

                if (!inner)
                        return -ENOMEM;
                *(void **)place = inner;
                place = inner;
        }
        return open_value(in, member->type, place, attributes);
}

static int open_in_struct(struct xml_in *in, const struct xml_frame *frame, struct str name,
                          const char **attributes)
{
        for (size_t i = 0; i < frame->type->member_count; i++) {
                const struct wire_member *member = &frame->type->members[i];

                if (wire_is_in_body(member) && !(member->flags & WIRE_ATTRIBUTE) &&
                    str_eq(member->wire_name, name))
                        return open_member(in, member, frame->place, attributes);
        }
        return -EINVAL;
}

static int open_in_entry(struct xml_in *in, struct xml_frame *frame, struct str name, const char **attributes)
{
        const struct wire_type *map = frame->type;
        char *value = (char *)frame->place + map->value_offset;

        if (str_eq(name, map->key_name)) {
                frame->has_key = true;
                return open_value(in, map->key, frame->place, attributes);
        }
        if (!str_eq(name, map->element_name))
                return -EINVAL;
        frame->has_value = true;
        memset(value, 0, map->element->size);
        return open_value(in, map->element, value, attributes);
}

static bool is_root(const struct xml_in *in, struct str name)
{
        return !str_is_set(in->names.name) || str_eq(name, in->names.name) || str_eq(name, in->names.or_name);
}

static int start(void *arg, struct str name, const char **attributes)
{
        struct xml_in *in = arg;
        struct xml_frame *frame;

        if (in->depth == 0)
                return is_root(in, name) ? open_value(in, in->root.type, in->root.place, attributes)
                                         : -EINVAL;
        frame = &in->frames[in->depth - 1];
        if (frame->is_entry)
                return open_in_entry(in, frame, name, attributes);
        switch (frame->type->kind) {
        case WIRE_STRUCT:
                return open_in_struct(in, frame, name, attributes);
        case WIRE_LIST:
                return str_eq(name, frame->type->element_name)
                               ? open_item(in, frame->type, frame->place, attributes)
                               : -EINVAL;
        case WIRE_MAP:
                return str_eq(name, STR("entry")) ? open_entry(in, frame->type, frame->place) : -EINVAL;
        default:
                return -EINVAL;
        }
}

/* -- Ends. */

static int finish_scalar(struct xml_in *in, const struct wire_type *type, void *place)
{
        struct str text = arena_dup(in->arena, buf_str(&in->text));

        if (buf_check(&in->text) < 0 || in->arena->failed)
                return -ENOMEM;
        buf_clear(&in->text);
        return parse_scalar(in, type, text, place);
}

static int finish_struct(const struct wire_type *type, void *place)
{
        for (size_t i = 0; i < type->member_count; i++)
                if (type->members[i].type->kind == WIRE_MAP && is_flat(&type->members[i]))
                        TRY(wire_map_drop_duplicates(type->members[i].type,
                                                     wire_at(&type->members[i], place)));
        return 0;
}

static int end(void *arg)
{
        struct xml_in *in = arg;
        struct xml_frame frame;

        frame = in->frames[--in->depth];
        if (frame.is_entry)
                return frame.has_key && frame.has_value ? 0 : -EINVAL;
        if (frame.type->kind == WIRE_STRUCT)
                return finish_struct(frame.type, frame.place);
        if (frame.type->kind == WIRE_MAP)
                return wire_map_drop_duplicates(frame.type, frame.place);
        return frame.type->kind == WIRE_LIST ? 0 : finish_scalar(in, frame.type, frame.place);
}

static int text(void *arg, struct str piece)
{
        struct xml_in *in = arg;
        const struct xml_frame *frame = &in->frames[in->depth - 1];

        if (frame->is_entry || !wire_is_scalar(frame->type))
                return trim(piece).len ? -EINVAL : 0;
        buf_add(&in->text, piece);
        return 0;
}

int wire_xml_decode(const struct wire_type *type, struct wire_xml_root root, struct str document,
                    struct arena *arena, void *place)
{
        struct xml_in in = {.arena = arena, .root = {.type = type, .place = place}, .names = root};
        struct xml_handler handler = {.start = start, .end = end, .text = text, .arg = &in};
        int result;

        /* A character takes at most one and a half times the room in UTF-8 that it takes in UTF-16. */
        buf_init(&in.text, 2 * document.len);
        result = xml_read(document, arena, &handler);
        buf_done_wiped(&in.text);
        return result;
}
