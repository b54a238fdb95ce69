/* Which addresses this server connects to. What people write into their settings names the machine to be
 * asked: so it must not be one that only this machine reaches, and that trusts it for that. */
#pragma once

#include "base/str.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define REACH_NETWORKS_MAX 32

struct reach_network {
        struct in6_addr address; /* IPv4 as ::ffff:a.b.c.d */
        unsigned int bits;
};

/* Networks that may be reached though they are not public: loopback, private. Never: link-local, where clouds
 * keep their metadata, and what is no machine's. */
struct reach {
        struct reach_network opened[REACH_NETWORKS_MAX];
        size_t opened_count;
};

/* "127.0.0.0/8,10.1.0.0/16,::1": absent: none. -EINVAL: not such a list; -E2BIG: too long. */
must_check int reach_parse(struct str list, struct reach *ret);
bool reach_allows(const struct reach *reach, const struct sockaddr *address);

/* Of this machine: loopback, or of one of its interfaces. */
bool reach_is_own(const struct sockaddr *address);
/* One at which others than servers of HTTP listen, who might take what a request says line by line for their
 * own: as browsers see it. */
bool reach_port_is_taken(uint16_t port);
/* In host's order; 0: not an address of the internet. */
uint16_t reach_port(const struct sockaddr *address);
