#include "services/s3/walk.h"

static int open_scan(struct s3_walk *walk, int64_t space, struct str token)
{
        const struct s3_object_record like = {.space = OPT_INT(space)};

        if (walk->depth == S3_DEPTH_MAX)
                return -ENAMETOOLONG;
        TRY(record_scan_begin(&walk->scans[walk->depth], walk->call->txn, &walk->call->arena,
                              &s3_object_record_type, NULL, &like, 1, token));
        walk->depth++;
        return 0;
}

static void close_scan(struct s3_walk *walk)
{
        record_scan_end(&walk->scans[--walk->depth]);
}

void s3_walk_end(struct s3_walk *walk)
{
        while (walk->depth > 0)
                close_scan(walk);
}

static int token_at(struct s3_walk *walk, int64_t space, struct str part, int64_t order, size_t members,
                    struct str *ret)
{
        const struct s3_object_record like = {.space = OPT_INT(space), .part = part, .order = OPT_INT(order)};

        return record_scan_token_at(&walk->call->arena, &s3_object_record_type, &like, 1, members, ret);
}

static void set_prefix(struct s3_walk *walk, size_t depth, struct str part)
{
        memcpy(walk->prefix + depth * S3_PART_MAX, part.ptr, part.len);
}

/* Opens a scan in each space that leads to the key, behind the branch to the next. */
static int descend(struct s3_walk *walk, const struct s3_place *place)
{
        for (size_t depth = 0; depth + 1 < place->depth; depth++) {
                struct str part = str_part(place->key, depth * S3_PART_MAX, S3_PART_MAX);
                struct str token;

                TRY(token_at(walk, place->spaces[depth], part, S3_BRANCH, 3, &token));
                TRY(open_scan(walk, place->spaces[depth], token));
                set_prefix(walk, depth, part);
        }
        return 0;
}

/* As deep as branches lead. Where one is missing, nothing is below, and what follows is what comes behind the
 * part without any branch. */
static int place_near(struct call *call, int64_t space, struct str key, struct s3_place *ret)
{
        int r = s3_place_find(call, space, key, ret);

        return r == -ENOENT || r == -ENAMETOOLONG ? 1 : r;
}

static int begin(struct s3_walk *walk, struct call *call, int64_t space, struct str key, int64_t order,
                 size_t members)
{
        struct s3_place place;
        struct str token;
        int r;

        s3_walk_end(walk);
        *walk = (struct s3_walk){.call = call, .root = space};
        r = place_near(call, space, key, &place);
        TRY(r);
        TRY(descend(walk, &place));
        if (r == 1) /* behind the versions of the part itself, which is shorter */
                TRY(token_at(walk, s3_place_space(&place), s3_place_part(&place), S3_BRANCH, 3, &token));
        else
                TRY(token_at(walk, s3_place_space(&place), s3_place_part(&place), order, members, &token));
        return open_scan(walk, s3_place_space(&place), token);
}

int s3_walk_begin(struct s3_walk *walk, struct call *call, int64_t space, struct str from)
{
        if (from.len > 0)
                return begin(walk, call, space, from, 0, 2);
        s3_walk_end(walk);
        *walk = (struct s3_walk){.call = call, .root = space};
        return open_scan(walk, space, STR_NONE);
}

int s3_walk_begin_behind(struct s3_walk *walk, struct call *call, int64_t space, struct str key,
                         int64_t order)
{
        return begin(walk, call, space, key, order, 3);
}

int s3_walk_next(struct s3_walk *walk, struct str *ret_key, struct s3_object_record *ret)
{
        while (walk->depth > 0) {
                size_t depth = walk->depth - 1;
                int r;

                *ret = (struct s3_object_record){};
                r = record_scan_next(&walk->scans[depth], ret);
                if (r == -ENOENT) {
                        close_scan(walk);
                        continue;
                }
                TRY(r);
                set_prefix(walk, depth, ret->part);
                if (!ret->branch.is_set) {
                        *ret_key = arena_dup_bytes(&walk->call->arena, walk->prefix,
                                                   depth * S3_PART_MAX + ret->part.len);
                        return str_is_set(*ret_key) ? 0 : -ENOMEM;
                }
                TRY(open_scan(walk, ret->branch.value, STR_NONE));
        }
        return -ENOENT;
}

struct str s3_behind_prefix(struct arena *arena, struct str prefix)
{
        while (prefix.len > 0 && (unsigned char)prefix.ptr[prefix.len - 1] == 0xFF)
                prefix.len--;
        if (prefix.len == 0)
                return STR_NONE;
        prefix = arena_dup(arena, prefix);
        if (prefix.len > 0) {
                char *last = (char *)(uintptr_t)(prefix.ptr + prefix.len - 1);

                *last = (char)((unsigned char)*last + 1);
        }
        return prefix;
}
