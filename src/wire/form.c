#include "form.h"

#include "base/text.h"

static size_t count_params(struct str text)
{
        size_t count = text.len > 0;

        for (size_t i = 0; i < text.len; i++)
                count += text.ptr[i] == '&';
        return count;
}

static int decode_part(struct arena *arena, struct str raw, struct str *ret)
{
        if (!memchr(raw.ptr, '%', raw.len) && !memchr(raw.ptr, '+', raw.len))
                *ret = raw;
        else
                TRY(percent_decode(arena, raw, true, ret));
        return utf8_is_valid(*ret) ? 0 : -EILSEQ;
}

/* "name=value"; a name alone has the empty value. */
static int parse_param(struct arena *arena, struct str piece, struct str_pair *ret)
{
        ptrdiff_t equals = str_find_byte(piece, '=');
        size_t name_len = equals < 0 ? piece.len : (size_t)equals;

        TRY(decode_part(arena, str_part(piece, 0, name_len), &ret->key));
        return decode_part(arena, str_from(piece, name_len + 1), &ret->value);
}

static int parse_text(struct arena *arena, struct str text, struct wire_form *form)
{
        struct str rest = text.len ? text : STR_NONE;

        for (struct str piece; str_cut(&rest, '&', &piece);) {
                if (piece.len == 0)
                        continue;
                TRY(parse_param(arena, piece, &form->params[form->count]));
                form->count++;
        }
        return 0;
}

int wire_form_parse_query(struct str query, struct arena *arena, struct wire_form *ret)
{
        size_t count = count_params(query);

        if (count > WIRE_FORM_MAX_PARAMS)
                return -E2BIG;
        *ret = (struct wire_form){.params = arena_new_array(arena, struct str_pair, count + 1)};
        return ret->params ? parse_text(arena, query, ret) : -ENOMEM;
}

static int refuse(struct wire_fault *fault, struct arena *arena, int problem)
{
        if (problem == -ENOMEM)
                return problem;
        if (problem == -EILSEQ)
                return wire_refuse(fault, arena, wire_common_error(API_QUERY, WIRE_ERROR_MALFORMED),
                                   "The request contains bytes that are not valid UTF-8.");
        return wire_refuse(fault, arena, wire_common_error(API_QUERY, WIRE_ERROR_MALFORMED_QUERY),
                           "The query string contains a syntax error.");
}

int wire_form_parse(const struct http_request *request, struct arena *arena, struct wire_form *ret,
                    struct wire_fault *ret_fault)
{
        bool has_body = !str_eq(request->method, STR("GET")) && !str_eq(request->method, STR("HEAD"));
        struct str body = has_body ? request->body : STR_NONE;
        size_t limit = count_params(request->query) + count_params(body);
        int problem;

        if (limit > WIRE_FORM_MAX_PARAMS)
                return wire_refuse(ret_fault, arena, wire_common_error(API_QUERY, WIRE_ERROR_MALFORMED_QUERY),
                                   "The request has more than %d parameters.", WIRE_FORM_MAX_PARAMS);
        *ret = (struct wire_form){.params = arena_new_array(arena, struct str_pair, limit + 1)};
        if (!ret->params)
                return -ENOMEM;
        problem = parse_text(arena, request->query, ret);
        if (problem == 0)
                problem = parse_text(arena, body, ret);
        return problem == 0 ? 0 : refuse(ret_fault, arena, problem);
}

struct str wire_form_value(const struct wire_form *form, struct str name)
{
        for (size_t i = form->count; i > 0; i--)
                if (str_eq(form->params[i - 1].key, name))
                        return form->params[i - 1].value;
        return STR_NONE;
}

void wire_query_action(const struct wire_form *form, struct str *ret_action, struct str *ret_version)
{
        *ret_action = wire_form_value(form, STR("Action"));
        *ret_version = wire_form_value(form, STR("Version"));
}
