#include "services/s3/tags.h"

#include "base/text.h"

#define TAG_KEY_MAX   128
#define TAG_VALUE_MAX 256

static int invalid(struct call *call, const char *text, struct str key)
{
        call_detail(call, STR("TagKey"), key);
        return fail(call, &s3_invalid_tag, "%s", text);
}

/* "The allowed characters across services are: letters (a-z, A-Z), numbers (0-9), and spaces representable in
 * UTF-8, and the following characters: + - = . _ : / @"; of what is not ASCII, letters are not told from
 * others. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
static bool has_allowed_characters(struct str text)
{
        static const struct str ALLOWED = STR_INIT(" +-=._:/@");

        for (size_t i = 0; i < text.len; i++) {
                unsigned char c = (unsigned char)text.ptr[i];

                if (c < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
                    !(c >= '0' && c <= '9') && !str_has_byte(ALLOWED, text.ptr[i]))
                        return false;
        }
        return true;
}

static int check_tag(struct call *call, const struct s3_tag *tag)
{
        if (tag->key.len == 0 || utf8_length(tag->key) > TAG_KEY_MAX || !has_allowed_characters(tag->key))
                return invalid(call, "The TagKey you have provided is invalid", tag->key);
        if (utf8_length(tag->value) > TAG_VALUE_MAX || !has_allowed_characters(tag->value))
                return invalid(call, "The TagValue you have provided is invalid", tag->key);
        if (str_starts_nocase(tag->key, STR("aws:")))
                return invalid(call, "System tags cannot be added/updated by requester", tag->key);
        return 0;
}

int s3_check_tags(struct call *call, const struct s3_tag_list *tags, size_t max)
{
        if (tags->count > max)
                return fail(call, &s3_bad_request, "%s tags cannot be greater than %zu",
                            max == S3_BUCKET_TAGS_MAX ? "Bucket" : "Object", max);
        for (size_t i = 0; i < tags->count; i++) {
                TRY(check_tag(call, &tags->items[i]));
                for (size_t k = 0; k < i; k++)
                        if (str_eq(tags->items[k].key, tags->items[i].key))
                                return invalid(call, "Cannot provide multiple Tags with the same key",
                                               tags->items[i].key);
        }
        return 0;
}

static int malformed(struct call *call, struct str header)
{
        call_detail(call, STR("ArgumentName"), STR("x-amz-tagging"));
        call_detail(call, STR("ArgumentValue"), header);
        return fail(
                call, &s3_invalid_argument,
                "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
                "without tag name duplicates.");
}

static int read_pair(struct call *call, struct str pair, struct s3_tag *ret)
{
        struct str key;

        if (!str_cut(&pair, '=', &key) || percent_decode(&call->arena, key, true, &ret->key) < 0 ||
            percent_decode(&call->arena, str_is_set(pair) ? pair : STR(""), true, &ret->value) < 0)
                return -EINVAL;
        return utf8_is_valid(ret->key) && utf8_is_valid(ret->value) ? 0 : -EINVAL;
}

int s3_parse_tagging(struct call *call, struct str header, struct s3_tag_list *ret)
{
        struct str rest = header, pair;
        size_t count = 1;

        *ret = (struct s3_tag_list){};
        if (header.len == 0)
                return 0;
        for (size_t i = 0; i < header.len; i++)
                count += header.ptr[i] == '&';
        ret->items = arena_new_array(&call->arena, struct s3_tag, count);
        if (!ret->items)
                return -ENOMEM;
        ret->is_set = true;
        while (str_cut(&rest, '&', &pair)) {
                ret->items[ret->count] = (struct s3_tag){};
                if (pair.len > 0)
                        TRY(read_pair(call, pair, &ret->items[ret->count++]));
        }
        return 0;
}

int s3_read_tagging(struct call *call, struct str header, struct s3_tag_list *ret)
{
        int r = s3_parse_tagging(call, header, ret);

        if (r == -EINVAL)
                return malformed(call, header);
        TRY(r);
        return s3_check_tags(call, ret, S3_OBJECT_TAGS_MAX);
}

bool s3_has_tag(const struct s3_tag_list *tags, const struct s3_tag *wanted)
{
        for (size_t i = 0; i < tags->count; i++)
                if (str_eq(tags->items[i].key, wanted->key) && str_eq(tags->items[i].value, wanted->value))
                        return true;
        return false;
}
