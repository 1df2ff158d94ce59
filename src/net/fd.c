/* SPDX-License-Identifier: MIT */
/* Streams over what others have opened. */
#include "net/pipe.h"
#include "net/stream.h"

#include <fcntl.h>
#include <sys/stat.h>

static int open_socket(int fd, struct ouro_stream **ret_stream)
{
    int type;
    socklen_t len = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
        return -errno;
    return type == SOCK_STREAM ? ouro__stream_of_fd(fd, ret_stream)
                               : ouro__stream_of_datagrams(fd, ret_stream);
}

static int open_non_blocking(int fd, bool is_socket, struct ouro_stream **ret_stream)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    int rc = is_socket ? open_socket(fd, ret_stream) : ouro__stream_of_pipe(fd, ret_stream);
    if (rc < 0)
        fcntl(fd, F_SETFL, flags);
    return rc;
}

int ouro_stream_open_fd(int fd, struct ouro_stream **ret_stream)
{
    struct stat status;
    ouro_assert(ouro_loop_self());
    if (ouro__loop_is_simulated(ouro_loop_self()))
        return -ENOTSUP;
    if (fstat(fd, &status) < 0)
        return -errno;
    return open_non_blocking(fd, S_ISSOCK(status.st_mode), ret_stream);
}
