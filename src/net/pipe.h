/* SPDX-License-Identifier: MIT */
/* Streams over one end of a pipe, as the standard streams of a child process are, or over anything
 * else that is read and written and is no socket. */
#ifndef OURO_NET_PIPE_H
#define OURO_NET_PIPE_H

#include "ouro/net.h"

/* A stream over a non-blocking end of a pipe, which becomes its own on success. It goes one way;
 * the other gives -EBADF. Shutting it down closes the end. A reader that is gone is -EPIPE and
 * never a SIGPIPE. */
int ouro__stream_of_pipe(int fd, struct ouro_stream **ret_stream);

#endif
