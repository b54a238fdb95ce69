/* Events are short and much alike: compressed with a text before them that has what most of them have. */
#include "services/events/archive.h"

#include <limits.h>
#include <zlib.h>

#define WINDOW (-14) /* 16 KiB, without a header */
#define MEMORY 6

enum form { FORM_PLAIN, FORM_DEFLATE_1 };

/* What is likely stands last. Never changed: what is stored was made with it; another one is another form. */
static const char LIKELY[] =
        "\"AwsServiceEvent\"\"AssumedRole\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\","
        "\"principalId\":\"AROA"
        "\",\"attributes\":{\"mfaAuthenticated\":\"false\",\"creationDate\":\"\"invokedBy\":\"\"errorCode\":"
        "\"AccessDenied"
        "\",\"errorMessage\":\"User: arn:aws:sts:: is not authorized to perform: on resource: because no "
        "identity-based "
        "policy allows the "
        "action\"additionalEventData\":{\"resources\":[{\"accountId\":\"\",\"type\":\"AWS::\",\"ARN\":\""
        "eu-west-1us-west-2\"version\":\"0\",\"id\":\"\",\"detail-type\":\"AWS API Call via "
        "CloudTrail\",\"source\":\"aws.iam"
        "\",\"account\":\"123456789012\",\"time\":\"2026-01-01T00:00:00Z\",\"region\":\"us-east-1\","
        "\"resources\":[],\"detail"
        "\":{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"IAMUser\",\"principalId\":\"AIDA\","
        "\"arn\":\"arn:aws:iam::"
        ":user/"
        "\",\"accountId\":\"\",\"accessKeyId\":\"AKIA\",\"userName\":\"\"},\"eventTime\":\"\","
        "\"eventSource\":\""
        ".amazonaws.com\",\"eventName\":\"\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"\","
        "\"userAgent\":\"Boto3/"
        " Botocore/ Python/ "
        "aws-sdk\",\"requestParameters\":{\"\":\"\"},\"responseElements\":null,\"requestID\":\"\","
        "\"eventID\":\"\",\"readOnly\":false,\"eventType\":\"AwsApiCall\",\"managementEvent\":true,"
        "\"recipientAccountId\":"
        "\"\",\"eventCategory\":\"Management\",\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":"
        "\"\","
        "\"clientProvidedHostHeader\":\"\"}}}";

static Bytef *bytes_of(const char *text)
{
        return (Bytef *)(uintptr_t)text;
}

static int deflate_all(z_stream *stream, struct str text, char *out, size_t room, size_t *ret_len)
{
        if (deflateSetDictionary(stream, bytes_of(LIKELY), sizeof(LIKELY) - 1) != Z_OK)
                return -EINVAL;
        stream->next_in = bytes_of(text.ptr);
        stream->avail_in = (uInt)text.len;
        stream->next_out = bytes_of(out);
        stream->avail_out = (uInt)room;
        if (deflate(stream, Z_FINISH) != Z_STREAM_END)
                return -ENOSPC; /* it would not be shorter */
        *ret_len = room - stream->avail_out;
        return 0;
}

static int shorten(struct str text, char *out, size_t room, size_t *ret_len)
{
        z_stream stream = {};
        int r;

        if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) !=
            Z_OK)
                return -ENOMEM;
        r = deflate_all(&stream, text, out, room, ret_len);
        (void)deflateEnd(&stream);
        return r;
}

int events_pack(struct arena *arena, struct str text, struct str *ret)
{
        char *out;
        size_t len;
        int r;

        if (text.len > INT_MAX)
                return -EMSGSIZE;
        out = arena_alloc(arena, text.len + 1);
        if (!out)
                return -ENOMEM;
        out[0] = FORM_DEFLATE_1;
        r = shorten(text, out + 1, text.len, &len);
        if (r == -ENOSPC) {
                out[0] = FORM_PLAIN;
                memcpy(out + 1, text.ptr, text.len);
                len = text.len;
                r = 0;
        }
        TRY(r);
        *ret = str_make(out, len + 1);
        return 0;
}

static int expand(struct str packed, char *out, size_t size)
{
        z_stream stream = {};
        int r;

        if (inflateInit2(&stream, WINDOW) != Z_OK)
                return -ENOMEM;
        stream.next_in = bytes_of(packed.ptr);
        stream.avail_in = (uInt)packed.len;
        stream.next_out = bytes_of(out);
        stream.avail_out = (uInt)size;
        r = inflateSetDictionary(&stream, bytes_of(LIKELY), sizeof(LIKELY) - 1);
        if (r == Z_OK)
                r = inflate(&stream, Z_FINISH);
        (void)inflateEnd(&stream);
        return r == Z_STREAM_END && stream.avail_out == 0 ? 0 : -EBADMSG;
}

int events_unpack(struct arena *arena, struct str packed, size_t size, struct str *ret)
{
        struct str inside = str_from(packed, 1);
        char *out;

        if (packed.len == 0 || packed.len > INT_MAX || size > INT_MAX)
                return -EBADMSG;
        if (packed.ptr[0] == FORM_PLAIN) {
                *ret = arena_dup(arena, inside);
                return inside.len != size ? -EBADMSG : str_is_set(*ret) ? 0 : -ENOMEM;
        }
        if (packed.ptr[0] != FORM_DEFLATE_1)
                return -EBADMSG;
        out = arena_alloc(arena, size + 1);
        if (!out)
                return -ENOMEM;
        TRY(expand(inside, out, size));
        *ret = str_make(out, size);
        return 0;
}
