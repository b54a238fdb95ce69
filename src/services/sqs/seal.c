#include "services/sqs/seal.h"

#include "base/ids.h"
#include "crypto/hash.h"
#include "crypto/seal.h"
#include "events/timers.h"
#include "services/kms/directory.h"

#define SERVICE    STR("sqs")
#define ALIAS      STR("alias/aws/sqs")
#define KEPT_MS    (15 * MS_PER_DAY) /* a data key of KMS, behind its last use: no message is kept longer */
#define INLINE_MAX 1024 /* sealed bytes; others would be written anew whenever the message is received */

void sqs_sealer_done(struct sqs_sealer *sealer)
{
        secret_done(&sealer->key);
}

void sqs_opener_done(struct sqs_opener *opener)
{
        secret_done(&opener->key);
}

/* -- Data keys */

static struct str bound_of(struct call *call, const struct sqs_data_key_record *key)
{
        return record_name(&call->arena, &sqs_data_key_record_type, key);
}

static int get_key(struct call *call, int64_t number, struct sqs_data_key_record *ret)
{
        int r;

        *ret = (struct sqs_data_key_record){.number = OPT_INT(number)};
        r = call_get(call, &sqs_data_key_record_type, ret);
        return r == -ENOENT ? -EBADMSG : r;
}

/* The queue's own, under SQS's key. */
static int make_key(struct call *call, struct sqs_queue_record *queue, struct sqs_sealer *ret)
{
        struct sqs_data_key_record key = {.number = {.is_set = true}, .queue = sqs_queue_arn(call, queue)};

        TRY(sqs_next_number(call, STR("key"), &key.number.value));
        TRY(secret_new(&ret->key, SEAL_KEY_LEN));
        random_fill(ret->key.bytes, ret->key.len);
        TRY(kms_owned_seal(call, SERVICE, bound_of(call, &key), secret_str(&ret->key), &key.sealed));
        ret->number = key.number.value;
        queue->key = key.number;
        TRY(call_put(call, &sqs_queue_record_type, queue));
        return call_insert(call, &sqs_data_key_record_type, &key);
}

static int open_key(struct call *call, int64_t number, struct secret *ret)
{
        struct sqs_data_key_record key;

        TRY(get_key(call, number, &key));
        return kms_owned_open(call, SERVICE, bound_of(call, &key), key.sealed, ret);
}

/* -- Under keys of KMS, in the name of who sends or receives */

static int translate(struct call *call, int result)
{
        static const struct {
                struct str code;
                const struct api_error *error;
        } TABLE[] = {
                {STR_INIT("AccessDeniedException"), &sqs_kms_access_denied},
                {STR_INIT("DisabledException"), &sqs_kms_disabled},
                {STR_INIT("KMSInvalidStateException"), &sqs_kms_invalid_state},
                {STR_INIT("InvalidKeyUsageException"), &sqs_kms_invalid_key_usage},
                {STR_INIT("NotFoundException"), &sqs_kms_not_found},
                {STR_INIT("InvalidArnException"), &sqs_kms_not_found},
        };

        if (result != -ECALL)
                return result;
        for (size_t i = 0; i < ARRAY_LEN(TABLE); i++)
                if (str_eq(call->error->code, TABLE[i].code))
                        call->error = TABLE[i].error;
        return result;
}

static struct str via(struct call *call)
{
        return arena_printf(&call->arena, "sqs.%.*s.amazonaws.com", STR_ARG(call->region));
}

static struct str_map context_of(struct call *call, struct str arn)
{
        struct str_map ret = {.items = arena_new(&call->arena, struct str_pair), .is_set = true};

        if (ret.items)
                ret.items[ret.count++] = (struct str_pair){STR("aws:sqs:arn"), arn};
        return ret;
}

static int decrypt(struct call *call, const struct sqs_data_key_record *key, struct secret *ret)
{
        const struct kms_decrypt_in in = {.ciphertext_blob = key->wrapped,
                                          .encryption_context = context_of(call, key->queue)};
        struct kms_decrypt_out out = {};

        TRY(translate(call, kms_invoke(call, STR("Decrypt"), &in, &out, via(call))));
        if (out.plaintext.len != SEAL_KEY_LEN)
                return -EBADMSG;
        return secret_copy(ret, out.plaintext);
}

/* The queue's own key, whoever sends: to another account an alias or an id would be one of its own keys. */
static int find_key(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        bool is_ours = str_eq(queue->account, call->account);
        bool is_arn = str_starts(queue->kms_key, STR("arn:"));
        const char *kind = str_starts(queue->kms_key, STR("alias/")) ? "" : "key/";

        *ret = queue->kms_key;
        if (is_ours && str_eq(queue->kms_key, ALIAS))
                return kms_service_key(call, ALIAS, ret);
        if (!is_ours && !is_arn)
                *ret = arena_printf(&call->arena, "arn:%.*s:kms:%.*s:%.*s:%s%.*s",
                                    STR_ARG(call->host->partition), STR_ARG(queue->region),
                                    STR_ARG(queue->account), kind, STR_ARG(queue->kms_key));
        return 0;
}

/* -- Those that are no longer needed. A message is there for fourteen days at most, from when it was sent, or
 * sent anew as a dead letter or by a move task. */

static int set_end(struct call *call, const struct sqs_data_key_record *key)
{
        const struct timer timer = {
                .due_ms = key->until.value,
                .name = STR("sqs.ForgetDataKey"),
                .subject = arena_printf(&call->arena, "%lld", (long long)key->number.value),
        };

        return timer_set(call->txn, &timer);
}

int sqs_keep_key(struct call *call, const struct sqs_message_record *message)
{
        struct sqs_data_key_record key = {.number = message->key};
        int r = call_get(call, &sqs_data_key_record_type, &key);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (!key.until.is_set || key.until.value >= call->now_ms + KEPT_MS)
                return 0;
        key.until = OPT_INT(call->now_ms + KEPT_MS + MS_PER_DAY); /* not again for each message */
        return call_put(call, &sqs_data_key_record_type, &key);
}

int sqs_forget_data_key_due(struct call *call, struct str subject)
{
        struct sqs_data_key_record key = {.number = {.is_set = true}};
        int r;

        if (str_to_i64(subject, &key.number.value) < 0)
                return 1;
        r = call_get(call, &sqs_data_key_record_type, &key);
        if (r < 0)
                return r == -ENOENT ? 1 : r;
        if (key.until.value > call->now_ms)
                TRY(set_end(call, &key));
        else
                TRY(call_delete(call, &sqs_data_key_record_type, &key));
        return 1;
}

static int generate(struct call *call, const struct sqs_queue_record *queue, struct sqs_data_key_record *key)
{
        struct kms_generate_data_key_in in = {
                .key_spec = STR("AES_256"),
                .encryption_context = context_of(call, sqs_queue_arn(call, queue)),
        };
        struct kms_generate_data_key_out out = {};

        TRY(find_key(call, queue, &in.key_id));
        TRY(translate(call, kms_invoke(call, STR("GenerateDataKey"), &in, &out, via(call))));
        *key = (struct sqs_data_key_record){
                .number = {.is_set = true},
                .wrapped = out.ciphertext_blob,
                .kms_key = out.key_id,
                .queue = sqs_queue_arn(call, queue),
                .until = OPT_INT(call->now_ms + queue->key_reuse_s.value * MS_PER_S + KEPT_MS),
        };
        TRY(sqs_next_number(call, STR("key"), &key->number.value));
        TRY(set_end(call, key));
        return call_insert(call, &sqs_data_key_record_type, key);
}

/* -- Leave to use them again, of each requester; each session is one, as its policies may be its own.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html */

static struct str user_of(struct call *call, struct str what)
{
        const struct principal *principal = &call->principal;
        struct str id = principal->id.len ? principal->id : principal->name;

        return sha256_text(
                &call->arena, /* as it is part of a key and of a timer */
                arena_printf(&call->arena, "%.*s %.*s %.*s", STR_ARG(what), STR_ARG(id),
                             STR_ARG(principal->is_temporary ? principal->access_key_id : STR(""))));
}

static struct str use_bound(struct call *call, const struct sqs_key_use_record *use)
{
        return record_name(&call->arena, &sqs_key_use_record_type, use);
}

/* -ENOENT: there is no such leave any more. */
static int use_again(struct call *call, const struct sqs_queue_record *queue, struct str what,
                     struct secret *ret, int64_t *ret_number)
{
        struct sqs_key_use_record use = {.queue = queue->number, .user = user_of(call, what)};

        TRY(call_get(call, &sqs_key_use_record_type, &use));
        if (use.until.value <= call->now_ms)
                return -ENOENT;
        *ret_number = use.key.value;
        return kms_owned_open(call, SERVICE, use_bound(call, &use), use.sealed, ret);
}

static int keep(struct call *call, const struct sqs_queue_record *queue, struct str what,
                const struct secret *key, int64_t number)
{
        struct sqs_key_use_record use = {
                .queue = queue->number,
                .user = user_of(call, what),
                .key = OPT_INT(number),
                .until = OPT_INT(call->now_ms + queue->key_reuse_s.value * MS_PER_S),
        };
        const struct timer timer = {
                .due_ms = use.until.value,
                .name = STR("sqs.ForgetKey"),
                .subject = arena_printf(&call->arena, "%lld %.*s", (long long)use.queue.value,
                                        STR_ARG(use.user)),
        };

        TRY(kms_owned_seal(call, SERVICE, use_bound(call, &use), secret_str(key), &use.sealed));
        TRY(timer_set(call->txn, &timer));
        return call_put(call, &sqs_key_use_record_type, &use);
}

int sqs_forget_key_due(struct call *call, struct str subject)
{
        struct sqs_key_use_record use = {.queue = {.is_set = true}};
        struct str rest = subject, number;
        int r;

        if (!str_cut(&rest, ' ', &number) || str_to_i64(number, &use.queue.value) < 0)
                return 1;
        use.user = rest;
        r = call_get(call, &sqs_key_use_record_type, &use);
        if (r == 0 && use.until.value <= call->now_ms)
                r = call_delete(call, &sqs_key_use_record_type, &use);
        return r == 0 || r == -ENOENT ? 1 : r;
}

/* "The call to kms:Decrypt is to verify the integrity of the new data key before using it." */
static int get_kms_sealer(struct call *call, const struct sqs_queue_record *queue, struct sqs_sealer *ret)
{
        /* A service sends on behalf of many, and the key's policy may tell them apart. */
        struct str what = arena_printf(&call->arena, "send %.*s %.*s", STR_ARG(queue->kms_key),
                                       STR_ARG(call->source_arn));
        struct sqs_data_key_record key;
        int r = use_again(call, queue, what, &ret->key, &ret->number);

        if (r != -ENOENT)
                return r;
        TRY(generate(call, queue, &key));
        TRY(decrypt(call, &key, &ret->key));
        ret->number = key.number.value;
        return keep(call, queue, what, &ret->key, ret->number);
}

int sqs_sealer_get(struct call *call, struct sqs_queue_record *queue, struct sqs_sealer *ret)
{
        if (str_is_set(queue->kms_key))
                return get_kms_sealer(call, queue, ret);
        if (!queue->key.is_set)
                return make_key(call, queue, ret);
        ret->number = queue->key.value;
        return open_key(call, ret->number, &ret->key);
}

static int open_kms_key(struct call *call, const struct sqs_queue_record *queue,
                        const struct sqs_data_key_record *key, struct secret *ret)
{
        struct str what = arena_printf(&call->arena, "receive %lld", (long long)key->number.value);
        int64_t number;
        int r = use_again(call, queue, what, ret, &number);

        if (r != -ENOENT)
                return r;
        TRY(decrypt(call, key, ret));
        return queue->key_reuse_s.is_set ? keep(call, queue, what, ret, key->number.value) : 0;
}

/* -- Messages */

static struct str message_bound(struct call *call, const struct sqs_message_record *message)
{
        return arena_printf(&call->arena, "sqs message %.*s", STR_ARG(sqs_body_id(message)));
}

int sqs_seal(struct call *call, const struct sqs_sealer *sealer, struct str clear,
             struct sqs_message_record *message)
{
        uint8_t *out = arena_alloc(&call->arena, clear.len + SEAL_OVERHEAD);
        struct sqs_body_record body = {.id = sqs_body_id(message)};

        if (!out)
                return -ENOMEM;
        TRY(seal_bytes(sealer->key.bytes, message_bound(call, message), clear, out));
        message->key = OPT_INT(sealer->number);
        body.sealed = str_make(out, clear.len + SEAL_OVERHEAD);
        if (body.sealed.len > INLINE_MAX)
                return call_insert(call, &sqs_body_record_type, &body);
        message->sealed = body.sealed;
        return 0;
}

static int fetch_key(struct call *call, const struct sqs_queue_record *queue, struct sqs_opener *opener,
                     int64_t number)
{
        struct sqs_data_key_record key;

        if (opener->key.bytes && opener->number == number)
                return 0;
        sqs_opener_done(opener);
        *opener = (struct sqs_opener){.number = number};
        TRY(get_key(call, number, &key));
        if (str_is_set(key.wrapped))
                return open_kms_key(call, queue, &key, &opener->key);
        return kms_owned_open(call, SERVICE, bound_of(call, &key), key.sealed, &opener->key);
}

int sqs_open(struct call *call, const struct sqs_queue_record *queue, struct sqs_opener *opener,
             const struct sqs_message_record *message, struct sqs_content *ret)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct sqs_body_record body = {.id = sqs_body_id(message), .sealed = message->sealed};

        TRY(fetch_key(call, queue, opener, message->key.value));
        if (!str_is_set(body.sealed))
                TRY(call_get(call, &sqs_body_record_type, &body));
        TRY(seal_open(opener->key.bytes, message_bound(call, message), body.sealed, &clear));
        return sqs_unpack(arena_dup(&call->arena, secret_str(&clear)), ret);
}
