/* What falls due: files of bodies that nothing refers to any more. */
#include "base/text.h"
#include "events/timers.h"
#include "services/s3/directory.h"
#include "services/s3/s3.h"
#include "store/blob.h"

/* Less than what orphans_each() looks ahead. */
#define READERS_MS (30 * MS_PER_S)
#define DISK_MS    MS_PER_S

/* From the clock's own now, so that an hour that is advanced to is not filled with looks at one reader. */
static int wait_for(struct call *call, int64_t ms, struct str blob)
{
        const struct timer timer = {.due_ms = clock_now_ms(call->host->clock) + ms,
                                    .name = STR("s3.DeleteBlob"),
                                    .subject = blob};

        TRY(timer_set(call->txn, &timer));
        return 1;
}

/* The replica of what is under a customer's key may have the file too: then it goes with the last of them.
 * Readers that have begun keep it, and are cut off when they take too little of it (net/server.h:
 * min_progress). The file goes outside of the transaction: gone already is as good. */
int s3_delete_blob_due(struct call *call, struct str subject)
{
        struct blob_id id;
        int r = hex_decode(subject, id.bytes, sizeof(id.bytes));

        if (r < 0)
                return 1;
        r = s3_refers_to_blob(call->txn, &call->arena, subject);
        if (r != 0)
                return r;
        r = blob_delete_unpinned(call->host->blobs, id);
        if (r == -EBUSY || r == -EAGAIN)
                return wait_for(call, r == -EBUSY ? READERS_MS : DISK_MS, subject);
        return r < 0 && r != -ENOENT ? r : 1;
}
