#include "services/ec2/cidr.h"

#include <arpa/inet.h>

/* "/18": 0 to max. */
static int read_length(struct str text, uint64_t max, unsigned int *ret)
{
        uint64_t length;

        if (text.len > 3 || (text.len > 1 && text.ptr[0] == '0'))
                return -EINVAL;
        TRY(str_to_u64(text, &length));
        if (length > max)
                return -EINVAL;
        *ret = (unsigned int)length;
        return 0;
}

static void mask(uint8_t *address, size_t size, unsigned int length)
{
        for (size_t i = 0; i<size; i++, length = length> 8 ? length - 8 : 0)
                if (length < 8)
                        address[i] &= (uint8_t)(0xFF00U >> length);
}

static int canonical(struct call *call, int family, size_t size, struct str text, struct str *ret)
{
        char room[INET6_ADDRSTRLEN];
        uint8_t address[sizeof(struct in6_addr)];
        struct str rest = text, host;
        unsigned int length;

        if (!str_cut(&rest, '/', &host) || !str_is_set(rest))
                return -EINVAL;
        if (str_has_byte(host, '\0') || str_to_buffer(host, room, sizeof(room)) < 0)
                return -EINVAL;
        if (inet_pton(family, room, address) != 1 || read_length(rest, size * 8, &length) < 0)
                return -EINVAL;
        mask(address, size, length);
        if (!inet_ntop(family, address, room, sizeof(room)))
                return -EINVAL;
        *ret = arena_printf(&call->arena, "%s/%u", room, length);
        return 0;
}

int ec2_cidr_ipv4(struct call *call, struct str text, struct str *ret)
{
        return canonical(call, AF_INET, sizeof(struct in_addr), text, ret);
}

int ec2_cidr_ipv6(struct call *call, struct str text, struct str *ret)
{
        return canonical(call, AF_INET6, sizeof(struct in6_addr), text, ret);
}

unsigned int ec2_cidr_length(struct str cidr)
{
        unsigned int length = 0;

        (void)!read_length(str_from(cidr, (size_t)(str_find_byte(cidr, '/') + 1)), 128, &length);
        return length;
}
