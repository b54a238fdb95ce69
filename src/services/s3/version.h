/* Versions of objects under a key: found, put in front, removed. Every way by which a version goes leads
 * through s3_remove_version(), which asks Object Lock.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html */
#pragma once

#include "services/s3/space.h"

#define S3_NULL_VERSION STR("null")

/* A version and where it is. */
struct s3_version {
        struct s3_place place;
        struct s3_object_record row;
};

/* Ids of rows: opaque, and they tell the order. -EINVAL: it is none. */
struct str s3_make_id(struct arena *arena, int64_t order);
must_check int s3_read_id(struct arena *arena, struct str id, int64_t *ret_order);

/* -ENOENT: there is none, neither version nor marker. */
must_check int s3_newest(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                         struct s3_version *ret);
/* By its id; -ENOENT. An id that is none: InvalidArgument. */
must_check int s3_by_id(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                        struct str version_id, struct s3_version *ret);
/* For operations that read: the version asked for (absent: the newest), as long as it is no delete marker.
 * Says NoSuchKey, or AccessDenied to whoever may not list; NoSuchVersion; MethodNotAllowed. */
must_check int s3_find_object(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                              struct str version_id, struct s3_version *ret);

/* Objects in the cold are read only while they are restored. */
bool s3_is_cold(const struct s3_object_record *row);
bool s3_is_readable(const struct call *call, const struct s3_object_record *row);

/* Settles the place, order and id of a row that shall be in front of the others of its key; where versioning
 * is off or suspended, the version "null" goes to make room. What is sealed is bound to the place. */
must_check int s3_place_version(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                                struct s3_version *version);
must_check int s3_put_version(struct call *call, struct s3_version *version);

/* Removes a version for good, with its body. AccessDenied while it is locked. */
must_check int s3_remove_version(struct call *call, const struct s3_bucket_record *bucket,
                                 const struct s3_version *version);

struct s3_deleted {
        bool is_marker; /* one was made, or what went was one */
        struct str version_id;
        bool is_done, is_hidden;     /* something went; or is behind a marker now */
        struct s3_object_record row; /* of what went, or of the marker */
};
/* What DeleteObject does that names no version: what is there is hidden behind a marker, or goes where there
 * are no versions (delete_object.c). */
must_check int s3_delete_newest(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                                struct s3_deleted *ret);

/* That the copy of a restored object ends is told when it does (restore_end.c). */
must_check int s3_await_restore_end(struct call *call, const struct s3_bucket_record *bucket,
                                    const struct s3_version *version);

static inline bool s3_is_marker(const struct s3_object_record *row)
{
        return row->is_marker.value;
}
/* Absent while a bucket has never had versions. */
static inline struct str s3_told_version(const struct s3_bucket_record *bucket,
                                         const struct s3_object_record *row)
{
        return s3_is_versioned(bucket) ? row->version_id : STR_NONE;
}
