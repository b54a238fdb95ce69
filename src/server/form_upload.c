#include "server/form_upload.h"

#include "base/text.h"

#define PATH_MAX_BYTES ((size_t)256 * 1024)

/* -- Is it one? */

/* The only segment of the path; absent: there are more. */
static struct str bucket_of(struct str path)
{
        struct str bucket = str_from(path, 1);

        if (str_ends(bucket, STR("/")))
                bucket = str_part(bucket, 0, bucket.len - 1);
        return bucket.len > 0 && !str_has_byte(bucket, '/') ? bucket : STR_NONE;
}

static bool is_post_to_bucket(const struct flight *flight)
{
        const struct http_request *request = flight->call.request;

        return str_eq(flight->service->name, STR("s3")) && str_eq(request->method, STR("POST")) &&
               request->query.len == 0 && str_is_set(bucket_of(flight->path));
}

static bool has_form_data(const struct flight *flight)
{
        return form_data_is(http_header_value(flight->call.request, STR("Content-Type")));
}

/* One that is signed elsewhere than in its fields is none. */
static bool is_signed(const struct flight *flight)
{
        return str_is_set(http_header_value(flight->call.request, STR("Authorization")));
}

static int refuse(struct flight *flight)
{
        struct call *call = &flight->call;

        switch (flight->upload->data.problem) {
        case FORM_DATA_TOO_LONG:
                return s3_post_refuse_too_long(call);
        case FORM_DATA_NO_FILE:
                return s3_post_refuse_no_file(call);
        case FORM_DATA_MALFORMED:
        case FORM_DATA_OK:
                break;
        }
        return s3_post_refuse_malformed(call);
}

int form_upload_recognise(struct flight *flight)
{
        struct form_upload *form;

        if (!is_post_to_bucket(flight))
                return 0;
        if (!has_form_data(flight))
                return s3_post_refuse_other_content(&flight->call);
        if (is_signed(flight))
                return 0;
        form = arena_new(&flight->call.arena, struct form_upload);
        if (!form)
                return -ENOMEM;
        flight->upload = form;
        form->post.is_in_host = !str_is_set(bucket_of(flight->call.request->path));
        flight->call.operation = wire_find_operation(flight->service, STR("PutObject"));
        flight->action = flight->call.operation->name;
        return percent_decode(&flight->call.arena, bucket_of(flight->path), false, &form->post.bucket) < 0 ||
                               form_data_begin(&form->data, http_header_value(flight->call.request,
                                                                              STR("Content-Type"))) < 0
                       ? refuse(flight)
                       : 0;
}

/* -- The PutObject that it means. */

/* What is said of the connection and the client. All else that a header could say is a field's to say, where
 * the policy has its eye on it. */
static bool is_kept(struct str name)
{
        static const struct str KEPT[] = {STR_INIT("Host"),    STR_INIT("User-Agent"),
                                          STR_INIT("Referer"), STR_INIT("Origin"),
                                          STR_INIT("Expect"),  STR_INIT("Transfer-Encoding")};

        for (size_t i = 0; i < ARRAY_LEN(KEPT); i++)
                if (str_eq_nocase(name, KEPT[i]))
                        return true;
        return false;
}

static int make_path(struct flight *flight, const struct s3_post *post)
{
        _cleanup_(buf_done) struct buf path = {};

        buf_init(&path, PATH_MAX_BYTES);
        buf_add_byte(&path, '/');
        buf_add(&path, bucket_of(flight->path));
        buf_add_byte(&path, '/');
        percent_encode(&path, post->key, true);
        TRY(buf_check(&path));
        flight->path = arena_dup(&flight->call.arena, buf_str(&path));
        return str_is_set(flight->path) ? 0 : -ENOMEM;
}

static void make_request(struct flight *flight, struct form_upload *form)
{
        const struct http_request *from = flight->call.request;
        struct s3_post *post = &form->post;

        for (size_t i = 0; i < from->header_count; i++)
                if (is_kept(from->headers[i].name))
                        post->headers[post->header_count++] = from->headers[i];
        form->request = *from;
        form->request.path = flight->path;
        form->request.query = STR_NONE;
        form->request.headers = post->headers;
        form->request.header_count = post->header_count;
        form->request.body = STR("");
        flight->call.request = &form->request;
}

static int route(struct flight *flight)
{
        const struct wire_address address = {STR("PUT"), flight->path, STR_NONE};
        struct wire_fault fault;
        int r = wire_find_rest_operation(flight->service, &address, flight->call.request, &flight->call.arena,
                                         &flight->rest, &fault);

        if (r == -EBADMSG)
                return flight_fault(flight, &fault);
        return r < 0 || flight->rest.route->operation == flight->call.operation ? r : -EPROTO;
}

/* -- As it comes. */

struct taker {
        struct flight *flight;
        int (*open)(struct flight *flight);
        int (*take)(struct flight *flight, struct str bytes);
};

static int take_field(void *arg, struct str name, struct str value)
{
        struct flight *flight = ((struct taker *)arg)->flight;

        return s3_post_add(&flight->call, &flight->upload->post, name, value);
}

static int begin_file(void *arg, struct str file_name)
{
        struct taker *taker = arg;
        struct flight *flight = taker->flight;
        struct form_upload *form = flight->upload;

        TRY(s3_post_settle(&flight->call, &form->post, file_name, flight->call.request->header_count));
        TRY(make_path(flight, &form->post));
        make_request(flight, form);
        form->auth = (struct auth_form){form->post.fields, form->post.bucket};
        TRY(route(flight));
        return taker->open(flight);
}

static int take_file(void *arg, struct str bytes)
{
        struct taker *taker = arg;

        return taker->take(taker->flight, bytes);
}

int form_upload_push(struct flight *flight, struct str bytes, int (*open)(struct flight *flight),
                     int (*take)(struct flight *flight, struct str bytes))
{
        struct taker taker = {flight, open, take};
        const struct form_data_taker given = {
                .field = take_field, .file = begin_file, .bytes = take_file, .arg = &taker};
        int r = form_data_push(&flight->upload->data, bytes, &given);

        return r == -EBADMSG && flight->upload->data.problem ? refuse(flight) : r;
}

int form_upload_end(struct flight *flight)
{
        return form_data_end(&flight->upload->data) < 0 ? refuse(flight) : 0;
}

/* -- All at once. */

static int make_room(struct flight *flight)
{
        (void)flight;
        return 0;
}

static int gather(struct flight *flight, struct str bytes)
{
        struct form_upload *form = flight->upload;

        memcpy(form->file + form->request.body.len, bytes.ptr, bytes.len);
        form->request.body = str_make(form->file, form->request.body.len + bytes.len);
        return 0;
}

int form_upload_read(struct flight *flight)
{
        struct str body = flight->call.request->body;

        flight->upload->file = arena_alloc(&flight->call.arena, body.len + 1);
        if (!flight->upload->file)
                return -ENOMEM;
        TRY(form_upload_push(flight, body, make_room, gather));
        return form_upload_end(flight);
}

/* -- What its policy says of the file; the answer. */

int form_upload_count(struct flight *flight, size_t len, bool is_end)
{
        if (!flight->upload)
                return 0;
        flight->upload->size += len;
        return s3_post_check_size(&flight->call, flight->upload->size, is_end);
}

int form_upload_answer(struct flight *flight)
{
        return s3_post_answer(&flight->call, &flight->upload->post, &flight->body, &flight->response);
}
