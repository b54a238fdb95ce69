/* LMDB trusts its file: a wrong page number or offset makes it read where nothing is. So before it is let
 * near a file we walk that ourselves, trusting nothing. The layout is that of LMDB's data version 1 (0.9). */
#include "store/lmdb_env.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"

#define META_MAGIC    0xBEEFC0DEU
#define META_VERSION  1U
#define NO_PAGE       UINT64_MAX
#define DEPTH_MAX     32 /* of LMDB's cursors */
#define PAGE_HEADER   16
#define NODE_HEADER   8
#define NODE_BIG_DATA 0x01
/* LMDB keeps the modes in which the file was made with the flags of this tree. */
#define FREE_TREE_MODES MDB_NOSUBDIR
/* Pages that LMDB took and gave back in one transaction are never written: a file may be shorter than the
 * last page that was taken says. */
#define UNWRITTEN_MAX ((uint64_t)1 << 17)

enum page_flags { PAGE_BRANCH = 0x01, PAGE_LEAF = 0x02, PAGE_OVERFLOW = 0x04, PAGE_META = 0x08 };

struct page {
        uint64_t number;
        uint16_t pad;
        uint16_t flags;
        union {
                struct {
                        uint16_t lower, upper; /* the free space */
                };
                uint32_t overflow_pages;
        };
};

struct tree {
        uint32_t pad; /* of the tree of free pages: the page size */
        uint16_t flags;
        uint16_t depth;
        uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};

struct meta {
        uint32_t magic, version;
        uint64_t address, map_size;
        struct tree free, main;
        uint64_t last_page, txn;
};

struct node {
        uint16_t low, high; /* data size, or low part of a branch's page number */
        uint16_t flags;     /* or its high part */
        uint16_t key_len;
};

struct check {
        int fd;
        const char *path;
        char *problem;
        size_t page_size;
        uint64_t file_pages; /* whole pages in the file */
        bool check_all;
        struct meta metas[2];
        struct meta meta;   /* the one whose trees are at hand */
        uint8_t *used;      /* a bit a page up to the last */
        struct tree seen;   /* of the tree at hand: what was counted */
        uint64_t last_free; /* transaction of the last list of free pages seen */
        bool is_free_tree;
};

/* Keys that a page's own must lie between; absent: no bound. */
struct bounds {
        struct str least, below;
};

static int check_page(struct check *check, uint64_t number, unsigned int depth, struct bounds bounds);

static int damaged(const struct check *check, uint64_t page, const char *what)
{
        unsigned long long number = page, byte = number * check->page_size;

        store_problem(check->problem, "%s is damaged at page %llu (byte %llu): %s", check->path, number, byte,
                      what);
        return -EBADMSG;
}

static void freep(char **memory)
{
        free(*memory);
}

/* -- Reading pages. */

static int read_at(const struct check *check, uint64_t offset, void *to, size_t len)
{
        for (size_t done = 0; done < len;) {
                ssize_t n = pread(check->fd, (char *)to + done, len - done, (off_t)(offset + done));

                if (n == 0)
                        return damaged(check, offset / check->page_size, "the file ends here");
                if (n < 0 && errno != EINTR)
                        return damaged(check, offset / check->page_size, strerror(errno));
                done += n > 0 ? (size_t)n : 0;
        }
        return 0;
}

static int use_pages(struct check *check, uint64_t number, uint64_t count)
{
        if (number < 2 || number > check->meta.last_page || count > check->meta.last_page - number + 1)
                return damaged(check, number, "no such page, though one refers to it");
        for (uint64_t i = number; i < number + count; i++) {
                uint8_t bit = (uint8_t)(1U << (i % 8));

                if (check->used[i / 8] & bit)
                        return damaged(check, i, "used twice");
                check->used[i / 8] |= bit;
        }
        return 0;
}

static int use_written_pages(struct check *check, uint64_t number, uint64_t count)
{
        TRY(use_pages(check, number, count));
        return number + count <= check->file_pages ? 0 : damaged(check, number, "past the end of the file");
}

/* -- The meta pages: LMDB writes them in turn, the newer is what counts. */

static int check_meta_page(const struct check *check, uint64_t number, struct meta *ret)
{
        struct page page;

        TRY(read_at(check, number * check->page_size, &page, sizeof(page)));
        TRY(read_at(check, number * check->page_size + PAGE_HEADER, ret, sizeof(*ret)));
        if (page.number != number || page.flags != PAGE_META)
                return damaged(check, number, "not a meta page");
        if (ret->magic != META_MAGIC || ret->version != META_VERSION)
                return damaged(check, number, "not of a store, or of another version of LMDB");
        if (ret->free.pad != check->page_size || ret->main.flags != 0 ||
            (ret->free.flags & ~FREE_TREE_MODES) != MDB_INTEGERKEY)
                return damaged(check, number, "wrong page size or flags");
        if (ret->free.depth > DEPTH_MAX || ret->main.depth > DEPTH_MAX)
                return damaged(check, number, "wrong depth");
        return 0;
}

static int find_page_size(struct check *check)
{
        struct meta meta;

        check->page_size = 4096;
        TRY(read_at(check, PAGE_HEADER, &meta, sizeof(meta)));
        if (meta.free.pad < 4096 || meta.free.pad > 32768 || (meta.free.pad & (meta.free.pad - 1)))
                return damaged(check, 0, "wrong page size");
        check->page_size = meta.free.pad;
        return 0;
}

static uint64_t newest(const struct check *check)
{
        return check->metas[1].txn > check->metas[0].txn;
}

static int check_last_page(const struct check *check, uint64_t number)
{
        uint64_t last_page = check->metas[number].last_page;

        if (last_page < 1 || last_page >= check->file_pages + UNWRITTEN_MAX)
                return damaged(check, number, "wrong number of pages, or the file was cut short");
        return 0;
}

static int check_metas(struct check *check)
{
        const struct meta *metas = check->metas;
        struct stat st;

        if (fstat(check->fd, &st) < 0)
                return -errno;
        TRY(find_page_size(check));
        check->file_pages = (uint64_t)st.st_size / check->page_size;
        check->check_all = (uint64_t)st.st_size <= LMDB_CHECK_ALL_MAX;
        for (uint64_t i = 0; i < 2; i++) {
                TRY(check_meta_page(check, i, &check->metas[i]));
                TRY(check_last_page(check, i));
        }
        if (metas[0].txn % 2 != 0 || metas[1].txn % 2 != 1 || metas[0].txn + 1 - metas[1].txn > 2)
                return damaged(check, newest(check), "its transaction does not follow the other meta page's");
        return 0;
}

/* -- Values. */

static int check_free_list(struct check *check, uint64_t page, struct str key, struct str value)
{
        uint64_t txn, count, number, before = NO_PAGE;

        memcpy(&txn, key.ptr, sizeof(txn));
        if (txn == 0 || txn > check->meta.txn || value.len < sizeof(count))
                return damaged(check, page, "wrong list of free pages");
        memcpy(&count, value.ptr, sizeof(count));
        if (count > value.len / sizeof(count) - 1)
                return damaged(check, page, "wrong length of a list of free pages");
        check->last_free = txn;
        for (uint64_t i = 1; i <= count; i++, before = number) {
                memcpy(&number, value.ptr + i * sizeof(number), sizeof(number));
                if (number >= before)
                        return damaged(check, page, "list of free pages out of order");
                TRY(use_pages(check, number, 1));
        }
        return 0;
}

static int check_value(struct check *check, uint64_t page, struct str key, struct str value)
{
        uint32_t sum;

        if (check->is_free_tree)
                return check_free_list(check, page, key, value);
        if (value.len < LMDB_CHECKSUM_LEN)
                return damaged(check, page, "value without a checksum");
        value.len -= LMDB_CHECKSUM_LEN;
        memcpy(&sum, value.ptr + value.len, sizeof(sum));
        if (sum != crc32c(crc32c(0, key), value))
                return damaged(check, page, "wrong checksum");
        return 0;
}

/* A value in pages of its own, one after the other, behind one header. */
static int check_overflow(struct check *check, uint64_t number, struct str key, size_t len)
{
        uint64_t pages = (PAGE_HEADER - 1 + len) / check->page_size + 1;
        _cleanup_(freep) char *value = NULL;
        struct page page;

        if (number >= check->file_pages || pages > check->file_pages - number)
                return damaged(check, number, "a long value runs past the end of the file");
        TRY(read_at(check, number * check->page_size, &page, sizeof(page)));
        if (page.number != number || page.flags != PAGE_OVERFLOW || page.overflow_pages < pages)
                return damaged(check, number, "not the long value that it should be");
        TRY(use_written_pages(check, number, page.overflow_pages));
        check->seen.overflow_pages += page.overflow_pages;
        value = malloc(len + 1);
        if (!value)
                return -ENOMEM;
        TRY(read_at(check, number * check->page_size + PAGE_HEADER, value, len));
        return check_value(check, number, key, (struct str){value, len});
}

/* -- Nodes. */

static int compare(const struct check *check, struct str a, struct str b)
{
        uint64_t x, y;

        if (!check->is_free_tree)
                return str_cmp(a, b);
        memcpy(&x, a.ptr, sizeof(x));
        memcpy(&y, b.ptr, sizeof(y));
        return x < y ? -1 : x > y;
}

static int check_key(struct check *check, uint64_t page, struct str key, struct bounds bounds)
{
        if (key.len == 0 || key.len > STORE_KEY_MAX || (check->is_free_tree && key.len != sizeof(uint64_t)))
                return damaged(check, page, "wrong length of a key");
        if ((bounds.least.ptr && compare(check, key, bounds.least) < 0) ||
            (bounds.below.ptr && compare(check, key, bounds.below) >= 0))
                return damaged(check, page, "key out of its bounds");
        return 0;
}

static uint64_t branch_target(const struct node *node)
{
        return node->low | (uint64_t)node->high << 16 | (uint64_t)node->flags << 32;
}

static size_t leaf_data_size(const struct node *node)
{
        return node->low | (size_t)node->high << 16;
}

static size_t node_size(const struct node *node, bool is_leaf)
{
        size_t data = !is_leaf ? 0 : node->flags & NODE_BIG_DATA ? sizeof(uint64_t) : leaf_data_size(node);

        return (NODE_HEADER + node->key_len + data + 1) & ~(size_t)1;
}

static uint16_t node_offset(const char *bytes, size_t index)
{
        uint16_t offset;

        memcpy(&offset, bytes + PAGE_HEADER + index * sizeof(offset), sizeof(offset));
        return offset;
}

/* After check_node_places() every node's own bytes are within the page. */
static struct node node_at(const char *bytes, size_t index, struct str *ret_key)
{
        const char *at = bytes + node_offset(bytes, index);
        struct node node;

        memcpy(&node, at, sizeof(node));
        *ret_key = (struct str){at + NODE_HEADER, node.key_len};
        return node;
}

static int check_node_places(struct check *check, uint64_t number, const char *bytes, const struct page *page)
{
        size_t count = (size_t)(page->lower - PAGE_HEADER) / 2, total = 0;

        for (size_t i = 0; i < count; i++) {
                size_t offset = node_offset(bytes, i), size;
                struct node node;

                if (offset < page->upper || offset % 2 != 0 || offset > check->page_size - NODE_HEADER)
                        return damaged(check, number, "node outside its page");
                memcpy(&node, bytes + offset, sizeof(node));
                size = node_size(&node, page->flags == PAGE_LEAF);
                if (size > check->page_size - offset)
                        return damaged(check, number, "node longer than its page");
                if (page->flags == PAGE_LEAF && (node.flags & ~NODE_BIG_DATA))
                        return damaged(check, number, "node of an unknown kind");
                total += size;
        }
        return total == check->page_size - page->upper ? 0 : damaged(check, number, "nodes overlap");
}

/* Each key after the one before it, from a node on. */
static int check_order(struct check *check, uint64_t number, const char *bytes, size_t first, size_t count,
                       struct bounds bounds)
{
        struct str before = STR_NONE, key;

        for (size_t i = first; i < count; i++, before = key) {
                (void)node_at(bytes, i, &key);
                TRY(check_key(check, number, key, bounds));
                if (str_is_set(before) && compare(check, key, before) <= 0)
                        return damaged(check, number, "keys out of order");
        }
        return 0;
}

static int check_leaf(struct check *check, uint64_t number, const char *bytes, size_t count,
                      struct bounds bounds)
{
        TRY(check_order(check, number, bytes, 0, count, bounds));
        for (size_t i = 0; i < count; i++) {
                struct str key, value;
                struct node node = node_at(bytes, i, &key);
                uint64_t overflow;

                value = (struct str){key.ptr + key.len, leaf_data_size(&node)};
                if (node.flags & NODE_BIG_DATA) {
                        memcpy(&overflow, value.ptr, sizeof(overflow));
                        TRY(check_overflow(check, overflow, key, value.len));
                } else {
                        TRY(check_value(check, number, key, value));
                }
        }
        check->seen.entries += count;
        return 0;
}

/* The first node of a branch stands for all below the second's key; its own key means nothing. */
static int check_branch(struct check *check, uint64_t number, const char *bytes, size_t count,
                        unsigned int depth, struct bounds bounds)
{
        struct bounds inner = {.least = bounds.least};

        TRY(check_order(check, number, bytes, 1, count, bounds));
        for (size_t i = 0; i < count; i++, inner.least = inner.below) {
                struct str key;
                struct node node = node_at(bytes, i, &key);

                inner.below = bounds.below;
                if (i + 1 < count)
                        (void)node_at(bytes, i + 1, &inner.below);
                TRY(check_page(check, branch_target(&node), depth - 1, inner));
        }
        return 0;
}

static int check_page_header(struct check *check, uint64_t number, const struct page *page,
                             unsigned int depth)
{
        size_t least = depth > 1 && !check->is_free_tree ? 2 : 1;

        if (page->number != number || page->flags != (depth > 1 ? PAGE_BRANCH : PAGE_LEAF))
                return damaged(check, number, "not the page that it should be");
        if (page->lower < PAGE_HEADER + least * 2 || page->lower % 2 != 0 || page->lower > page->upper ||
            page->upper > check->page_size)
                return damaged(check, number, "wrong bounds of its free space");
        return 0;
}

static int check_page(struct check *check, uint64_t number, unsigned int depth, struct bounds bounds)
{
        _cleanup_(freep) char *bytes = NULL;
        struct page page;
        size_t count;

        TRY(use_written_pages(check, number, 1));
        *(depth > 1 ? &check->seen.branch_pages : &check->seen.leaf_pages) += 1;
        if (depth == 1 && !check->check_all && !check->is_free_tree)
                return 0;
        bytes = malloc(check->page_size);
        if (!bytes)
                return -ENOMEM;
        TRY(read_at(check, number * check->page_size, bytes, check->page_size));
        memcpy(&page, bytes, sizeof(page));
        TRY(check_page_header(check, number, &page, depth));
        TRY(check_node_places(check, number, bytes, &page));
        count = (size_t)(page.lower - PAGE_HEADER) / 2;
        return depth > 1 ? check_branch(check, number, bytes, count, depth, bounds)
                         : check_leaf(check, number, bytes, count, bounds);
}

static int check_tree(struct check *check, const struct tree *tree, bool is_free_tree)
{
        const struct tree *seen = &check->seen;
        bool is_whole = check->check_all || is_free_tree;

        check->seen = (struct tree){};
        check->is_free_tree = is_free_tree;
        if ((tree->root == NO_PAGE) != (tree->depth == 0))
                return damaged(check, check->meta.txn % 2, "a tree without a root");
        if (tree->root != NO_PAGE)
                TRY(check_page(check, tree->root, tree->depth, (struct bounds){}));
        if (seen->branch_pages != tree->branch_pages || seen->leaf_pages != tree->leaf_pages ||
            (is_whole && (seen->overflow_pages != tree->overflow_pages || seen->entries != tree->entries)))
                return damaged(check, check->meta.txn % 2, "the counts of its tree do not fit");
        return 0;
}

/* Every transaction frees pages, those that it wrote anew, and lists them under its number. Were it not for
 * this, a wrong number in a meta page could make an older state pass for the newest. */
static int check_free_tree(struct check *check)
{
        check->last_free = 0;
        TRY(check_tree(check, &check->meta.free, true));
        if (check->meta.txn > 1 && check->last_free != check->meta.txn)
                return damaged(check, check->meta.txn % 2, "wrong number of its transaction");
        return 0;
}

/* Each page is in a tree or in a list of free ones: the last one too, if that is what it is. */
static int check_last_is_known(const struct check *check)
{
        uint64_t last = check->meta.last_page;

        if (check->check_all && last > 1 && !(check->used[last / 8] & (1U << last % 8)))
                return damaged(check, check->meta.txn % 2, "wrong number of pages");
        return 0;
}

static int check_newest(struct check *check)
{
        TRY(check_tree(check, &check->meta.main, false));
        TRY(check_free_tree(check));
        return check_last_is_known(check);
}

/* Of the older meta page no more matters than that it is the older one. */
static int check_state(struct check *check, uint64_t number)
{
        int r;

        check->meta = check->metas[number];
        check->used = calloc(1, (size_t)(check->meta.last_page / 8 + 1));
        if (!check->used)
                return -ENOMEM;
        r = number == newest(check) ? check_newest(check) : check_free_tree(check);
        free(check->used);
        return r;
}

int lmdb_check(int fd, const char *path, char *problem)
{
        struct check check = {.fd = fd, .path = path, .problem = problem};

        TRY(check_metas(&check));
        TRY(check_state(&check, 0));
        return check_state(&check, 1);
}
