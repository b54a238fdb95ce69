/* GET /notifications?after=NUMBER: messages of S3's event notifications that wait for their delivery, the
 * oldest first. They name objects and people, so they are for the operator on the machine. */
#include "server/visit.h"
#include "services/s3/directory.h"

#define PAGE 1000

static void add(struct json_out *out, const struct s3_event_message_record *message)
{
        json_open(out, '{');
        json_key(out, STR("number"));
        json_int(out, message->number.value);
        json_pair(out, STR("receiver"), message->receiver);
        json_pair(out, STR("bucket"), message->bucket);
        json_pair(out, STR("account"), message->account);
        json_pair(out, STR("event"), message->event);
        json_key(out, STR("message"));
        json_raw(out, message->message);
        json_close(out, '}');
}

int admin_notifications(struct visit *visit)
{
        struct str given = http_query_value(visit->request, STR("after"));
        struct s3_event_message_record *messages;
        struct txn *txn;
        int64_t after = 0;
        size_t count;
        int r;

        if (str_is_set(given) && str_to_i64(given, &after) < 0)
                return visit_say(visit, 400, "after: a number is wanted");
        TRY(store_read_begin(visit->server->store, &txn));
        r = s3_list_messages(txn, &visit->arena, after, PAGE, &messages, &count);
        json_open(&visit->out, '[');
        for (size_t i = 0; r == 0 && i < count; i++)
                add(&visit->out, &messages[i]);
        json_close(&visit->out, ']');
        store_read_end(txn);
        return r;
}
