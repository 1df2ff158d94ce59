/* SPDX-License-Identifier: MIT */
/**
 * bare_answers: the limits that servers which answer are measured against: bare epoll loops, one
 * recv and one send for each exchange. Both print http://127.0.0.1:PORT and serve until they are
 * killed; a negative errno on failure.
 */
#ifndef BENCH_BARE_ANSWERS_H
#define BENCH_BARE_ANSWERS_H

#include <stddef.h>

/** Sends the payload of each frame back, which is shorter than 126 bytes and masked with zero, as
 *  the load generator's are. Nothing is checked, nothing copied. */
int bare_echo(void);

#define BARE_ANSWER_BYTES_MAX 65536
/** Answers each request with the same `bytes`: a head of HTTP/1.1 that is right, and a body of
 *  blanks. A request is what ends with an empty line; all that came in one piece are answered in
 *  one. -EMSGSIZE: a head of HTTP is longer, or so many bytes do not fit. */
int bare_http(size_t bytes);

#endif
