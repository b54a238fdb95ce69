#include "services/s3/log_line.h"

#include "base/text.h"

#define TEXT_MAX ((size_t)2 * 1024) /* of what clients say of themselves */
#define URI_MAX  ((size_t)8 * 1024)

/* -- Fields */

/* Quotes too: AWS leaves them as they came, so that its fields can be forged. */
static bool is_harmless(char c, bool is_quoted)
{
        return c > ' ' ? c < 0x7f && c != '"' : c == ' ' && is_quoted;
}

static void add_escaped(struct buf *line, struct str text, bool is_quoted)
{
        for (size_t i = 0; i < text.len; i++)
                if (is_harmless(text.ptr[i], is_quoted))
                        buf_add_byte(line, text.ptr[i]);
                else
                        buf_addf(line, "%%%02X", (unsigned int)(unsigned char)text.ptr[i]);
}

static void add_word(struct buf *line, struct str word)
{
        buf_add_byte(line, ' ');
        add_escaped(line, word.len ? str_part(word, 0, TEXT_MAX) : STR("-"), false);
}

static void add_quoted(struct buf *line, struct str text, size_t most, bool is_request)
{
        if (!is_request) {
                buf_add(line, STR(" -"));
                return;
        }
        buf_add(line, STR(" \""));
        add_escaped(line, text.len ? str_part(text, 0, most) : STR("-"), true);
        buf_add_byte(line, '"');
}

static void add_number(struct buf *line, struct opt_int number)
{
        buf_add_byte(line, ' ');
        if (number.is_set)
                buf_add_int(line, number.value);
        else
                buf_add_byte(line, '-');
}

static void add_key(struct buf *line, struct str key)
{
        buf_add_byte(line, ' ');
        if (key.len)
                percent_encode(line, key, true);
        else
                buf_add_byte(line, '-');
}

/* [31/Jan/2026:12:00:00 +0000], from Sat, 31 Jan 2026 12:00:00 GMT */
static void add_time(struct buf *line, int64_t time_ms)
{
        _cleanup_(arena_done) struct arena arena = {};
        struct str http;

        arena_init(&arena, 1024);
        http = time_http(&arena, time_ms);
        buf_addf(line, " [%.*s/%.*s/%.*s:%.*s +0000]", STR_ARG(str_part(http, 5, 2)),
                 STR_ARG(str_part(http, 8, 3)), STR_ARG(str_part(http, 12, 4)),
                 STR_ARG(str_part(http, 17, 8)));
}

/* -- The line */

static void add_outcome(const struct s3_log_entry *entry, struct buf *line)
{
        add_number(line, entry->status ? OPT_INT(entry->status) : (struct opt_int){});
        add_word(line, entry->error);
        add_number(line, entry->sent ? OPT_INT((int64_t)entry->sent) : (struct opt_int){});
        add_number(line, entry->size);
        add_number(line, entry->total_ms);
        add_number(line, entry->turn_around_ms);
}

static void add_connection(const struct s3_log_entry *entry, struct buf *line)
{
        add_word(line, entry->signature_version);
        add_word(line, entry->cipher);
        add_word(line, entry->authentication);
        add_word(line, entry->host);
        add_word(line, entry->tls);
        add_word(line, entry->access_point);
        add_word(line, entry->is_acl_required ? STR("Yes") : STR_NONE);
        add_word(line, STR_NONE); /* the region that the request came from: not an address of AWS's */
}

void s3_write_log_line(const struct s3_log_entry *entry, struct buf *line)
{
        buf_add(line, entry->owner);
        add_word(line, entry->bucket);
        add_time(line, entry->time_ms);
        add_word(line, entry->address);
        add_word(line, entry->requester);
        add_word(line, entry->request_id);
        add_word(line, entry->operation);
        add_key(line, entry->key);
        add_quoted(line, entry->request_line, URI_MAX, entry->is_request);
        add_outcome(entry, line);
        add_quoted(line, entry->referer, TEXT_MAX, entry->is_request);
        add_quoted(line, entry->user_agent, TEXT_MAX, entry->is_request);
        add_word(line, entry->version_id);
        add_word(line, entry->host_id);
        add_connection(entry, line);
}

/* -- What a request asked for. Names are those that logs of AWS show, which no page lists. */

static const struct {
        struct str query, name;
} RESOURCES[] = {
        {STR_INIT("logging"), STR_INIT("LOGGING_STATUS")},
        {STR_INIT("policy"), STR_INIT("BUCKETPOLICY")},
        {STR_INIT("versions"), STR_INIT("BUCKETVERSIONS")},
        {STR_INIT("requestPayment"), STR_INIT("REQUEST_PAYMENT")},
        {STR_INIT("publicAccessBlock"), STR_INIT("PUBLIC_ACCESS_BLOCK")},
        {STR_INIT("policyStatus"), STR_INIT("POLICY_STATUS")},
        {STR_INIT("ownershipControls"), STR_INIT("OWNERSHIP_CONTROLS")},
        {STR_INIT("object-lock"), STR_INIT("OBJECT_LOCK_CONFIGURATION")},
        {STR_INIT("legal-hold"), STR_INIT("LEGAL_HOLD")},
        {STR_INIT("intelligent-tiering"), STR_INIT("INTELLIGENT_TIERING")},
        {STR_INIT("attributes"), STR_INIT("OBJECT_ATTRIBUTES")},
        {STR_INIT("delete"), STR_INIT("MULTI_OBJECT_DELETE")},
        {STR_INIT("list-type"), STR_INIT("BUCKET")},
        {STR_INIT("x-id"), STR_NONE},
};

/* Those that their URI does not tell. */
static const struct {
        struct str operation, name;
} OPERATIONS[] = {
        {STR_INIT("CopyObject"), STR_INIT("REST.COPY.OBJECT")},
        {STR_INIT("UploadPartCopy"), STR_INIT("REST.COPY.PART")},
        {STR_INIT("UploadPart"), STR_INIT("REST.PUT.PART")},
        {STR_INIT("ListParts"), STR_INIT("REST.GET.UPLOAD")},
        {STR_INIT("AbortMultipartUpload"), STR_INIT("REST.DELETE.UPLOAD")},
        {STR_INIT("CompleteMultipartUpload"), STR_INIT("REST.POST.UPLOAD")},
        {STR_INIT("GetObjectTagging"), STR_INIT("REST.GET.OBJECT_TAGGING")},
        {STR_INIT("PutObjectTagging"), STR_INIT("REST.PUT.OBJECT_TAGGING")},
        {STR_INIT("DeleteObjectTagging"), STR_INIT("REST.DELETE.OBJECT_TAGGING")},
};

static struct str upper(struct arena *arena, struct str s)
{
        char *out = arena_alloc(arena, s.len + 1);

        if (!out)
                return STR_NONE;
        for (size_t i = 0; i < s.len; i++)
                out[i] = (char)(s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? s.ptr[i] - 'a' + 'A' : s.ptr[i]);
        return str_make(out, s.len);
}

/* "/{Bucket}?logging" */
static struct str resource_of(struct call *call)
{
        struct str query = call->operation->http_uri, path, name;
        bool has_key;

        (void)str_cut(&query, '?', &path);
        has_key = str_find_byte(str_from(path, 1), '/') >= 0;
        for (struct str parameter; str_is_set(query) && str_cut(&query, '&', &parameter);) {
                (void)str_cut(&parameter, '=', &name);
                for (size_t i = 0; i < ARRAY_LEN(RESOURCES); i++)
                        if (str_eq(RESOURCES[i].query, name))
                                name = RESOURCES[i].name;
                if (str_is_set(name))
                        return upper(&call->arena, name);
        }
        return has_key ? STR("OBJECT") : STR("BUCKET");
}

struct str s3_log_operation(struct call *call, struct str method)
{
        for (size_t i = 0; call->operation && i < ARRAY_LEN(OPERATIONS); i++)
                if (str_eq(OPERATIONS[i].operation, call->operation->name))
                        return OPERATIONS[i].name;
        return arena_printf(&call->arena, "%s.%.*s.%.*s", call->website ? "WEBSITE" : "REST", STR_ARG(method),
                            STR_ARG(call->operation ? resource_of(call) : STR("OBJECT")));
}
