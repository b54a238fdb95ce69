/* The main of a fuzz target that is built as an ordinary test: it gives the target each file of its corpus,
 * each file cut short at every length up to a bound, and the empty input. A sanitizer or an assert tells of a
 * failure. */
#include <assert.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_FILE     (1 << 20)
#define MAX_PREFIXES 256

/* A copy on the heap of exactly this size, so that AddressSanitizer sees every byte read past the end. */
static void try_bytes(const uint8_t *data, size_t size)
{
        uint8_t *copy = calloc(1, size + !size);

        assert(copy);
        memcpy(copy, data, size);
        (void)LLVMFuzzerTestOneInput(copy, size);
        free(copy);
}

static void try_file(const char *path)
{
        uint8_t *bytes = malloc(MAX_FILE);
        FILE *file = fopen(path, "rb");
        size_t size;

        assert(bytes && file);
        size = fread(bytes, 1, MAX_FILE, file);
        (void)fclose(file);
        try_bytes(bytes, size);
        for (size_t cut = 0; cut < size && cut < MAX_PREFIXES; cut++)
                try_bytes(bytes, cut);
        free(bytes);
}

static unsigned int try_folder(const char *path)
{
        DIR *folder = opendir(path);
        unsigned int count = 0;

        if (!folder) {
                perror(path);
                exit(1);
        }
        for (struct dirent *entry; (entry = readdir(folder));) {
                char file[4096];
                struct stat about;

                (void)snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
                if (stat(file, &about) < 0 || !S_ISREG(about.st_mode))
                        continue;
                try_file(file);
                count++;
        }
        (void)closedir(folder);
        return count;
}

int main(int argc, char **argv)
{
        unsigned int count;

        if (argc != 2) {
                (void)fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
                return 2;
        }
        try_bytes((const uint8_t *)"", 0);
        count = try_folder(argv[1]);
        (void)printf("%u inputs replayed\n", count);
        return count ? 0 : 1; /* a target without a corpus proves nothing */
}
