/* Cyclic redundancy checks: they find damage, not malice. As fast as memory where the processor helps, and
 * the same values where it does not. A value is that of zlib's crc32(): register inverted at both ends, 0 for
 * no bytes. */
#pragma once

#include "str.h"

enum crc {
        CRC_32,     /* of Ethernet, gzip and zip */
        CRC_32C,    /* Castagnoli: of iSCSI (RFC 3720), and behind every stored key of ours */
        CRC_64NVME, /* of the NVM Express Command Set Specification */
};

/* Of bytes that follow those whose value is `before` (0 at the start). */
uint64_t crc_of(enum crc crc, uint64_t before, struct str bytes);
/* The same without any instruction made for it. */
uint64_t crc_portable(enum crc crc, uint64_t before, struct str bytes);

/* Of two runs of bytes, one behind the other, of which only the values and the second's length are known. */
uint64_t crc_join(enum crc crc, uint64_t first, uint64_t second, uint64_t second_len);

static inline uint32_t crc32c(uint32_t before, struct str bytes)
{
        return (uint32_t)crc_of(CRC_32C, before, bytes);
}
