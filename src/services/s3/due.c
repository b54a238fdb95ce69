/* What falls due: files of bodies that nothing refers to any more. */
#include "base/text.h"
#include "services/s3/directory.h"
#include "services/s3/s3.h"
#include "store/blob.h"

/* The replica of what is under a customer's key may have the file too: then it goes with the last of them. A
 * reader that found the body just before has opened it by now, or is cut when it comes to it. The file goes
 * outside of the transaction: gone already is as good. */
int s3_delete_blob_due(struct call *call, struct str subject)
{
        struct blob_id id;
        int r = hex_decode(subject, id.bytes, sizeof(id.bytes));

        if (r < 0)
                return 1;
        r = s3_refers_to_blob(call->txn, &call->arena, subject);
        if (r != 0)
                return r;
        r = blob_delete(call->host->blobs, id);
        return r < 0 && r != -ENOENT ? r : 1;
}
