/* SPDX-License-Identifier: MIT */
/* What the system lets a process have. */
#include "ouro/server.h"
#include "server/leavers.h"

#include <sys/resource.h>

/* Descriptors that are nobody's connection: the loop's own, the database's, the log's. Beside them
 * stand those of who has been turned away and leaves. */
#define OTHER_FILES 64

int ouro_server_allow_connections(uint32_t connections)
{
    struct rlimit files;
    rlim_t wanted = (rlim_t)connections + OTHER_FILES + OURO__LEAVERS_MAX;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return -errno;
    if (files.rlim_cur < wanted) {
        files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
        if (setrlimit(RLIMIT_NOFILE, &files) < 0)
            return -errno;
    }
    rlim_t others = OTHER_FILES + ouro__leavers_most(files.rlim_cur);
    rlim_t rest = files.rlim_cur > others ? files.rlim_cur - others : 0;
    return rest < connections ? (int)rest : (int)connections;
}
