/* Random bytes and the identifiers made of them. The source is getrandom(2); the process aborts when the
 * kernel has none to give, since nothing safe could follow. */
#pragma once

#include "arena.h"

void random_fill(void *bytes, size_t len);

/* Lower-case UUID, version 4, 36 characters. */
#define UUID_LEN 36
struct str id_uuid(struct arena *arena);
/* Two at the price of one look at the kernel's source. */
void id_uuid_pair(struct arena *arena, struct str *ret_first, struct str *ret_second);
void id_uuid_write(char out[UUID_LEN]);

/* Prefix and then characters of A-Z2-7, as in AWS's unique ids (AIDA..., AKIA...: 21 or 20 in all).
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
struct str id_with_prefix(struct arena *arena, struct str prefix, size_t total_len);

/* Characters drawn evenly from an alphabet of at most 256. */
struct str id_from_alphabet(struct arena *arena, struct str alphabet, size_t len);
