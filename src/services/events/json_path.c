#include "services/events/json_path.h"

/* A step of a path: ".name", ".*", "[3]" or "[*]". */
struct step {
        struct str name; /* absent: an index */
        size_t index;
        bool is_any;
};

static bool is_name_byte(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '/' || c == ':' || c == '@' || c == ' ' || (unsigned char)c >= 0x80;
}

static bool take_name(struct str *rest, struct step *ret)
{
        size_t len = 1;

        *ret = (struct step){};
        if (rest->len > 1 && rest->ptr[1] == '*') {
                ret->is_any = true;
                *rest = str_from(*rest, 2);
                return true;
        }
        while (len < rest->len && is_name_byte(rest->ptr[len]))
                len++;
        ret->name = str_part(*rest, 1, len - 1);
        *rest = str_from(*rest, len);
        return len > 1;
}

static bool take_index(struct str *rest, struct step *ret)
{
        ptrdiff_t end = str_find_byte(*rest, ']');
        struct str inside;
        uint64_t index = 0;

        *ret = (struct step){};
        if (end < 0)
                return false;
        inside = str_part(*rest, 1, (size_t)end - 1);
        *rest = str_from(*rest, (size_t)end + 1);
        ret->is_any = str_eq(inside, STR("*"));
        if (!ret->is_any && (str_to_u64(inside, &index) < 0 || index > UINT32_MAX))
                return false;
        ret->index = (size_t)index;
        return true;
}

static bool take_step(struct str *rest, struct step *ret)
{
        if (rest->ptr[0] == '.')
                return take_name(rest, ret);
        return rest->ptr[0] == '[' && take_index(rest, ret);
}

bool json_path_is_valid(struct str path)
{
        struct step step;

        if (path.len == 0 || path.ptr[0] != '$')
                return false;
        for (path = str_from(path, 1); path.len > 0;)
                if (!take_step(&path, &step))
                        return false;
        return true;
}

static void find(const json_t *value, struct str path, json_t *found);

static void find_all(const json_t *value, struct str path, json_t *found)
{
        const char *key;
        json_t *one;
        size_t i;

        json_object_foreach((json_t *)value, key, one) find(one, path, found);
        json_array_foreach((json_t *)value, i, one) find(one, path, found);
}

static void find(const json_t *value, struct str path, json_t *found)
{
        struct step step;

        while (value && path.len > 0) {
                if (!take_step(&path, &step))
                        return;
                if (step.is_any) {
                        find_all(value, path, found);
                        return;
                }
                value = str_is_set(step.name) ? json_object_getn(value, step.name.ptr, step.name.len)
                                              : json_array_get(value, step.index);
        }
        if (value)
                json_array_append(found, (json_t *)value);
}

json_t *json_path_find(const json_t *value, struct str path)
{
        bool has_asterisk = str_has_byte(path, '*');
        json_t *found = json_array(), *only;

        find(value, str_from(path, 1), found);
        if (json_array_size(found) == 0 || has_asterisk) {
                if (json_array_size(found) > 0)
                        return found;
                json_decref(found);
                return NULL;
        }
        only = json_incref(json_array_get(found, 0));
        json_decref(found);
        return only;
}
