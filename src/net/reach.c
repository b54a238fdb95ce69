#include "net/reach.h"

#include <arpa/inet.h>
#include <ifaddrs.h>

#define V4_BITS 96 /* of ::ffff:0:0/96 */

#define V4(a, b, c, d)                                                                                       \
        {                                                                                                    \
                .s6_addr = { [10] = 0xff, [11] = 0xff, [12] = (a), [13] = (b), [14] = (c), [15] = (d) }      \
        }

/* https://www.iana.org/assignments/iana-ipv4-special-registry, ...ipv6-special-registry; and where clouds
 * answer who asks from inside of them, with credentials. */
static const struct reach_network NEVER[] = {
        {V4(0, 0, 0, 0), V4_BITS + 8},          /* this host */
        {V4(169, 254, 0, 0), V4_BITS + 16},     /* link-local: metadata of AWS and most others */
        {V4(168, 63, 129, 16), V4_BITS + 32},   /* Azure's */
        {V4(192, 0, 0, 192), V4_BITS + 32},     /* Oracle's */
        {V4(100, 100, 100, 200), V4_BITS + 32}, /* Alibaba's */
        {V4(224, 0, 0, 0), V4_BITS + 4},        /* multicast */
        {V4(240, 0, 0, 0), V4_BITS + 4},        /* reserved, broadcast */
        {{.s6_addr = {0}}, 128},
        {{.s6_addr = {0xfe, 0x80}}, 10},             /* link-local */
        {{.s6_addr = {0xff}}, 8},                    /* multicast */
        {{.s6_addr = {0xfd, 0x00, 0x0e, 0xc2}}, 32}, /* AWS's metadata */
        {{.s6_addr = {0xfd, 0x20, 0x00, 0xce}}, 32}, /* Google's */
};

/* Reached when they are opened. */
static const struct reach_network CLOSED[] = {
        {V4(127, 0, 0, 0), V4_BITS + 8},
        {V4(10, 0, 0, 0), V4_BITS + 8},
        {V4(172, 16, 0, 0), V4_BITS + 12},
        {V4(192, 168, 0, 0), V4_BITS + 16},
        {V4(100, 64, 0, 0), V4_BITS + 10}, /* behind a carrier's translation */
        {V4(192, 0, 0, 0), V4_BITS + 24},
        {V4(198, 18, 0, 0), V4_BITS + 15},              /* benchmarks */
        {{.s6_addr = {0}}, 96},                         /* ::1, and IPv4 as it was embedded once */
        {{.s6_addr = {0xfc}}, 7},                       /* unique local */
        {{.s6_addr = {0xfe, 0xc0}}, 10},                /* site-local */
        {{.s6_addr = {0x20, 0x02}}, 16},                /* 6to4 */
        {{.s6_addr = {0x20, 0x01, 0, 0}}, 32},          /* Teredo */
        {{.s6_addr = {0, 0x64, 0xff, 0x9b, 0, 1}}, 48}, /* translation, local */
};

/* ::ffff:0:0, and 64:ff9b::, behind which translators reach any IPv4 address. */
static const struct in6_addr MAPPED = V4(0, 0, 0, 0);
static const struct in6_addr TRANSLATED = {.s6_addr = {0, 0x64, 0xff, 0x9b}};

static bool is_in(const struct reach_network *network, const struct in6_addr *address)
{
        size_t whole = network->bits / 8;
        unsigned int rest = network->bits % 8;

        if (memcmp(network->address.s6_addr, address->s6_addr, whole) != 0)
                return false;
        return rest == 0 || (network->address.s6_addr[whole] ^ address->s6_addr[whole]) >> (8 - rest) == 0;
}

static bool is_in_one(const struct reach_network *networks, size_t count, const struct in6_addr *address)
{
        for (size_t i = 0; i < count; i++)
                if (is_in(&networks[i], address))
                        return true;
        return false;
}

static void map(const struct in_addr *address, struct in6_addr *ret)
{
        *ret = MAPPED;
        memcpy(&ret->s6_addr[12], address, sizeof(*address));
}

/* False: of no internet. */
static bool take(const struct sockaddr *address, struct in6_addr *ret)
{
        if (address->sa_family == AF_INET) {
                map(&((const struct sockaddr_in *)(const void *)address)->sin_addr, ret);
                return true;
        }
        if (address->sa_family != AF_INET6)
                return false;
        *ret = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        if (memcmp(ret, &TRANSLATED, V4_BITS / 8) == 0)
                memcpy(ret, &MAPPED, V4_BITS / 8);
        return true;
}

bool reach_allows(const struct reach *reach, const struct sockaddr *address)
{
        struct in6_addr asked;

        if (!take(address, &asked) || is_in_one(NEVER, ARRAY_LEN(NEVER), &asked))
                return false;
        return !is_in_one(CLOSED, ARRAY_LEN(CLOSED), &asked) ||
               is_in_one(reach->opened, reach->opened_count, &asked);
}

bool reach_is_own(const struct sockaddr *address)
{
        static const struct reach_network LOOPBACK[] = {{V4(127, 0, 0, 0), V4_BITS + 8},
                                                        {{.s6_addr = {[15] = 1}}, 128}};
        struct in6_addr asked, own;
        struct ifaddrs *all;
        bool found = false;

        if (!take(address, &asked) || is_in_one(LOOPBACK, ARRAY_LEN(LOOPBACK), &asked))
                return true;
        if (getifaddrs(&all) < 0)
                return true; /* it cannot be told: it may be */
        for (const struct ifaddrs *one = all; one && !found; one = one->ifa_next)
                found = one->ifa_addr && take(one->ifa_addr, &own) && memcmp(&own, &asked, sizeof(own)) == 0;
        freeifaddrs(all);
        return found;
}

/* https://fetch.spec.whatwg.org/#port-blocking; and what stores keep behind walls: Redis, memcached. */
static const uint16_t TAKEN[] = {
        0,    1,    7,    9,    11,   13,   15,   17,   19,    20,    21,   22,   23,   25,   37,
        42,   43,   53,   69,   77,   79,   87,   95,   101,   102,   103,  104,  109,  110,  111,
        113,  115,  117,  119,  123,  135,  137,  139,  143,   161,   179,  389,  427,  465,  512,
        513,  514,  515,  526,  530,  531,  532,  540,  548,   554,   556,  563,  587,  601,  636,
        989,  990,  993,  995,  1719, 1720, 1723, 2049, 3659,  4045,  4190, 5060, 5061, 6000, 6379,
        6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211,
};

bool reach_port_is_taken(uint16_t port)
{
        for (size_t i = 0; i < ARRAY_LEN(TAKEN); i++)
                if (TAKEN[i] == port)
                        return true;
        return false;
}

uint16_t reach_port(const struct sockaddr *address)
{
        if (address->sa_family == AF_INET)
                return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
        if (address->sa_family == AF_INET6)
                return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
        return 0;
}

/* -- What is opened */

static int parse_one(struct str text, struct reach_network *ret)
{
        char room[INET6_ADDRSTRLEN];
        struct in_addr v4;
        struct str address;
        uint64_t bits, most;

        (void)str_cut(&text, '/', &address);
        TRY(str_to_buffer(address, room, sizeof(room)));
        if (inet_pton(AF_INET, room, &v4) == 1) {
                map(&v4, &ret->address);
                most = 32;
        } else if (inet_pton(AF_INET6, room, &ret->address) == 1) {
                most = 128;
        } else {
                return -EINVAL;
        }
        bits = most;
        if (str_is_set(text) && (str_to_u64(text, &bits) < 0 || bits > most))
                return -EINVAL;
        ret->bits = (unsigned int)bits + (most == 32 ? V4_BITS : 0);
        return 0;
}

int reach_parse(struct str list, struct reach *ret)
{
        struct reach reach = {};
        struct str one;

        while (str_cut(&list, ',', &one)) {
                if (reach.opened_count == REACH_NETWORKS_MAX)
                        return -E2BIG;
                if (parse_one(str_trim(one), &reach.opened[reach.opened_count++]) < 0)
                        return -EINVAL;
        }
        *ret = reach;
        return 0;
}
