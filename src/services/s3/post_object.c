#include "services/s3/post_object.h"

#include "base/text.h"
#include "services/s3/s3.h"
#include "wire/form_data.h"
#include "wire/protocol.h"

#define FILE_NAME    "${filename}"
#define EXPANDED_MAX ((size_t)64 * 1024) /* of a field, with the file's name in it */

/* -- Refusals. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */

int s3_post_refuse_malformed(struct call *call)
{
        return fail(call, &s3_malformed_post_request,
                    "The body of your POST request is not well-formed multipart/form-data.");
}

int s3_post_refuse_too_long(struct call *call)
{
        call_detail(call, STR("MaxPostPreDataLengthBytes"),
                    arena_printf(&call->arena, "%zu", FORM_DATA_HEAD_MAX));
        return fail(call, &s3_max_post_pre_data_length_exceeded_error,
                    "Your POST request fields preceding the upload file were too large.");
}

int s3_post_refuse_no_file(struct call *call)
{
        return fail(call, &s3_incorrect_number_of_files_in_post_request,
                    "POST requires exactly one file upload per request.");
}

/* The list of errors has RequestIsNotMultiPartContent for it; what AWS answers is this one. */
int s3_post_refuse_other_content(struct call *call)
{
        call_detail(call, STR("Condition"),
                    STR("Bucket POST must be of the enclosure-type multipart/form-data"));
        return fail(call, &s3_precondition_failed,
                    "At least one of the pre-conditions you specified did not hold");
}

static int refuse_field(struct call *call, struct str name, const char *text)
{
        call_detail(call, STR("ArgumentName"), name);
        return fail(call, &s3_invalid_argument, "%s", text);
}

static int refuse_size(struct call *call, uint64_t size, uint64_t limit, bool is_large)
{
        call_detail(call, STR("ProposedSize"), arena_printf(&call->arena, "%llu", (unsigned long long)size));
        call_detail(call, is_large ? STR("MaxSizeAllowed") : STR("MinSizeAllowed"),
                    arena_printf(&call->arena, "%llu", (unsigned long long)limit));
        if (is_large)
                return fail(call, &s3_entity_too_large,
                            "Your proposed upload exceeds the maximum allowed size");
        return fail(call, &s3_entity_too_small,
                    "Your proposed upload is smaller than the minimum allowed size");
}

int s3_post_check_size(struct call *call, uint64_t size, bool is_end)
{
        if (size > call->auth->size_max)
                return refuse_size(call, size, call->auth->size_max, true);
        if (is_end && size < call->auth->size_min)
                return refuse_size(call, size, call->auth->size_min, false);
        return 0;
}

/* -- Fields. */

static struct str field(const struct s3_post *post, struct str name)
{
        for (size_t i = 0; i < post->fields.count; i++)
                if (str_eq_nocase(post->fields.items[i].key, name))
                        return post->fields.items[i].value;
        return STR_NONE;
}

/* Of two of one name it would be anybody's guess which one a policy means. */
int s3_post_add(struct call *call, struct s3_post *post, struct str name, struct str value)
{
        struct str_map *fields = &post->fields;

        if (!utf8_is_valid(name) || !utf8_is_valid(value))
                return refuse_field(call, STR("formField"), "Malformed Unicode code sequence in the field.");
        if (str_starts_nocase(name, STR("x-ignore-")))
                return 0;
        if (str_is_set(field(post, name)))
                return s3_post_refuse_malformed(call);
        if (fields->count == S3_POST_FIELDS_MAX)
                return s3_post_refuse_too_long(call);
        if (!fields->items)
                fields->items = arena_new_array(&call->arena, struct str_pair, S3_POST_FIELDS_MAX);
        if (!fields->items)
                return -ENOMEM;
        fields->items[fields->count++] = (struct str_pair){name, value};
        fields->is_set = true;
        return 0;
}

static int expand(struct call *call, struct str *value, struct str file_name)
{
        _cleanup_(buf_done) struct buf expanded = {};
        ptrdiff_t at = str_find(*value, STR(FILE_NAME));

        if (at < 0)
                return 0;
        buf_init(&expanded, EXPANDED_MAX);
        for (; at >= 0; at = str_find(*value, STR(FILE_NAME))) {
                buf_add(&expanded, str_part(*value, 0, (size_t)at));
                buf_add(&expanded, file_name);
                *value = str_from(*value, (size_t)at + strlen(FILE_NAME));
        }
        buf_add(&expanded, *value);
        if (expanded.failed)
                return s3_post_refuse_too_long(call);
        *value = arena_dup(&call->arena, buf_str(&expanded));
        return str_is_set(*value) ? 0 : -ENOMEM;
}

static int settle_key(struct call *call, struct s3_post *post)
{
        post->key = field(post, STR("key"));
        if (post->key.len > 0)
                return 0;
        call_detail(call, STR("ArgumentValue"), STR(""));
        if (str_is_set(post->key))
                return refuse_field(call, STR("key"), "User key must have a length greater than 0.");
        return refuse_field(
                call, STR("key"),
                "Bucket POST must contain a field named 'key'.  If it is specified, please check the order "
                "of the fields.");
}

/* -- Headers. */

/* The same under another name. */
static const struct {
        struct str field, header;
} RENAMED[] = {
        {STR_INIT("acl"), STR_INIT("x-amz-acl")},
        {STR_INIT("tagging"), STR_INIT("x-amz-tagging")},
        {STR_INIT("x-amz-checksum-algorithm"), STR_INIT("x-amz-sdk-checksum-algorithm")},
};

/* Headers of these names would say something of the request, not of the object. */
static bool is_of_object(struct str name)
{
        static const struct str PLAIN[] = {STR_INIT("Cache-Control"),       STR_INIT("Content-Type"),
                                           STR_INIT("Content-Disposition"), STR_INIT("Content-Encoding"),
                                           STR_INIT("Content-Language"),    STR_INIT("Expires"),
                                           STR_INIT("Content-MD5")};

        for (size_t i = 0; i < ARRAY_LEN(PLAIN); i++)
                if (str_eq_nocase(name, PLAIN[i]))
                        return true;
        return str_starts_nocase(name, STR("x-amz-")) && !str_eq_nocase(name, STR("x-amz-tagging"));
}

/* What PutObject takes, and no other header: a form copies nothing and says nothing of its own encoding. */
static bool is_taken(const struct call *call, struct str name)
{
        const struct wire_type *input = call->operation->input;

        for (size_t i = 0; i < input->member_count; i++) {
                const struct wire_member *member = &input->members[i];

                if ((member->place == WIRE_IN_HEADER && str_eq_nocase(member->wire_name, name)) ||
                    (member->place == WIRE_IN_HEADERS && str_starts_nocase(name, member->wire_name)))
                        return true;
        }
        return false;
}

static struct str header_of(const struct call *call, struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(RENAMED); i++)
                if (str_eq_nocase(name, RENAMED[i].field))
                        return RENAMED[i].header;
        return is_of_object(name) && is_taken(call, name) ? name : STR_NONE;
}

/* The document, as the header says the same. */
static int tagging_of(struct call *call, struct str document, struct str *ret)
{
        _cleanup_(buf_done) struct buf query = {};
        struct s3_tagging tagging = {};
        int r = wire_xml_decode(&s3_tagging_type, (struct wire_xml_root){.name = STR("Tagging")}, document,
                                &call->arena, &tagging);

        if (r == -EINVAL)
                return s3_refuse_document(call);
        TRY(r);
        buf_init(&query, EXPANDED_MAX);
        for (size_t i = 0; i < tagging.tag_set.count; i++) {
                if (i > 0)
                        buf_add_byte(&query, '&');
                percent_encode(&query, tagging.tag_set.items[i].key, false);
                buf_add_byte(&query, '=');
                percent_encode(&query, tagging.tag_set.items[i].value, false);
        }
        if (query.failed)
                return s3_post_refuse_too_long(call);
        *ret = arena_dup(&call->arena, buf_str(&query));
        return 0;
}

/* No header can carry more, when it came or when it is given back.
 * https://www.rfc-editor.org/rfc/rfc9110#section-5.1 */
static bool is_header_name(struct str name)
{
        for (size_t i = 0; i < name.len; i++)
                if (name.ptr[i] <= ' ' || name.ptr[i] > '~' ||
                    str_has_byte(STR("\"(),/:;<=>?@[\\]{}"), name.ptr[i]))
                        return false;
        return true;
}

static bool is_header_value(struct str value)
{
        for (size_t i = 0; i < value.len; i++)
                if (((unsigned char)value.ptr[i] < ' ' && value.ptr[i] != '\t') || value.ptr[i] == 0x7F)
                        return false;
        return true;
}

static int add_header(struct call *call, struct s3_post *post, const struct str_pair *from)
{
        struct str name = header_of(call, from->key), value = from->value;

        if (!str_is_set(name))
                return 0;
        if (str_eq(name, STR("x-amz-tagging")))
                TRY(tagging_of(call, value, &value));
        value = str_trim(value);
        if (!is_header_name(name) || !is_header_value(value))
                return refuse_field(call, from->key, "The field has characters that no header can have.");
        post->headers[post->header_count++] = (struct http_header){name, value};
        return 0;
}

int s3_post_settle(struct call *call, struct s3_post *post, struct str file_name, size_t extra)
{
        if (!utf8_is_valid(file_name))
                return refuse_field(call, STR("formField"), "Malformed Unicode code sequence in the field.");
        post->headers = arena_new_array(&call->arena, struct http_header, post->fields.count + extra);
        if (!post->headers)
                return -ENOMEM;
        for (size_t i = 0; i < post->fields.count; i++) {
                TRY(expand(call, &post->fields.items[i].value, file_name));
                TRY(add_header(call, post, &post->fields.items[i]));
        }
        return settle_key(call, post);
}
