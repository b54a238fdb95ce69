/* The settings of a bucket that have records of their own. */
#include "services/s3/s3.h"

int s3_delete_settings(struct call *call, struct str bucket)
{
        (void)call;
        (void)bucket;
        return 0;
}
