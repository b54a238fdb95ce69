/* How functions of this house fail.
 *
 * A function that can fail returns int: 0, or a negative errno. -ECALL says that the AWS error that the
 * client shall see is already recorded in the call (src/services/call.h); the pipeline turns anything else
 * into the service's internal error and logs it once. */
#pragma once

#include <errno.h>

#define must_check          __attribute__((warn_unused_result))
#define _cleanup_(f)        __attribute__((cleanup(f)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))

/* Above every errno of the kernel, so that the two are never mixed up. */
#define ECALL 4096

/* The only macro of this house that returns from its caller. */
#define TRY(expression)                                                                                      \
        do {                                                                                                 \
                int try_result_ = (expression);                                                              \
                if (try_result_ < 0)                                                                         \
                        return try_result_;                                                                  \
        } while (0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
