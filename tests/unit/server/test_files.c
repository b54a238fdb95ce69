/* Small files: for their owner only, whole or not at all. */
#include "../check.h"

#include "server/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static struct arena arena;

static int open_folder(void **state)
{
        (void)state;
        (void)snprintf(folder, sizeof(folder), "/tmp/merlon-files-XXXXXX");
        assert_non_null(mkdtemp(folder));
        arena_init(&arena, 1 << 20);
        return 0;
}

static void empty_folder(const char *path)
{
        DIR *entries = opendir(path);
        const struct dirent *entry;
        char name[512];

        assert_non_null(entries);
        while ((entry = readdir(entries))) {
                if (str_eq(str_of(entry->d_name), STR(".")) || str_eq(str_of(entry->d_name), STR("..")))
                        continue;
                (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
                if (unlink(name) < 0) {
                        empty_folder(name);
                        (void)rmdir(name);
                }
        }
        closedir(entries);
}

static int close_folder(void **state)
{
        (void)state;
        empty_folder(folder);
        assert_int_equal(rmdir(folder), 0);
        arena_done(&arena);
        return 0;
}

static size_t count_entries(void)
{
        DIR *entries = opendir(folder);
        size_t count = 0;

        assert_non_null(entries);
        while (readdir(entries))
                count++;
        closedir(entries);
        return count - 2;
}

static mode_t mode_of(const char *path)
{
        struct stat info;

        assert_int_equal(stat(path, &info), 0);
        return info.st_mode & 0777;
}

static void files_are_for_their_owner(void **state)
{
        char *path = file_path(&arena, str_of(folder), "secret");
        mode_t before = umask(0);
        struct str back;

        (void)state;
        assert_int_equal(file_write(path, STR("one\0two")), 0);
        (void)umask(before);
        assert_int_equal(mode_of(path), 0600);
        assert_int_equal(file_read(path, &arena, 100, &back), 0);
        assert_str(back, STR("one\0two"));
        assert_int_equal(count_entries(), 1); /* nothing temporary stays */
}

/* The old content can be read to its end while a new one takes its name. */
static void a_file_is_replaced_whole(void **state)
{
        char *path = file_path(&arena, str_of(folder), "file");
        char text[8] = "";
        struct str back;
        int fd;

        (void)state;
        assert_int_equal(file_write(path, STR("old")), 0);
        assert_int_equal(chmod(path, 0644), 0);
        fd = open(path, O_RDONLY);
        assert_int_equal(file_write(path, STR("newer")), 0);
        assert_int_equal(read(fd, text, sizeof(text)), 3);
        close(fd);
        assert_string_equal(text, "old");
        assert_int_equal(mode_of(path), 0600);
        assert_int_equal(file_read(path, &arena, 100, &back), 0);
        assert_str(back, STR("newer"));
}

static void a_link_is_replaced_and_not_followed(void **state)
{
        char *path = file_path(&arena, str_of(folder), "file");
        char *target = file_path(&arena, str_of(folder), "target");
        struct str back;

        (void)state;
        assert_int_equal(file_write(target, STR("untouched")), 0);
        assert_int_equal(symlink(target, path), 0);
        assert_int_equal(file_write(path, STR("new")), 0);
        assert_int_equal(file_read(target, &arena, 100, &back), 0);
        assert_str(back, STR("untouched"));
}

static void a_failure_leaves_what_was(void **state)
{
        char *path = file_path(&arena, str_of(folder), "folder");
        char *missing = file_path(&arena, str_of(folder), "no/such/file");
        char *long_name = arena_alloc(&arena, 5001);

        (void)state;
        assert_int_equal(mkdir(path, 0700), 0);
        assert_true(file_write(path, STR("x")) < 0); /* a folder is no file */
        assert_int_equal(count_entries(), 1);
        assert_int_equal(file_write(missing, STR("x")), -ENOENT);
        memset(long_name, 'x', 5000);
        assert_int_equal(file_write(long_name, STR("x")), -ENAMETOOLONG);
}

static void reading_is_bounded(void **state)
{
        char *path = file_path(&arena, str_of(folder), "file");
        struct arena small;
        struct str back;

        (void)state;
        assert_int_equal(file_write(path, STR("12345")), 0);
        assert_int_equal(file_read(path, &arena, 5, &back), 0);
        assert_str(back, STR("12345"));
        assert_int_equal(file_read(path, &arena, 4, &back), -EFBIG);
        assert_int_equal(file_write(path, STR("")), 0);
        assert_int_equal(file_read(path, &arena, 0, &back), 0);
        assert_str(back, STR(""));
        assert_int_equal(file_read("/nonexistent/file", &arena, 5, &back), -ENOENT);
        assert_int_equal(file_read(folder, &arena, 5, &back), -EISDIR);
        arena_init(&small, 16);
        assert_int_equal(file_read(path, &small, 100, &back), -ENOMEM);
        assert_null(file_path(&small, str_of(folder), "x"));
        arena_done(&small);
}

static void folders_are_made_with_those_above(void **state)
{
        char *deep = file_path(&arena, str_of(folder), "a/b/c");
        char *first = file_path(&arena, str_of(folder), "a");
        char *below_file = file_path(&arena, str_of(folder), "file/x");
        char *file = file_path(&arena, str_of(folder), "file");

        (void)state;
        assert_int_equal(folder_make(deep), 0);
        assert_int_equal(mode_of(deep), 0700);
        assert_int_equal(mode_of(first), 0700);
        assert_int_equal(folder_make(deep), 1);
        assert_int_equal(folder_make("/"), 1);
        assert_int_equal(folder_make(""), -ENAMETOOLONG);
        assert_int_equal(file_write(file, STR("")), 0);
        assert_int_equal(folder_make(below_file), -ENOTDIR);
}

static void a_folder_is_removed_with_all_in_it(void **state)
{
        char *above = file_path(&arena, str_of(folder), "above");
        char *below = file_path(&arena, str_of(folder), "above/below");
        char *file = file_path(&arena, str_of(folder), "above/below/file");
        char *link = file_path(&arena, str_of(folder), "above/link");
        char *outside = file_path(&arena, str_of(folder), "outside");

        (void)state;
        assert_int_equal(folder_make(below), 0);
        assert_int_equal(file_write(file, STR("content")), 0);
        assert_int_equal(file_write(outside, STR("content")), 0);
        assert_int_equal(symlink(outside, link), 0);
        folder_remove(above);
        assert_int_equal(access(above, F_OK), -1);
        assert_int_equal(access(outside, F_OK), 0);
        folder_remove(above); /* it is gone already */
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, open_folder, close_folder)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(files_are_for_their_owner),
                IN_FOLDER(a_file_is_replaced_whole),
                IN_FOLDER(a_link_is_replaced_and_not_followed),
                IN_FOLDER(a_failure_leaves_what_was),
                IN_FOLDER(reading_is_bounded),
                IN_FOLDER(folders_are_made_with_those_above),
                IN_FOLDER(a_folder_is_removed_with_all_in_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
